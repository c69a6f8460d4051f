from __future__ import annotations

import pytest

from auth.errors import TicketUnknownError
from auth.tickets import Tickets
from auth.tokens import AccessClaims


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(lifetime_s=30, capacity=3, now=clock)


def claims(subject: str = "participant-1") -> AccessClaims:
    return AccessClaims(
        subject=subject,
        session="session-1",
        role="examiner",
        invitation="invitation-1",
        jkt="thumbprint",
        token_id="token-1",
        issued_ms=0,
        expires_ms=1,
    )


def test_a_ticket_gives_back_its_claims_once(tickets: Tickets) -> None:
    ticket = tickets.issue(claims())
    assert len(ticket) == 43
    assert tickets.redeem(ticket) == claims()
    with pytest.raises(TicketUnknownError):
        tickets.redeem(ticket)


def test_tickets_are_not_mixed_up(tickets: Tickets) -> None:
    first, second = tickets.issue(claims("a")), tickets.issue(claims("b"))
    assert tickets.redeem(second).subject == "b"
    assert tickets.redeem(first).subject == "a"


@pytest.mark.parametrize("ticket", ["", "never-issued", "\ud800"])
def test_a_ticket_never_issued_is_refused(tickets: Tickets, ticket: str) -> None:
    with pytest.raises(TicketUnknownError):
        tickets.redeem(ticket)


def test_a_ticket_serves_until_its_end_and_not_after(tickets: Tickets, clock: Clock) -> None:
    early, late = tickets.issue(claims()), tickets.issue(claims())
    clock.now_s += 29.9
    assert tickets.redeem(early) == claims()
    clock.now_s += 0.1
    with pytest.raises(TicketUnknownError):
        tickets.redeem(late)


def test_one_ticket_too_many_makes_the_oldest_worthless(tickets: Tickets) -> None:
    oldest, *others = [tickets.issue(claims()) for _ in range(4)]
    with pytest.raises(TicketUnknownError):
        tickets.redeem(oldest)
    assert [tickets.redeem(ticket) for ticket in others] == [claims()] * 3


def test_tickets_nobody_redeemed_are_forgotten(tickets: Tickets, clock: Clock) -> None:
    tickets.issue(claims())
    tickets.issue(claims())
    clock.now_s += 30
    tickets.issue(claims())
    assert len(tickets) == 1
