"""One-time tickets that stand for an access token where a browser cannot set headers.

A ticket is obtained over HTTPS with the token and a proof, opens one WebSocket, and is worth
nothing once used or after half a minute. It is not enough by itself: the first message on the
socket proves the device key again, with a proof made for this ticket (`ath`).
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from auth.errors import TicketUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from auth.tokens import AccessClaims

TICKET_BYTES = 32


class Tickets:
    """Open tickets, oldest first. Belongs to one task.

    Args:
        lifetime_s: how long a ticket can be redeemed.
        capacity: how many may be open; one more makes the oldest worthless.
        now: monotonic clock, in seconds.
    """

    def __init__(
        self,
        lifetime_s: float = 30.0,
        capacity: int = 10_000,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lifetime_s = lifetime_s
        self._capacity = capacity
        self._now = now
        self._open: dict[str, tuple[float, AccessClaims]] = {}
        self._spent: dict[str, tuple[float, AccessClaims]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def issue(self, claims: AccessClaims) -> str:
        """Return a new ticket for the bearer of `claims`, 43 URL-safe characters."""
        now = self._now()
        self._forget(now)
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._open[ticket] = (now + self._lifetime_s, claims)
        return ticket

    def redeem(self, ticket: str) -> AccessClaims:
        """Return the claims the ticket was issued for, once.

        Raises:
            TicketUnknownError: never issued, redeemed before, or too old.
        """
        ends_at, claims = self._open.pop(ticket, (None, None))
        if ends_at is None or claims is None or ends_at <= self._now():
            raise TicketUnknownError
        self._spent[ticket] = (ends_at, claims)
        return claims

    def spent(self, ticket: str) -> AccessClaims | None:
        """Return whose ticket it was, if it was redeemed and would not have ended yet."""
        ends_at, claims = self._spent.get(ticket, (0.0, None))
        return claims if ends_at > self._now() else None

    def _forget(self, now: float) -> None:
        # All live equally long, so the order of issue is nearly the order of ending.
        for tickets in (self._open, self._spent):
            for ticket, (ends_at, _) in list(tickets.items()):
                if ends_at > now and len(tickets) < self._capacity:
                    break
                del tickets[ticket]
