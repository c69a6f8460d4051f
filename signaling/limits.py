"""How fast one address, one account, and one who tries links and codes may ask.

Whole offices share an address, so the bound per address is wide and stops floods only; what
guesses secrets (a link, a code) has a narrow one of its own. What one person may send is
bounded per WebSocket (socket.py) and per account here. Source: ASVS 5 V2.4.1, V6.3.1, V15.2.2.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from signaling.budget import Budgets
from signaling.origin import Fronts
from signaling.refusals import RequestError
from signaling.settings import Limits

SIGN_IN_PATHS = frozenset(
    {
        "/api/invitations/redeem",
        "/api/openid/begin",
        "/api/openid/callback",
        "/api/passkey/begin",
        "/api/passkey/complete",
        "/api/stations/sign-in",
    }
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gauge:
    """Counts requests; a middleware in front of everything else that answers."""

    def __init__(self, limits: Limits, fronts: Fronts) -> None:
        self._fronts = fronts
        self._of_address = Budgets(limits.address.rate)
        self._of_account = Budgets(limits.account.rate)
        self._sign_in = Budgets(limits.sign_in.rate)

    async def pass_on(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer through `handler`, or refuse.

        Raises:
            RequestError: `too_many_requests`, and those of `Fronts.source`.
        """
        source, now_s = self._fronts.source(request), time.monotonic()
        _require(self._of_address.spend(source, now_s))
        if request.path in SIGN_IN_PATHS:
            _require(self._sign_in.spend(source, now_s))
        if token := request.headers.get("Authorization"):
            # Its digest: a token is worth nothing to who reads this process's memory later.
            account = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
            _require(self._of_account.spend(account, now_s))
        return await handler(request)


def _require(wait_s: float) -> None:
    if wait_s > 0:
        raise RequestError("too_many_requests", wait_s=math.ceil(wait_s))
