"""Devices, keys and JWTs for the tests of `auth`: the good ones, and any bad one by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from auth.jwk import from_public_key, thumbprint
from auth.keys import InstallationKeys
from auth.proofs import token_hash
from auth.tokens import Tokens

ISSUER = "https://visiojury.example"
URL = "https://visiojury.example/api/tickets"
OPENID_ISSUER = "https://agents.example/api/v2"
DISCOVERY = {
    "issuer": OPENID_ISSUER,
    "authorization_endpoint": f"{OPENID_ISSUER}/authorize",
    "token_endpoint": f"{OPENID_ISSUER}/token",
    "userinfo_endpoint": f"{OPENID_ISSUER}/userinfo",
    "jwks_uri": f"{OPENID_ISSUER}/jwks",
}
"""As an OpenID provider describes itself."""
FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(32))
OTHER_FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(1, 33))


def base64url_json(value: object) -> str:
    data = json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Device:
    """A browser's key, and the proofs it makes."""

    def __init__(self) -> None:
        self.key = new_private_key()
        self.jwk = from_public_key(self.key.public_key())
        self.jkt = thumbprint(self.jwk)

    def proof(
        self,
        *,
        method: str = "POST",
        url: str = URL,
        access_token: str | None = None,
        header: dict[str, Any] | None = None,
        without: str | None = None,
        **claims: Any,
    ) -> str:
        """Return a good proof, but for what the arguments change."""
        good: dict[str, Any] = {
            "jti": secrets.token_urlsafe(12),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
        }
        if access_token is not None:
            good["ath"] = token_hash(access_token)
        good |= claims
        good.pop(without or "", None)
        headers = {"typ": "dpop+jwt", "jwk": self.jwk} | (header or {})
        # `jwt.encode` refuses some of the headers a forger may choose, so this is done by hand.
        return sign_es256({"alg": "ES256"} | headers, good, self.key)


def sign_es256(
    header: dict[str, Any], claims: dict[str, Any], key: ec.EllipticCurvePrivateKey
) -> str:
    signing_input = f"{base64url_json(header)}.{base64url_json(claims)}".encode()
    signature = jwt.get_algorithm_by_name("ES256").sign(signing_input, key)
    return (signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def sign_hs256(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """Return what `jwt.encode` refuses to make: a public key misused as a shared secret."""
    signing_input = f"{base64url_json(header | {'alg': 'HS256'})}.{base64url_json(claims)}".encode()
    signature = hmac.digest(secret, signing_input, "sha256")
    return (signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class Mint:
    """An installation that also makes the tokens it should never make."""

    def __init__(self, directory: Path) -> None:
        self.keys = InstallationKeys.load_or_create(directory)
        self.tokens = Tokens(self.keys, ISSUER)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": "visiojury",
            "sub": "participant-1",
            "session": "session-1",
            "role": "examiner",
            "invitation": "invitation-1",
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "cnf": {"jkt": hashlib.sha256(b"key").hexdigest()},
        } | changes

    def header(self, **changes: Any) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "vj-access+jwt", "kid": self.keys.kid} | changes

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return an access token signed by the installation, whatever it says."""
        return sign_es256(self.header(**header), claims, self.keys.signing_key())
