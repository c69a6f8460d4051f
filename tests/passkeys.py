"""An authenticator in software: real WebAuthn structures, each part of which a test can get wrong.

Source: W3C Web Authentication Level 3, sections 5.8.1 (client data), 6.1 (authenticator data), 6.5.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

UP, UV, AT = 1 << 0, 1 << 2, 1 << 6
VERIFIED = UP | UV
_AAGUID = bytes(16)


@dataclass
class Authenticator:
    """Holds one passkey, of P-256, and counts its uses.

    It does what a browser and a device do together; the fields are what it lies about.
    """

    origin: str
    rp_id: str = "localhost"
    flags: int = VERIFIED
    counts: bool = True
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    user_handle: bytes = b""

    def answer(self, options: dict[str, Any], *, challenge: str | None = None) -> dict[str, Any]:
        """Return what a page would post for the options of either ceremony."""
        challenge = challenge or options["challenge"]
        if "pubKeyCredParams" in options:
            return self.create(options, challenge)
        return self.get(challenge)

    def create(self, options: dict[str, Any], challenge: str) -> dict[str, Any]:
        self.user_handle = base64url_to_bytes(options["user"]["id"])
        attested = _AAGUID + len(self.credential_id).to_bytes(2) + self.credential_id + self._cose()
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | AT) + attested}
        return self._credential(
            clientDataJSON=self._client_data("webauthn.create", challenge),
            attestationObject=encode_cbor(made),
        )

    def get(self, challenge: str) -> dict[str, Any]:
        client, data = self._client_data("webauthn.get", challenge), self._data(self.flags)
        signed = data + hashlib.sha256(client).digest()
        return self._credential(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=self.user_handle,
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**client, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        self.sign_count += self.counts
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + flags.to_bytes(1) + self.sign_count.to_bytes(4)

    def _cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return encode_cbor(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )

    def _credential(self, **response: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        encoded = {part: bytes_to_base64url(value) for part, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": encoded}
