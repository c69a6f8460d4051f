"""Secrets that must be read again, encrypted at rest with a key of the installation.

A digest is enough for what is only compared; a secret shared with an authenticator application is
computed with, so it is sealed. Each is bound to its owner: moved to another's place in the
database, it does not open.

Source: NIST SP 800-38D (AES-GCM); ASVS 5 V11.3.2, V13.3.1.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SecretBox:
    """Seals and opens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: str, *, owner: str) -> str:
        """Return `secret` encrypted, URL-safe text; another each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), owner.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, *, owner: str) -> str:
        """Return the secret.

        What we sealed ourselves opens: a server whose record belongs to another key does not
        start. Anything else is a bug or a changed record, and raises `InvalidTag`.
        """
        data = base64.urlsafe_b64decode(sealed)
        return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], owner.encode()).decode()
