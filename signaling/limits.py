"""How fast one address, one account, and one who tries links and codes may ask.

Whole offices share an address, so the bound per address is wide and stops floods only; what
guesses secrets (a link, a code) has a narrow one of its own; five wrong codes lock a link besides.
A person is one account whatever their tokens, connections and addresses. Source: ASVS 5 V2.4.1,
V6.3.1, V15.2.2.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from signaling.budget import Budgets, Rate
from signaling.origin import Fronts
from signaling.refusals import RequestError
from signaling.settings import Limits

MESSAGES = Rate(per_s=20.0, burst=60.0)
"""What one person may send by WebSocket."""
SIGN_IN_PATHS = frozenset(
    {
        "/api/invitations/redeem",
        "/api/openid/begin",
        "/api/openid/callback",
        "/api/passkey/begin",
        "/api/passkey/complete",
        "/api/stations/sign-in",
        "/api/stations/passkey/begin",
        "/api/stations/passkey/complete",
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


class Accounts:
    """Counts what people ask once it is known who they are: by person, not by token."""

    def __init__(self, limits: Limits) -> None:
        self._requests = Budgets(limits.account.rate)
        self._invitations = Budgets(limits.invitation.rate)
        self._messages = Budgets(MESSAGES)

    def request(self, session_id: str, participant_id: str) -> None:
        """Account for a request. Raises: RequestError, `too_many_requests`."""
        _require(self._requests.spend((session_id, participant_id), time.monotonic()))

    def invitation(self, session_id: str, participant_id: str) -> None:
        """Account for a link that they make. Raises: RequestError, `too_many_requests`."""
        _require(self._invitations.spend((session_id, participant_id), time.monotonic()))

    def may_send(self, session_id: str, participant_id: str) -> bool:
        """Account for a message; tell whether there was one left."""
        return self._messages.spend((session_id, participant_id), time.monotonic()) == 0


def _require(wait_s: float) -> None:
    if wait_s > 0:
        raise RequestError("too_many_requests", wait_s=math.ceil(wait_s))
