"""OpenID Connect, the pure part: what is asked of a provider, and whether its answer holds.

The code flow of a confidential client, in the profile of ProConnect (the State agents' provider):
`state` and `nonce` of 256 bits, a new sign-in each time (`prompt=login`), nothing that the provider
does not announce (PKCE only if discovery does), ID token and userinfo both signed, with one
algorithm named by configuration. `kid` picks from a dictionary; `jku`, `x5u` and embedded keys are
not read. PyJWT reads the clock itself when it verifies.

Not here: what the provider says of itself (auth.discovery), fetching (signaling.oidc), and whose
subject it is (signaling.access).

Source: OpenID Connect Core 1.0 sections 3.1 and 5.3, RP-Initiated Logout 1.0 section 2; RFC 7636
(PKCE), RFC 8725 (best practice), RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import jwt

from auth.discovery import Provider
from auth.errors import (
    OpenIDAssuranceError,
    OpenIDExpiredError,
    OpenIDForeignError,
    OpenIDMalformedError,
    OpenIDNonceError,
    OpenIDSubjectError,
)
from auth.jwk import base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

Algorithm = Literal["RS256", "PS256", "ES256"]
"""Asymmetric ones: nobody but the provider can sign."""
LEEWAY_S = 30
"""For clocks that differ; no more, as an ID token serves within seconds."""
MAX_TOKEN_CHARS = 16_384
MAX_SUBJECT_CHARS = 200
"""What the record keeps of a name; Core allows 255, providers use some forty."""
_SECRET_BYTES = 32
_ID_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "nonce")
_USERINFO_CLAIMS = ("iss", "aud", "sub")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """This installation, as it is registered at the provider."""

    client_id: str
    redirect_uri: str
    post_logout_redirect_uri: str
    """Where the browser comes back to once it is signed out."""
    scope: str
    algorithm: Algorithm
    acr_values: tuple[str, ...]
    """Levels of assurance that are accepted, one at least."""
    high_acr_values: tuple[str, ...] = ()
    """Those of them at which the provider has checked who the person is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sign-in that was begun; each of its values serves once."""

    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, as the provider knows them, and how surely."""

    issuer: str
    subject: str
    acr: str
    is_high: bool = False
    """Whether the level is one of `high_acr_values`."""
    id_token: str = field(default="", repr=False, compare=False)
    """As the provider gave it, for the sign-out there."""


def new_attempt() -> Attempt:
    """Return an attempt with values that nobody guesses, 43 characters each."""
    return Attempt(
        state=secrets.token_urlsafe(_SECRET_BYTES),
        nonce=secrets.token_urlsafe(_SECRET_BYTES),
        code_verifier=secrets.token_urlsafe(_SECRET_BYTES),
    )


def authorization_url(provider: Provider, party: RelyingParty, attempt: Attempt) -> str:
    """Return where the browser goes to sign in."""
    asked = {
        "response_type": "code",
        "client_id": party.client_id,
        "redirect_uri": party.redirect_uri,
        "scope": party.scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "prompt": "login",
        "acr_values": " ".join(party.acr_values),
    }
    if provider.announces_pkce:
        digest = hashlib.sha256(attempt.code_verifier.encode("ascii")).digest()
        asked |= {"code_challenge": base64url(digest), "code_challenge_method": "S256"}
    return _with_query(provider.authorization_endpoint, asked)


def end_session_url(provider: Provider, party: RelyingParty, id_token: str) -> str | None:
    """Return where the browser goes to be signed out at the provider; None: it offers no such.

    Args:
        provider: where the person signed in.
        party: who asks.
        id_token: of that sign-in; a hint, which the provider judges. It may have expired.
    """
    if provider.end_session_endpoint is None:
        return None
    asked = {
        "id_token_hint": id_token,
        "post_logout_redirect_uri": party.post_logout_redirect_uri,
        "state": secrets.token_urlsafe(_SECRET_BYTES),
    }
    return _with_query(provider.end_session_endpoint, asked)


