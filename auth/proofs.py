"""Proofs that whoever sends a request holds the device key, in the manner of DPoP.

A proof is a JWT that the browser makes for one request, signed by its non-extractable key, which
travels along in the header. It shows possession, nothing else: the caller compares the returned
thumbprint with the one in the access token (`require_key`).

Departures from RFC 9449: ES256 on P-256 only; no `nonce`, a memory of used proofs stands for it; on
a WebSocket, `ath` is the hash of the ticket that opened it.

Source: RFC 9449 sections 4.2 and 4.3.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import jwt

from auth.errors import (
    ProofInvalidError,
    ProofMismatchError,
    ProofMissingError,
    ProofReplayedError,
)
from auth.jwk import base64url, public_members
from auth.jwk import thumbprint as thumbprint  # noqa: PLC0414  (part of this module's interface)
from auth.once import OnceMemory

if TYPE_CHECKING:
    from collections.abc import Callable

PROOF_TYPE = "dpop+jwt"
MAX_PROOF_CHARS = 4_096
MAX_JTI_CHARS = 128
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def require_key(claimed_jkt: str, proven_jkt: str) -> None:
    """Pass if the proven key is the one a token names.

    Raises:
        ProofMismatchError: it is another key.
    """
    if claimed_jkt != proven_jkt:
        raise ProofMismatchError


class ProofVerifier:
    """Verifies proofs and remembers them, so that each serves once. Belongs to one task.

    Args:
        max_age_s: how far `iat` may be from `now`, on either side.
        capacity: how many proofs are remembered; see `OnceMemory` for what happens beyond.
        now: seconds since the Unix epoch.
    """

    def __init__(
        self,
        max_age_s: float = 60.0,
        *,
        capacity: int = 100_000,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._max_age_s = max_age_s
        self._now = now
        self._seen = OnceMemory(capacity)

    def verify(
        self,
        proof: str | None,
        *,
        method: str,
        url: str,
        access_token: str | None,
    ) -> str:
        """Return the thumbprint of the key that signed `proof` for this very request.

        Args:
            proof: as received; None or empty when there was none.
            method: of the request.
            url: of the request as the browser sees it; its query and fragment do not count.
            access_token: what the proof goes with, already verified: a token, or the ticket of a
                WebSocket; None before there is one.

        Raises:
            ProofMissingError: there is no proof.
            ProofInvalidError: malformed, badly signed, for another request, or not recent.
            ProofReplayedError: seen before.
        """
        if not proof:
            raise ProofMissingError
        jwk, claims = _open(proof)
        _require(claims, "htm", method)
        if _normalised(claims.get("htu")) != _normalised(url):
            raise ProofInvalidError("made for another address")
        _require(claims, "ath", None if access_token is None else token_hash(access_token))
        jkt = thumbprint(jwk)
        self._require_fresh(jkt, claims)
        return jkt

    def _require_fresh(self, jkt: str, claims: dict[str, Any]) -> None:
        now, iat, jti = self._now(), claims.get("iat"), claims.get("jti")
        if not isinstance(iat, int | float):
            raise ProofInvalidError("iat is not a number")
        if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI_CHARS:
            raise ProofInvalidError("jti is not a short text")
        # Compared, not subtracted: a huge integer would overflow, and NaN is refused this way too.
        if not now - self._max_age_s <= iat <= now + self._max_age_s:
            raise ProofInvalidError("not recent, or the device's clock is wrong")
        # Keyed by the key too: two devices that choose the same jti do not hinder each other.
        if not self._seen.first_use(f"{jkt}.{jti}", until=iat + self._max_age_s, now=now):
            raise ProofReplayedError


def token_hash(access_token: str) -> str:
    """Return the `ath` of an access token (RFC 9449 section 4.2)."""
    return base64url(hashlib.sha256(access_token.encode("utf-8", "surrogatepass")).digest())


def _open(proof: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the key in the header of a proof, and the claims this key signed."""
    if not proof.isascii() or len(proof) > MAX_PROOF_CHARS:
        raise ProofInvalidError("not a short ASCII text")
    try:
        header = jwt.get_unverified_header(proof)
        if header.get("typ") != PROOF_TYPE:
            raise ProofInvalidError("of another type")
        jwk = public_members(header.get("jwk"))
        claims: dict[str, Any] = jwt.decode(
            proof,
            key=jwt.PyJWK(jwk, algorithm="ES256"),
            algorithms=["ES256"],
            # A proof has no exp, aud or iss; its iat is checked against our own window.
            options={"verify_iat": False, "verify_aud": False, "verify_iss": False},
        )
    except jwt.PyJWTError as error:
        raise ProofInvalidError(type(error).__name__) from error
    return jwk, claims


def _require(claims: dict[str, Any], name: str, expected: str | None) -> None:
    if claims.get(name) != expected:
        raise ProofInvalidError(f"{name} is not this request's")


def _normalised(url: object) -> tuple[str, str, int | None, str]:
    """Return scheme, host, port and path, comparable (RFC 3986 sections 6.2.2 and 6.2.3)."""
    if not isinstance(url, str):
        raise ProofInvalidError("htu is not text")
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ProofInvalidError("htu is no address") from error
    if not parts.hostname or parts.username is not None:
        raise ProofInvalidError("htu is no plain address")
    scheme = parts.scheme.lower()
    return scheme, parts.hostname, port or _DEFAULT_PORTS.get(scheme), parts.path or "/"
