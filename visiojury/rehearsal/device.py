"""A robot's device key and the proofs it makes, like a browser's.

Source: RFC 9449 section 4.2.
"""

from __future__ import annotations

import secrets
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from auth.jwk import from_public_key
from auth.proofs import PROOF_TYPE, token_hash


class DeviceKey:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._jwk = from_public_key(self._key.public_key())

    def proof(self, method: str, url: str, *, token: str | None = None) -> str:
        """Return a proof for one request; `token` is what travels with it, if anything does."""
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = token_hash(token)
        headers = {"typ": PROOF_TYPE, "jwk": self._jwk}
        return jwt.encode(claims, self._key, algorithm="ES256", headers=headers)