def token_request(
    provider: Provider, party: RelyingParty, attempt: Attempt, *, code: str, client_secret: str
) -> dict[str, str]:
    """Return the form that exchanges a code (`client_secret_post`)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "client_id": party.client_id,
        "client_secret": client_secret,
    }
    if provider.announces_pkce:
        form["code_verifier"] = attempt.code_verifier
    return form


def kid_of(token: str) -> str:
    """Return the identifier of the key a token says it is signed with; nothing is verified yet.

    Raises:
        OpenIDMalformedError: no signed token, or it names no key.
    """
    if not token.isascii() or len(token) > MAX_TOKEN_CHARS:
        raise OpenIDMalformedError("not a short ASCII text")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise OpenIDMalformedError(type(error).__name__) from error
    if not isinstance(kid, str):
        raise OpenIDMalformedError("no kid")
    return kid


def verify_id_token(
    token: str,
    *,
    key: Mapping[str, Any] | None,
    provider: Provider,
    party: RelyingParty,
    nonce: str,
) -> SignedIn:
    """Return who signed in, by an ID token that holds for this attempt.

    Args:
        token: as the token endpoint gave it.
        key: the provider's key of `kid_of(token)`, as JWK; None: it has no such key.
        provider: whose token it must be.
        party: whom it must be for.
        nonce: of the attempt.

    Raises:
        OpenIDMalformedError, OpenIDForeignError, OpenIDExpiredError, OpenIDNonceError,
        OpenIDAssuranceError.
    """
    claims = _open(token, key=key, provider=provider, party=party, required=_ID_CLAIMS)
    if claims.get("azp", party.client_id) != party.client_id:
        raise OpenIDForeignError("made for another client")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise OpenIDNonceError
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in party.acr_values:
        raise OpenIDAssuranceError
    return SignedIn(
        issuer=provider.issuer,
        subject=_subject(claims),
        acr=acr,
        is_high=acr in party.high_acr_values,
        id_token=token,
    )


def verify_userinfo(
    token: str,
    *,
    key: Mapping[str, Any] | None,
    provider: Provider,
    party: RelyingParty,
    signed_in: SignedIn,
) -> None:
    """Pass if a signed userinfo answer speaks of who signed in (Core, 5.3.2 and 5.3.4).

    Raises:
        OpenIDMalformedError, OpenIDForeignError, OpenIDExpiredError, OpenIDSubjectError.
    """
    claims = _open(token, key=key, provider=provider, party=party, required=_USERINFO_CLAIMS)
    if _subject(claims) != signed_in.subject:
        raise OpenIDSubjectError("userinfo is of somebody else")


def _open(
    token: str,
    *,
    key: Mapping[str, Any] | None,
    provider: Provider,
    party: RelyingParty,
    required: tuple[str, ...],
) -> dict[str, Any]:
    if key is None:
        raise OpenIDForeignError("signed by an unknown key")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=jwt.PyJWK(dict(key), algorithm=party.algorithm),
            algorithms=[party.algorithm],
            audience=party.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY_S,
            options={"require": list(required)},
        )
    except jwt.PyJWTError as error:
        raise _refusal(error) from error
    # Another audience beside us could present the token to us (Core, 3.1.3.7, step 3).
    if claims["aud"] not in (party.client_id, [party.client_id]):
        raise OpenIDForeignError("made for others too")
    return claims


_FOREIGN = (
    jwt.InvalidSignatureError,
    jwt.InvalidAlgorithmError,
    jwt.InvalidKeyError,
    jwt.PyJWKError,
    jwt.InvalidIssuerError,
    jwt.InvalidAudienceError,
)


def _refusal(
    error: jwt.PyJWTError,
) -> OpenIDExpiredError | OpenIDForeignError | OpenIDMalformedError:
    # The name of the exception only: its text may quote the token.
    reason = type(error).__name__
    if isinstance(error, jwt.ExpiredSignatureError | jwt.ImmatureSignatureError):
        return OpenIDExpiredError(reason)
    if isinstance(error, _FOREIGN):
        return OpenIDForeignError(reason)
    return OpenIDMalformedError(reason)


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS:
        raise OpenIDMalformedError("claim sub is not a short text")
    return subject


def _with_query(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
