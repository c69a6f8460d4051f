"""Tokens of the installation: access, media and admin. One algorithm, three types, no overlap.

| type | for | lives | bound to |
|---|---|---|---|
| `vj-access+jwt` | every request of a participant | 12 h | the device key (`cnf.jkt`) |
| `vj-media+jwt` | one offer to the relay, once | 60 s | the device key and the DTLS certificate |
| `vj-admin+jwt` | the command line, here | 10 min | nothing: who reads the key file is admin |

What PyJWT leaves to its caller is done here: the type is compared, every claim is required, the
algorithm is fixed, `kid` picks from a dictionary and `jku`, `x5u` or an embedded key are not read.
PyJWT reads the clock itself when it verifies.

Source: RFC 7519, RFC 7800 (`cnf`), RFC 8725 (best practice), RFC 9449 section 6 (`jkt`).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import jwt

from auth.errors import (
    FingerprintMismatchError,
    TokenExpiredError,
    TokenForeignError,
    TokenMalformedError,
    TokenUsedError,
    TokenWrongTypeError,
)
from auth.fingerprints import normalise
from auth.once import OnceMemory
from auth.proofs import require_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from auth.keys import InstallationKeys

ALGORITHM = "ES256"
LEEWAY_S = 5
"""For a clock that is set back a little between making and verifying."""

ACCESS_MAX_S = 12 * 3600
MEDIA_MAX_S = 60
ADMIN_MAX_S = 600
MAX_TOKEN_CHARS = 4_096
MEDIA_CAPACITY = 100_000


@dataclass(frozen=True, slots=True)
class _Kind:
    typ: str
    audience: str
    max_s: int
    claims: tuple[str, ...]


_BASE = ("iss", "aud", "sub", "jti", "iat", "nbf", "exp")
_ACCESS = _Kind(
    "vj-access+jwt", "visiojury", ACCESS_MAX_S, (*_BASE, "session", "role", "invitation", "cnf")
)
_MEDIA = _Kind("vj-media+jwt", "visiojury-media", MEDIA_MAX_S, (*_BASE, "room", "role", "cnf"))
_ADMIN = _Kind("vj-admin+jwt", "visiojury-admin", ADMIN_MAX_S, _BASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """Who sends a request, once the token is verified; `jkt` still has to be proven."""

    subject: str
    session: str
    role: str
    invitation: str
    jkt: str
    token_id: str
    issued_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaClaims:
    """Who may connect to a room, with which certificate."""

    subject: str
    room: str
    role: str
    jkt: str
    fingerprint: str
    """SHA-256 of the DTLS certificate, as `auth.fingerprints.normalise` writes it."""
    token_id: str
    expires_ms: int


class SigningKeys(Protocol):
    """The keys of the installation's tokens: one, or several that take turns (`rotation`)."""

    def signing(self) -> InstallationKeys:
        """Return the key that signs now."""

    def verifying(self, kid: str) -> InstallationKeys | None:
        """Return the key of that id, while tokens it signed may be good."""


