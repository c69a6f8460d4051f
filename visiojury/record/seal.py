"""The seal: ES256 of the installation's key over the last digest and the head of the Merkle tree.

The first one closes the exam; another one covers what came after it, when the archive is made.
The key travels with the seal, so a seal proves that nothing changed after it was made by the
holder of that key. Whose key it is, the reader establishes by its thumbprint (RFC 7638).
Source: RFC 7518, section 3.4 (ES256: raw r || s, 64 bytes), RFC 7517 (JWK).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from visiojury.exam.events import RecordSealed
from visiojury.record import merkle
from visiojury.record.entry import Entry

COORDINATE_BYTES = 32
LABEL = b"visiojury-seal-v1\x00"
"""What is signed says what it is: the same key signs tokens, and neither passes for the other."""


def make_seal(
    entries: Sequence[Entry],
    sign: Callable[[bytes], bytes],
    public_jwk: Mapping[str, str],
    *,
    at_ms: int,
) -> RecordSealed:
    """Return the event that seals `entries`, a record from its first entry on.

    Args:
        entries: at least one.
        sign: ES256 over the bytes it is given; returns r || s, 64 bytes.
        public_jwk: the public key, members kty, crv, x and y at least.
        at_ms: instant of the seal.
    """
    head, size = entries[-1].digest, len(entries)
    root = root_of(entry.raw for entry in entries)
    signature = sign(signed_bytes(head=head, size=size, root=root))
    assert len(signature) == 2 * COORDINATE_BYTES, "ES256 is r || s (RFC 7518, 3.4)"
    return RecordSealed(
        at_ms=at_ms,
        head=head,
        size=size,
        root=root,
        signature=base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        public_key={name: public_jwk[name] for name in ("kty", "crv", "x", "y")},
    )


def root_of(raws: Iterable[bytes]) -> str:
    """Return the head of the tree over the bytes of entries, 64 hexadecimal digits."""
    return merkle.root([merkle.leaf_hash(raw) for raw in raws]).hex()


def signed_bytes(*, head: str, size: int, root: str) -> bytes:
    """Return what a seal signs: label, last digest, number of entries (8 bytes), head of the tree.

    Raises:
        ValueError: not hexadecimal.
    """
    return LABEL + bytes.fromhex(head) + size.to_bytes(8) + bytes.fromhex(root)


def check_seal(event: RecordSealed, previous_digest: str) -> bool:
    """Return whether the seal is over `previous_digest` and its signature holds.

    Whether its tree is that of the entries, who has them all asks `root_of`.
    """
    if event.head != previous_digest:
        return False
    try:
        signed = signed_bytes(head=event.head, size=event.size, root=event.root)
        key, der = public_key(event.public_key), der_signature(event.signature)
        key.verify(der, signed, ec.ECDSA(hashes.SHA256()))
    except (ValueError, KeyError, OverflowError, InvalidSignature):
        return False
    return True


def der_signature(signature: str) -> bytes:
    """Return a base64url r || s as the DER that X.509 tools read. Raises: ValueError."""
    raw = _decode(signature)
    if len(raw) != 2 * COORDINATE_BYTES:
        raise ValueError("not r || s of P-256")
    r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint of an EC key, base64url; members missing count as empty."""
    members = {name: public_jwk.get(name, "") for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(rfc8785.dumps(members)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def public_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    """Return a P-256 key. Raises: ValueError, KeyError."""
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
