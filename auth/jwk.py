"""P-256 public keys as JSON Web Keys. No private key ever passes here.

Source: RFC 7517 (JWK), RFC 7518 section 6.2.1 (EC members), RFC 7638 (thumbprint).
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from auth.errors import ProofInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

COORDINATE_BYTES = 32
_PRIVATE_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})


def base64url(data: bytes) -> str:
    """Return `data` in base64url without padding (RFC 7515 appendix C)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def public_members(jwk: object) -> dict[str, str]:
    """Return the members that make the P-256 public key, and only these.

    Whatever else the key carries (`kid`, `alg`, `key_ops`, ...) is left out, so that nothing later
    can act on it.

    Raises:
        ProofInvalidError: not a P-256 public key, or one that discloses its private part.
    """
    if not isinstance(jwk, dict):
        raise ProofInvalidError("the key is not an object")
    if _PRIVATE_MEMBERS & jwk.keys():
        raise ProofInvalidError("the key has private members")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ProofInvalidError("the key is not on P-256")
    x, y = _coordinate(jwk, "x"), _coordinate(jwk, "y")
    try:
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise ProofInvalidError("the key is not a point of P-256") from error
    return {"crv": "P-256", "kty": "EC", "x": str(jwk["x"]), "y": str(jwk["y"])}


def thumbprint(jwk: object) -> str:
    """Return the SHA-256 thumbprint of a P-256 public key, in base64url (43 characters).

    Raises:
        ProofInvalidError: see `public_members`.
    """
    # The four members are required, sorted, and of plain ASCII: this is the canonical form.
    canonical = json.dumps(public_members(jwk), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode("ascii")).digest())


def from_public_key(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Return `key`, which is on P-256, as the members of a JWK."""
    numbers = key.public_numbers()
    x, y = (base64url(n.to_bytes(COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _coordinate(jwk: Mapping[str, object], name: str) -> int:
    text = jwk.get(name)
    if not isinstance(text, str) or not text.isascii():
        raise ProofInvalidError(f"coordinate {name} is not text")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise ProofInvalidError(f"coordinate {name} is not base64url") from error
    # One spelling for each key: else the same key would have several thumbprints.
    if len(data) != COORDINATE_BYTES or base64url(data) != text:
        raise ProofInvalidError(f"coordinate {name} is not {COORDINATE_BYTES} bytes in base64url")
    return int.from_bytes(data, "big")
