"""Signatures that a person makes with the device key over the digest of a document.

What is signed begins with a label that says what it is, so that a signature of one kind never
passes for another, nor a proof of possession (auth.proofs) for either. The digest is in it, so a
signature holds for one document only.

Source: RFC 7518 section 3.4 (ES256: r then s, 64 bytes), as WebCrypto's ECDSA gives it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from auth.errors import ProofInvalidError, SignatureForeignError, SignatureInvalidError
from auth.jwk import COORDINATE_BYTES, base64url, public_members, thumbprint

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGEST_BYTES = hashlib.sha256().digest_size


def signed_bytes(label: bytes, sha256: str) -> bytes:
    """Return what is signed: the label, then the 32 bytes of the digest.

    Raises:
        SignatureInvalidError: `sha256` is not 64 lower-case hexadecimal digits.
    """
    try:
        digest = bytes.fromhex(sha256)
    except ValueError as error:
        raise SignatureInvalidError("the digest is not hexadecimal") from error
    if len(digest) != DIGEST_BYTES or digest.hex() != sha256:
        raise SignatureInvalidError("the digest is not one of SHA-256")
    return label + digest


def verify(
    signature: str, *, public_key: Mapping[str, str], jkt: str, label: bytes, sha256: str
) -> None:
    """Pass if the key `jkt` signed `sha256` under `label`.

    Args:
        signature: base64url, without padding.
        public_key: the JWK it came with: the four public members, and nothing else.
        jkt: thumbprint of the key that the person's access is bound to.
        label: what the signature is of.
        sha256: of the document, in hexadecimal.

    Raises:
        SignatureForeignError: the key is another one than the person's.
        SignatureInvalidError: malformed, or not over this digest and label.
    """
    try:
        members = public_members(dict(public_key))
    except ProofInvalidError as error:
        raise SignatureInvalidError(error.detail) from error
    if members != dict(public_key):
        raise SignatureInvalidError("the key has more than its public members")
    if thumbprint(members) != jkt:
        raise SignatureForeignError
    try:
        _key(members).verify(
            _der(signature), signed_bytes(label, sha256), ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature as error:
        raise SignatureInvalidError("not over this document") from error


def _der(signature: str) -> bytes:
    raw = _decoded(signature)
    if len(raw) != 2 * COORDINATE_BYTES:
        raise SignatureInvalidError("not 64 bytes in base64url")
    r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
    return utils.encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def _key(members: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_decoded(members[name])) for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _decoded(text: str) -> bytes:
    """Return the bytes of base64url that is spelled in the one right way, else none."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if base64url(data) == text else b""