class Tokens:
    """Makes and verifies the tokens of one installation. Belongs to one task.

    Args:
        keys: sign; their public halves verify.
        issuer: the installation's own URL or name, `iss` of every token.
        now: seconds since the Unix epoch, for making tokens.
    """

    def __init__(
        self, keys: SigningKeys, issuer: str, *, now: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._now = now
        self._media_used = OnceMemory(MEDIA_CAPACITY)

    def access(
        self,
        subject: str,
        *,
        session: str,
        role: str,
        invitation: str,
        jkt: str,
        lifetime_s: int = ACCESS_MAX_S,
    ) -> str:
        """Return an access token for the holder of the key `jkt`."""
        claims = {"session": session, "role": role, "invitation": invitation, "cnf": {"jkt": jkt}}
        return self._make(_ACCESS, subject, lifetime_s, claims)

    def media(
        self,
        subject: str,
        *,
        room: str,
        role: str,
        jkt: str,
        fingerprint: str,
        lifetime_s: int = MEDIA_MAX_S,
    ) -> str:
        """Return a token for one connection to `room` with one DTLS certificate.

        The fingerprint goes into a `cnf` member of ours, `dtls`. The registered `x5t#S256` speaks
        of the TLS client certificate of the request (RFC 8705), which this one is not.

        Raises:
            FingerprintMissingError: `fingerprint` is no SHA-256 fingerprint.
        """
        confirmation = {"jkt": jkt, "dtls": normalise(fingerprint)}
        claims = {"room": room, "role": role, "cnf": confirmation}
        return self._make(_MEDIA, subject, lifetime_s, claims)

    def admin(self, *, lifetime_s: int = ADMIN_MAX_S) -> str:
        """Return a token for the command line, which could read the key file."""
        return self._make(_ADMIN, "admin", lifetime_s, {})

    def verify_access(self, token: str) -> AccessClaims:
        """Return who the token speaks of; the caller then requires a proof of `jkt`.

        Raises:
            TokenMalformedError, TokenWrongTypeError, TokenForeignError, TokenExpiredError.
        """
        claims = self._open(_ACCESS, token)
        return AccessClaims(
            subject=_text(claims, "sub"),
            session=_text(claims, "session"),
            role=_text(claims, "role"),
            invitation=_text(claims, "invitation"),
            jkt=_confirmation(claims, "jkt"),
            token_id=_text(claims, "jti"),
            issued_ms=_seconds(claims, "iat") * 1000,
            expires_ms=_seconds(claims, "exp") * 1000,
        )

    def verify_media(self, token: str, *, offer_fingerprint: str, jkt: str) -> MediaClaims:
        """Return who may connect with this offer, once.

        Only what passes every check is used up: an offer refused for its fingerprint or key leaves
        the token to its rightful holder.

        Args:
            token: as received.
            offer_fingerprint: from `auth.fingerprints.from_offer`.
            jkt: the key that was proven on the connection the offer came by.

        Raises:
            TokenMalformedError, TokenWrongTypeError, TokenForeignError, TokenExpiredError,
            TokenUsedError: the token is not good.
            ProofMismatchError: it was made for another key.
            FingerprintMismatchError: it was made for another certificate.
        """
        claims = self._open(_MEDIA, token)
        media = MediaClaims(
            subject=_text(claims, "sub"),
            room=_text(claims, "room"),
            role=_text(claims, "role"),
            jkt=_confirmation(claims, "jkt"),
            fingerprint=_confirmation(claims, "dtls"),
            token_id=_text(claims, "jti"),
            expires_ms=_seconds(claims, "exp") * 1000,
        )
        require_key(media.jkt, jkt)
        if media.fingerprint != normalise(offer_fingerprint):
            raise FingerprintMismatchError
        until = _seconds(claims, "exp") + LEEWAY_S
        if not self._media_used.first_use(media.token_id, until=until, now=self._now()):
            raise TokenUsedError
        return media

    def verify_admin(self, token: str) -> None:
        """Pass if the token was made by who can read the key file.

        Raises:
            TokenMalformedError, TokenWrongTypeError, TokenForeignError, TokenExpiredError.
        """
        self._open(_ADMIN, token)

    def _make(self, kind: _Kind, subject: str, lifetime_s: int, claims: dict[str, Any]) -> str:
        if not 0 < lifetime_s <= kind.max_s:
            raise ValueError(f"a {kind.typ} lives from 1 to {kind.max_s} seconds")
        now = int(self._now())
        base = {
            "iss": self._issuer,
            "aud": kind.audience,
            "sub": subject,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime_s,
        }
        keys = self._keys.signing()
        return jwt.encode(
            {**base, **claims},
            keys.signing_key(),
            algorithm=ALGORITHM,
            headers={"typ": kind.typ, "kid": keys.kid},
        )

    def _open(self, kind: _Kind, token: str) -> dict[str, Any]:
        """Return the claims of a token of this kind, signature and window verified."""
        if not token.isascii() or len(token) > MAX_TOKEN_CHARS:
            raise TokenMalformedError("not a short ASCII text")
        key = self._key_for(kind, token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key=key,
                algorithms=[ALGORITHM],
                audience=kind.audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": list(kind.claims), "strict_aud": True},
            )
        except jwt.PyJWTError as error:
            raise _refusal(error) from error
        lifetime_s = _seconds(claims, "exp") - _seconds(claims, "iat")
        if lifetime_s > kind.max_s:
            raise TokenMalformedError("lives too long for its type")
        return claims

    def _key_for(self, kind: _Kind, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise TokenMalformedError(type(error).__name__) from error
        if header.get("typ") != kind.typ:
            raise TokenWrongTypeError(f"{kind.typ} wanted")
        keys = self._keys.verifying(str(header.get("kid")))
        if keys is None:
            raise TokenForeignError("signed by an unknown key")
        return jwt.PyJWK(dict(keys.public_jwk()), algorithm=ALGORITHM)


_FOREIGN = (
    jwt.InvalidSignatureError,
    jwt.InvalidAlgorithmError,
    jwt.InvalidKeyError,
    jwt.InvalidIssuerError,
    jwt.InvalidAudienceError,
)


def _refusal(
    error: jwt.PyJWTError,
) -> TokenExpiredError | TokenForeignError | TokenMalformedError:
    # The name of the exception only: its text may quote the token.
    reason = type(error).__name__
    if isinstance(error, jwt.ExpiredSignatureError | jwt.ImmatureSignatureError):
        return TokenExpiredError(reason)
    if isinstance(error, _FOREIGN):
        return TokenForeignError(reason)
    return TokenMalformedError(reason)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenMalformedError(f"claim {name} is not text")
    return value


def _confirmation(claims: dict[str, Any], name: str) -> str:
    members = claims.get("cnf")
    if not isinstance(members, dict):
        raise TokenMalformedError("claim cnf is not an object")
    return _text(members, name)


def _seconds(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int):
        raise TokenMalformedError(f"claim {name} is not a whole number")
    return value
