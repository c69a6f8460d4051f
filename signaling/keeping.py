"""What the server does once a day with what it keeps: erase what is due, compare what it shows.

Every session of the record is looked at, one after the other; those that nobody uses are read for
it, and so checked, and go again. Each session's state is folded anew from what is stored and
compared with the one in memory: a difference is a bug, and a person should know of it before a
court does. Source: A2, J7, T4.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from signaling.instants import Instants
from signaling.owner import SessionOwner
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.record.errors import RecordError
from visiojury.record.retention import DAY_MS, due_for_erasure, quality_ends_ms
from visiojury.reference.model import Retention

log = structlog.get_logger()

PERIOD_S = 86_400.0
PAUSE_S = 0.1
"""Between two sessions: ten thousand take half an hour, and nobody who is in an exam notices."""


class Owners(Protocol):
    """What gives sessions one after the other: every one, or those named."""

    def __call__(self, among: Sequence[str] | None = None, /) -> AsyncIterator[SessionOwner]: ...


class Index(Protocol):
    """What says, without reading a session, which ones an erasure can concern."""

    async def unerased_session_ids(self, *, begun_before_ms: int) -> list[str]: ...

    async def erased_session_ids(self) -> list[str]: ...


class Samples(Protocol):
    """The part of the store that has the samples of quality."""

    async def erase_quality(self, session_id: str, *, before_ms: int) -> int: ...


class Keeping:
    """Looks after every session's record."""

    def __init__(
        self,
        owners: Owners,
        instants: Instants,
        retention: Callable[[], Retention],
        erase_files: Callable[[str], Awaitable[None]],
        *,
        index: Index,
        samples: Samples,
    ) -> None:
        """Take what gives and finds sessions, how long things are kept, files, samples."""
        self._owners = owners
        self._index = index
        self._instants = instants
        self._retention = retention
        self._erase_files = erase_files
        self._samples = samples

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_S)
            try:
                await self._look_at_all()
            except RecordError as error:
                log.warning("keeping.failed", session_id=None, code=error.code)

    async def _look_at_all(self) -> None:
        """Raises: StoreError: which sessions there are cannot be known."""
        async for owner in self._owners():
            try:
                await self.erase_quality(owner)
                await self.erase(owner)
                await self.compare(owner)
            except RecordError as error:
                log.warning("keeping.failed", session_id=owner.session_id, code=error.code)
            except OSError as error:
                log.warning("keeping.failed", session_id=owner.session_id, reason=error.strerror)
            await asyncio.sleep(PAUSE_S)

    def due(self, state: Session) -> list[ev.PersonErased]:
        """Return what would be erased of a session now."""
        if state.created is None:
            return []
        record_days = self._retention().record_days
        return due_for_erasure(state, self._instants.now_ms(), record_days=record_days)

    async def erase_all(self, *, carry_out: bool) -> dict[str, int]:
        """Return how many people are, or would be, erased of each session that is due.

        Only sessions old enough are read; what the index hides from it, the daily task finds.

        Raises:
            RecordError: the store could not commit; what was erased before stays so.
            OSError: files cannot be deleted; asking again goes on where this stopped.
        """
        counts: dict[str, int] = {}
        begun_before_ms = self._instants.now_ms() - self._retention().record_days * DAY_MS
        if carry_out:  # Those erased before too: their files may have withstood.
            for session_id in await self._index.erased_session_ids():
                await self._erase_files(session_id)
        old = await self._index.unerased_session_ids(begun_before_ms=begun_before_ms)
        async for owner in self._owners(old):
            if count := len(self.due(owner.state)):
                counts[owner.session_id] = count
            if carry_out:
                await self.erase(owner)
        return counts

    async def erase_quality(self, owner: SessionOwner) -> int:
        """Erase a session's samples of quality that are due, and return how many.

        Raises:
            RecordError: the store could not commit; nothing was erased.
        """
        before_ms = quality_ends_ms(
            owner.state, self._instants.now_ms(), quality_days=self._retention().quality_days
        )
        if before_ms is None:
            return 0
        count = await self._samples.erase_quality(owner.session_id, before_ms=before_ms)
        if count:
            log.info("quality.erased", session_id=owner.session_id, samples=count)
        return count

    async def erase(self, owner: SessionOwner) -> int:
        """Erase what is due of a session and return how many people that were.

        Raises:
            RecordError: the store could not commit; nothing was erased.
            OSError: the files cannot be deleted; without their key they cannot be read either.
        """
        count = len(self.due(owner.state))
        if count:
            await owner.record(lambda state: [*self.due(state)], actor=None)
            # What was opened before is in memory still: read it again, as it is stored.
            await owner.reload()
            log.info("session.erased", session_id=owner.session_id, people=count)
        if None in owner.state.after.erased:
            # Each time: whoever stopped between the two goes on here.
            await self._erase_files(owner.session_id)
        return count

    async def compare(self, owner: SessionOwner) -> list[str]:
        """Return which parts of the state differ from what the record gives.

        Raises:
            RecordError: the record cannot be read.
        """
        different = await owner.differences()
        if different:
            log.error("state.differs", session_id=owner.session_id, parts=different)
        return different
