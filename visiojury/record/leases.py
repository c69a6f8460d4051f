"""Which of several servers owns a session: a lease in PostgreSQL, with an epoch that only grows.

A lease stands in the session's head. Whoever takes it raises the epoch, and every append names
the epoch in the statement that moves the head: two servers may both believe that they own a
session, but only one of them can write. `renew` keeps what is held, by the database's clock;
a holder that could not renew stops by its own clock before anybody else may begin.

What is *not* here: when to renew and what to do with a session that was lost (signaling). A server
alone with its database has no leases; its appends name the epoch that they found.

Source: docs/adr/0059.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    cast,
    func,
    or_,
    select,
    tuple_,
    update,
)

from visiojury.record.errors import LeaseHeldError, StoreError
from visiojury.record.schema import HEAD

T = TypeVar("T")

FIRST_EPOCH: Final = 1
"""Under which a session's first entries are written."""
RENEW_S: Final = 1.0
"""Between two renewals of everything that is held."""
DROP_S: Final = 3.0
"""Without a renewal, by the holder's own clock, the holder stops."""
FREE_S: Final = 5.0
"""Without a renewal, by the database's clock, another may take the lease."""

NOW_MS: Final = cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
"""The database's clock, ms since the Unix epoch: the only one that all servers share."""


class Transact(Protocol):
    """Does some work in a transaction that is committed when it returns. Raises: StoreError."""

    def __call__(self, work: Callable[[Connection], T]) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Lease:
    """What one server holds of one session."""

    epoch: int
    since_s: float
    """When the renewal that stands was asked for, on the holder's monotonic clock."""
    before_ms: int | None
    """When whoever had it before was last heard of, by the database's clock; None: nobody had."""


class Leases:
    """Those of one server.

    Args:
        node: names the server; the others reach it by this.
        transact: of the database that all of them share.
        now_s: monotonic clock that goes on while the process is stopped.
    """

    def __init__(self, node: str, transact: Transact, now_s: Callable[[], float]) -> None:
        self.node = node
        self.now_s = now_s
        self._transact = transact
        self._held: dict[str, Lease] = {}

    def held(self) -> list[str]:
        """Return the sessions of which this server is the owner."""
        return [session_id for session_id in self._held if self.of(session_id) is not None]

    def of(self, session_id: str) -> Lease | None:
        """Return the lease that is held of a session; None: none, or not renewed in time."""
        lease = self._held.get(session_id)
        if lease is None or self.now_s() - lease.since_s >= DROP_S:
            return None
        return lease

    def require(self, session_id: str) -> int:
        """Return the epoch under which a session is written. Raises: StoreError, `lease_lost`."""
        if (lease := self.of(session_id)) is None:
            raise lost(session_id)
        return lease.epoch

    async def take(self, session_id: str) -> Lease | None:
        """Own a session from now on; None: there is none of that name.

        One's own is taken anew, so that a server restarted under its name need not wait.

        Raises:
            LeaseHeldError: another server has it, and which.
            StoreError: `database_unusable`.
        """
        since_s = self.now_s()
        taken = await self._transact(lambda connection: _take(connection, session_id, self.node))
        if taken is None:
            return None
        epoch, before_ms = taken
        lease = self._held[session_id] = Lease(epoch, since_s, before_ms)
        return lease

    def begun(self, session_id: str, since_s: float) -> None:
        """Note a session whose first entries this server has written, asked for at `since_s`."""
        self._held[session_id] = Lease(FIRST_EPOCH, since_s, None)

    async def renew(self) -> list[str]:
        """Renew all that is held; return what turns out to be somebody else's.

        Raises:
            StoreError: `database_unusable`: nothing is known to be renewed.
        """
        since_s, held = self.now_s(), dict(self._held)
        # What was not renewed in time is not revived: its people are told to go elsewhere.
        asked = {s: lease.epoch for s, lease in held.items() if self.of(s) is not None}
        renewed = await self._transact(lambda c: _renew(c, self.node, asked)) if asked else set()
        for session_id in renewed:
            if (lease := self._held.get(session_id)) is held[session_id]:
                self._held[session_id] = Lease(lease.epoch, since_s, lease.before_ms)
        gone = [s for s in asked if s not in renewed and self._held.get(s) is held[s]]
        for session_id in gone:
            del self._held[session_id]
        return gone

    def forget(self, session_id: str) -> None:
        """Let a lease run out: it is not renewed any more."""
        self._held.pop(session_id, None)

    async def give_back(self, session_ids: list[str] | None = None) -> None:
        """Free leases at once, all that are held or those named. Raises: StoreError."""
        named = self.held() if session_ids is None else session_ids
        held = {s: lease.epoch for s in named if (lease := self._held.pop(s, None)) is not None}
        if held:
            await self._transact(lambda connection: _give_back(connection, self.node, held))


def first_owner(node: str | None) -> dict[str, Any]:
    """Return what the head of a new session says of its owner; None: it needs none."""
    if node is None:
        return {"epoch": 0}
    return {"epoch": FIRST_EPOCH, "owner": node, "renewed_ms": NOW_MS}


def lost(session_id: str) -> StoreError:
    return StoreError(
        "lease_lost",
        f"session {session_id} is another server's, or may be by now; nothing was written",
    )


def is_free(node: str) -> ColumnElement[bool]:
    """Return the condition under which a server may take the session of a head."""
    is_over = HEAD.c.renewed_ms <= NOW_MS - round(FREE_S * 1000)
    return or_(HEAD.c.owner.is_(None), HEAD.c.owner == node, is_over)


def _take(connection: Connection, session_id: str, node: str) -> tuple[int, int | None] | None:
    """Return the new epoch and when the one before was last renewed. Raises: LeaseHeldError."""
    mine = HEAD.c.session_id == session_id
    # Locked: whoever is writing comes to an end first, and is read by who takes over.
    found = connection.execute(
        select(HEAD.c.owner, HEAD.c.epoch, HEAD.c.renewed_ms, is_free(node).label("is_free"))
        .where(mine)
        .with_for_update()
    ).one_or_none()
    if found is None:
        return None
    if not found.is_free:
        raise LeaseHeldError(session_id, found.owner)
    epoch = found.epoch + 1
    connection.execute(update(HEAD).where(mine).values(owner=node, epoch=epoch, renewed_ms=NOW_MS))
    return epoch, found.renewed_ms


def _renew(connection: Connection, node: str, held: dict[str, int]) -> set[str]:
    statement = update(HEAD).where(_held_by(node, held)).values(renewed_ms=NOW_MS)
    return {row.session_id for row in connection.execute(statement.returning(HEAD.c.session_id))}


def _held_by(node: str, held: dict[str, int]) -> ColumnElement[bool]:
    return and_(
        HEAD.c.owner == node, tuple_(HEAD.c.session_id, HEAD.c.epoch).in_(list(held.items()))
    )


def _give_back(connection: Connection, node: str, held: dict[str, int]) -> None:
    values = {"owner": None, "renewed_ms": NOW_MS}
    connection.execute(update(HEAD).where(_held_by(node, held)).values(values))
