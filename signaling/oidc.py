"""Sign-ins at the OpenID provider, and sign-outs: discovery, keys, exchange of codes, who waits.

An attempt belongs to the link and the device key it was begun with: the answer of the provider is
worth nothing on another device, and serves once. What the provider says is judged by `auth.oidc`.

Source: OpenID Connect Core 1.0 section 3.1, Discovery 1.0 section 4,
RP-Initiated Logout 1.0; RFC 9700 section 4.7.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Self

import aiohttp
import structlog
from cachetools import TTLCache

from auth import discovery, oidc
from auth.errors import OpenIDForeignError, OpenIDMalformedError, OpenIDUnavailableError
from signaling import settings as s
from signaling.refusals import RequestError

log = structlog.get_logger()

CALLBACK_PATH = "/openid/callback"
SIGNED_OUT_PATH = "/openid/signed-out"
WELL_KNOWN = "/.well-known/openid-configuration"
ATTEMPT_S = 600.0
"""Long enough to find the second factor of one's account."""
MAX_ATTEMPTS = 10_000
REFETCH_S = 30.0
"""Between two looks at the provider's keys for one that is not among them."""
DISCOVERY_S = 3_600.0
TIMEOUT_S = 8.0
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Waiting:
    attempt: oidc.Attempt
    provider: discovery.Provider
    """As it was when the attempt began: what it announces may change meanwhile."""
    secret_digest: str
    jkt: str


class SignIns:
    """Sign-ins at one provider. Belongs to one task's loop; `now` is monotonic, in seconds."""

    def __init__(
        self,
        issuer: str,
        party: oidc.RelyingParty,
        client_secret: str,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._party = party
        self._client_secret = client_secret
        self._now = now
        self._waiting: TTLCache[str, _Waiting] = TTLCache(MAX_ATTEMPTS, ATTEMPT_S, timer=now)
        """By state."""
        self._provider: tuple[float, discovery.Provider] | None = None
        self._keys: dict[str, dict[str, Any]] = {}
        self._keys_s: float | None = None

    @classmethod
    def of(cls, settings: s.OpenID, *, secret: str, origin: str) -> Self | None:
        """Return the sign-ins of an installation that browsers find at `origin`, if it has any."""
        if settings.issuer is None or settings.client_id is None:
            return None
        party = oidc.RelyingParty(
            client_id=settings.client_id,
            redirect_uri=origin + CALLBACK_PATH,
            post_logout_redirect_uri=origin + SIGNED_OUT_PATH,
            scope=settings.scope,
            algorithm=settings.algorithm,
            acr_values=settings.acr,
            high_acr_values=settings.high_acr,
        )
        return cls(settings.issuer, party, secret)

    async def begin(self, secret_digest: str, jkt: str) -> str:
        """Return where the browser of this device goes to sign in for this link.

        Raises:
            OpenIDUnavailableError: the provider does not answer, or not as it should.
        """
        provider, fresh = await self._discover(), oidc.new_attempt()
        attempt = replace(fresh, state=f"{fresh.state}.{secret_digest}")
        self._waiting[attempt.state] = _Waiting(attempt, provider, secret_digest, jkt)
        return oidc.authorization_url(provider, self._party, attempt)

    async def complete(
        self, state: str, code: str | None, iss: str | None, *, jkt: str
    ) -> tuple[str, oidc.SignedIn]:
        """Return the digest of the link that the sign-in was begun for, and who signed in.

        Args:
            state: as it came back; served once, whatever comes of it.
            code: None: the provider refused.
            iss: the issuer, where the answer names it.
            jkt: the key of the device that the answer came to.

        Raises:
            RequestError: `openid_state_unknown`, `openid_refused`: nobody waits for it, or the
                provider refused.
            AuthError: what it says does not hold, one class for each reason.
        """
        waiting = self._waiting.get(state)
        # Another device's guess does not take the attempt away from its own.
        if waiting is None or waiting.jkt != jkt:
            raise RequestError("openid_state_unknown")
        del self._waiting[state]
        if iss not in {None, self._issuer}:
            raise OpenIDForeignError("the answer names another issuer")
        if code is None:
            raise RequestError("openid_refused")
        return waiting.secret_digest, await self._exchange(waiting, code)

    async def end_session_url(self, id_token: str) -> str | None:
        """Return where the browser goes to sign out at the provider too.

        None: it offers no such, or does not answer; who signs out here is not held up by that.
        """
        try:
            provider = await self._discover()
        except OpenIDUnavailableError as error:
            log.warning("openid.not_signed_out", code=error.code)
            return None
        return oidc.end_session_url(provider, self._party, id_token)

    async def _exchange(self, waiting: _Waiting, code: str) -> oidc.SignedIn:
        provider, party = waiting.provider, self._party
        form = oidc.token_request(
            provider, party, waiting.attempt, code=code, client_secret=self._client_secret
        )
        tokens = _object(await _fetch("POST", provider.token_endpoint, form=form))
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise OpenIDMalformedError("no ID token or no access token")
        signed_in = oidc.verify_id_token(
            id_token,
            key=await self._key(provider, oidc.kid_of(id_token)),
            provider=provider,
            party=party,
            nonce=waiting.attempt.nonce,
        )
        content = await _fetch("GET", provider.userinfo_endpoint, bearer=access_token)
        userinfo = content.decode("ascii", "replace").strip()
        oidc.verify_userinfo(
            userinfo,
            key=await self._key(provider, oidc.kid_of(userinfo)),
            provider=provider,
            party=party,
            signed_in=signed_in,
        )
        return signed_in

    async def _discover(self) -> discovery.Provider:
        if self._provider is not None and self._now() < self._provider[0] + DISCOVERY_S:
            return self._provider[1]
        content = await _fetch("GET", self._issuer.rstrip("/") + WELL_KNOWN)
        provider = discovery.provider_of(_object(content), issuer=self._issuer)
        self._provider = (self._now(), provider)
        return provider

    async def _key(self, provider: discovery.Provider, kid: str) -> dict[str, Any] | None:
        """Return the provider's key of that name, looked for anew when it is not known."""
        is_recent = self._keys_s is not None and self._now() < self._keys_s + REFETCH_S
        if kid not in self._keys and not is_recent:
            self._keys_s = self._now()
            self._keys = discovery.keys_of(_object(await _fetch("GET", provider.jwks_uri)))
        return self._keys.get(kid)


def link_of(state: str) -> str:
    """Return the digest of the link that an attempt was begun for.

    It leads whoever is asked to the server that waits for the answer, and proves nothing.
    """
    return state.rpartition(".")[2]


async def _fetch(
    method: str, url: str, *, form: dict[str, str] | None = None, bearer: str | None = None
) -> bytes:
    """Return what the provider answers.

    Raises:
        OpenIDUnavailableError: nothing, too much, or a failure of its own.
        RequestError: `openid_refused`: it refuses what it was asked.
    """
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as http,
            http.request(
                method, url, data=form, headers=headers, allow_redirects=False
            ) as response,
        ):
            content = await _read(response)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # Its text may quote the address; the class says enough.
        raise OpenIDUnavailableError(type(error).__name__) from error
    if response.status == HTTPStatus.OK:
        return content
    log.warning("openid.refused", status=response.status)
    if response.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise RequestError("openid_refused")
    raise OpenIDUnavailableError(f"HTTP {response.status}")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for part in response.content.iter_any():
        content += part
        if len(content) > MOST_BYTES:
            raise OpenIDUnavailableError("the answer is too long")
    return content


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise OpenIDUnavailableError("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise OpenIDUnavailableError("the answer is not an object")
    return value
