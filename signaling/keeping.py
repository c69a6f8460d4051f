"""What the server does once a day with what it keeps: erase what is due, compare what it shows.

Each session's state is folded anew from what is stored and compared with the one in memory:
a difference is a bug, and a person should know of it before a court does. Source: A2, J7, T4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from signaling.instants import Instants
from signaling.owner import SessionOwner
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.record.errors import RecordError
from visiojury.record.retention import due_for_erasure

log = structlog.get_logger()

PERIOD_S = 86_400.0


class Keeping:
    """Looks after every session's record."""

    def __init__(
        self,
        owners: Callable[[], Iterable[SessionOwner]],
        instants: Instants,
        record_days: Callable[[], int],
        erase_files: Callable[[str], Awaitable[None]],
    ) -> None:
        """Take what gives the sessions, for how many days a record is kept whole, its files."""
        self._owners = owners
        self._instants = instants
        self._record_days = record_days
        self._erase_files = erase_files

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_S)
            for owner in list(self._owners()):
                try:
                    await self.erase(owner)
                    await self.compare(owner)
                except RecordError as error:
                    log.warning("keeping.failed", session_id=owner.session_id, code=error.code)
                except OSError as error:
                    log.warning(
                        "keeping.failed", session_id=owner.session_id, reason=error.strerror
                    )

    def due(self, state: Session) -> list[ev.PersonErased]:
        """Return what would be erased of a session now."""
        if state.created is None:
            return []
        return due_for_erasure(state, self._instants.now_ms(), record_days=self._record_days())

    async def erase_all(self, *, carry_out: bool) -> dict[str, int]:
        """Return how many people are, or would be, erased of each session that is due.

        Raises:
            RecordError: the store could not commit; what was erased before stays so.
            OSError: files cannot be deleted; asking again goes on where this stopped.
        """
        counts = {owner: len(self.due(owner.state)) for owner in self._owners()}
        if carry_out:
            for owner in counts:  # Those erased before too: their files may have withstood.
                await self.erase(owner)
        return {owner.session_id: count for owner, count in counts.items() if count}

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
