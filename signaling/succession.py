"""What a server takes over from the one before it, and leaves to the one after: its gaps.

A server that starts has people waiting: it listens at once, and reads the sessions that are not
over meanwhile, one after the other, those first that somebody asks for. Where a sitting ran or
somebody was connected, the time since the last sign of life is recorded as an interruption of
ours before anything else happens in that session. Source: design of exam time, section 4; T4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from signaling.instants import Instants
from signaling.owner import RETRY_S
from signaling.rooms import Room, Rooms
from visiojury.exam import events as ev
from visiojury.record.errors import LeaseHeldError, RecordError, StoreError
from visiojury.record.store import RecordStore

log = structlog.get_logger()
T = TypeVar("T")

PAUSE_S = 0.005
"""Between two sessions: the loop, and those who ask for theirs, come first."""
MARK_S = 0.5
"""The server marks its life at least each second while a sitting runs; twice, to be sure."""


class Succession:
    def __init__(self, store: RecordStore, instants: Instants, *, is_stamping: bool) -> None:
        """Take the record; `is_stamping`: seals that nobody has stamped are work to do."""
        self._store = store
        self._instants = instants
        self._is_stamping = is_stamping
        self._last_mark_ms = 0
        """The last sign of life of the server before this one."""

    async def begin(self) -> None:
        """Learn when the server before was alive; nothing may be read or marked earlier.

        Raises:
            StoreError: the record cannot be used with these keys, or not at all.
        """
        await self._store.check_keys()
        self._last_mark_ms = await self._store.last_mark() or 0

    async def run(self, rooms: Rooms) -> None:
        """Read every session that is not over, then mark our life for as long as we live.

        In this order: the mark of the server before is what their gaps begin at, and stays
        until all of them are recorded, also if we die meanwhile.
        """
        waiting = await self._persistent(self._store.index.live_session_ids)
        if self._is_stamping:
            waiting += await self._persistent(self._store.index.unstamped_session_ids)
        for session_id in waiting:
            try:
                await self._persistent(partial(rooms.find, session_id))
            except LeaseHeldError:
                continue  # Its people are at another server.
            except RecordError as error:
                # One that cannot be read does not keep the others from their exams.
                log.warning("session.left_out", session_id=session_id, code=error.code)
            await asyncio.sleep(PAUSE_S)
        log.info("record.taken_up", sessions=len(waiting))
        if self._store.leases is None:  # Whose renewals are signs of life, each of its session.
            await self._mark_life(rooms)

    async def welcome(self, room: Room) -> None:
        """Record that we were away, where somebody was connected or a sitting ran."""
        state, now_ms = room.owner.state, self._instants.now_ms()
        was_connected = any(media.is_connected for media in state.media.values())
        if state.seal is not None:
            return
        if not (was_connected or state.live_sittings()):
            # A crash between an act and what follows from it (the seal) is made good here.
            await room.owner.record(lambda _: [], actor=None)
            return
        last_ms = min(now_ms, max(self._last_sign_ms(room), room.owner.entries[-1].received_ms))
        absence = ev.ServiceInterrupted(at_ms=last_ms, part="server", resumed_ms=now_ms)
        await room.owner.record(lambda _: [absence], actor=None)
        log.warning("service.interrupted", session_id=room.session_id, gap_ms=now_ms - last_ms)

    def _last_sign_ms(self, room: Room) -> int:
        """Return when the session's server before this one was last heard of, ms UTC."""
        leases = self._store.leases
        lease = None if leases is None else leases.of(room.session_id)
        if lease is None or lease.before_ms is None:
            return self._last_mark_ms
        return lease.before_ms

    async def _mark_life(self, rooms: Rooms) -> None:
        while True:
            await asyncio.sleep(MARK_S)
            if any(room.owner.state.live_sittings() for room in rooms):
                try:
                    await self._store.mark(self._instants.now_ms())
                except RecordError as error:
                    log.warning("mark.failed", code=error.code)

    @staticmethod
    async def _persistent(ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` gives, asked again while the database is not to be had.

        Raises:
            RecordError: asking again does not help.
        """
        while True:
            try:
                return await ask()
            except StoreError as error:
                if error.code in {"keys_unreadable", "lease_held"}:
                    raise
                log.warning("record.away", code=error.code)
                await asyncio.sleep(RETRY_S)
