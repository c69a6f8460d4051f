"""The seal: ES256 of the installation's key over a label and the digest of the last entry.

The key travels with the seal, so a seal proves that nothing changed after it was made by the
holder of that key. Whose key it is, the reader establishes by its thumbprint (RFC 7638).
Source: RFC 7518, section 3.4 (ES256: raw r || s, 64 bytes), RFC 7517 (JWK).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from visiojury.exam.events import RecordSealed

COORDINATE_BYTES = 32
LABEL = b"visiojury-seal-v1\x00"
"""What is signed says what it is: the same key signs tokens, and neither passes for the other."""


def make_seal(
    head: str, sign: Callable[[bytes], bytes], public_jwk: Mapping[str, str], *, at_ms: int
) -> RecordSealed:
    """Return the event that seals a record whose last digest is `head`.

    Args:
        head: 64 hexadecimal digits.
        sign: ES256 over the bytes it is given; returns r || s, 64 bytes.
        public_jwk: the public key, members kty, crv, x and y at least.
        at_ms: instant of the seal.
    """
    signature = sign(LABEL + bytes.fromhex(head))
    assert len(signature) == 2 * COORDINATE_BYTES, "ES256 is r || s (RFC 7518, 3.4)"
    return RecordSealed(
        at_ms=at_ms,
        head=head,
        signature=base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        public_key={name: public_jwk[name] for name in ("kty", "crv", "x", "y")},
    )


def check_seal(event: RecordSealed, previous_digest: str) -> bool:
    """Return whether the seal is over `previous_digest` and its signature holds."""
    if event.head != previous_digest:
        return False
    try:
        signature, head = _decode(event.signature), bytes.fromhex(event.head)
        key = _public_key(event.public_key)
    except (ValueError, KeyError):
        return False
    if len(signature) != 2 * COORDINATE_BYTES:
        return False
    r, s = signature[:COORDINATE_BYTES], signature[COORDINATE_BYTES:]
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        key.verify(der, LABEL + head, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint of an EC key, base64url; members missing count as empty."""
    members = {name: public_jwk.get(name, "") for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(rfc8785.dumps(members)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _public_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("not a P-256 key")
    x, y = _decode(jwk["x"]), _decode(jwk["y"])
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())
    return numbers.public_key()


def _decode(text: str) -> bytes:
    """Raises: ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
