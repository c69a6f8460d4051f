"""Which sessions are this server's, where several share one PostgreSQL: kept, taken up, let go.

Leases are renewed each second. A room whose lease was not renewed in time is lost at once: nothing
is recorded in it any more, its people are told to come back, its media stop. What others left
(they died, or were asked to stop) is taken up here without anybody asking, so that no clock stands
still; who asks for a session takes it sooner (`rooms.Rooms.find`).

What the lease itself is, and why two owners can never both write: visiojury/record/leases.py.
"""

from __future__ import annotations

import asyncio
from secrets import SystemRandom

import structlog

from signaling import telemetry
from signaling.draining import Drain
from signaling.relays import Relays
from signaling.rooms import Room, Rooms
from visiojury.record.errors import LeaseHeldError, RecordError, StoreError
from visiojury.record.index import SessionIndex
from visiojury.record.leases import RENEW_S, Leases

log = structlog.get_logger()

LOOK_S = 0.1
"""Between two looks for rooms that are not ours any more."""
TAKE_UP_S = 1.0
"""Between two looks for sessions that nobody has."""


class Ownership:
    """Looks after the leases of one server."""

    def __init__(
        self, leases: Leases, rooms: Rooms, index: SessionIndex, relays: Relays, drain: Drain
    ) -> None:
        self.leases = leases
        self._rooms = rooms
        self._index = index
        self._relays = relays
        self._drain = drain
        self._is_leaving = False
        drain.let_go = self.let_go

    @property
    def takes_on(self) -> bool:
        """Whether sessions that nobody has are taken here."""
        return self._drain.notice is None and not self._is_leaving

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for task in (self._renew(), self._watch(), self._take_up()):
                group.create_task(task)

    async def let_go(self, room: Room) -> None:
        """Leave a room to another server: its people find it there by themselves."""
        log.info("lease.given_back", session_id=room.session_id)
        room.owner.retire()
        await self._free([room.session_id])
        await self._lose(room)

    async def give_back_all(self) -> None:
        """Leave all that is held to the others: this server stops."""
        self._is_leaving = True
        for room in self._rooms:
            room.owner.retire()
        await self._free(self.leases.held())

    async def _free(self, session_ids: list[str]) -> None:
        try:
            await self.leases.give_back(session_ids)
        except StoreError as error:
            # They are free when their leases have run out.
            log.warning("leases.not_given_back", code=error.code)

    async def _renew(self) -> None:
        while True:
            try:
                await self.leases.renew()
            except StoreError as error:
                log.warning("leases.unrenewed", code=error.code)
            telemetry.LEASES.set(len(self.leases.held()))
            await asyncio.sleep(RENEW_S)

    async def _watch(self) -> None:
        while True:
            for room in self._rooms:
                if room.owner.is_retired or not room.owner.entries:
                    continue  # It is being let go, or being made and leased with its first entry.
                if self.leases.of(room.session_id) is None:
                    telemetry.LEASES_LOST.inc()
                    log.warning("lease.lost", session_id=room.session_id)
                    await self._lose(room)
            await asyncio.sleep(LOOK_S)

    async def _lose(self, room: Room) -> None:
        if self._rooms.get(room.session_id) is not room:
            return
        self._rooms.lose(room.session_id)
        await self._relays.close(room.session_id)

    async def _take_up(self) -> None:
        while True:
            await asyncio.sleep(TAKE_UP_S)
            if not self.takes_on:
                continue
            try:
                left = await self._index.ownerless_session_ids(self.leases.node)
            except StoreError as error:
                log.warning("leases.unknown", code=error.code)
                continue
            # In another order than the other servers do: each gets its share.
            SystemRandom().shuffle(left)
            for session_id in left:
                if self._rooms.get(session_id) is None:
                    await self._take(session_id)

    async def _take(self, session_id: str) -> None:
        try:
            await self._rooms.find(session_id)
        except LeaseHeldError:
            return
        except RecordError as error:
            log.warning("session.left_out", session_id=session_id, code=error.code)
        else:
            log.info("session.taken_up", session_id=session_id)
