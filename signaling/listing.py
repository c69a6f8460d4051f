"""All sessions, one line each: from memory, as last kept, or where neither knows, from the record.

A line is kept with the entry it was made at, and is of no use once the session has another:
what is listed is never older than what is recorded.
"""

from __future__ import annotations

import asyncio

import structlog

from signaling.bodies import SessionLine
from signaling.rooms import Room, Rooms
from visiojury.exam.state import Session
from visiojury.record.errors import LeaseHeldError, RecordError
from visiojury.record.index import SessionIndex, Summary

log = structlog.get_logger()

LINES_AT_ONCE = 200
"""So many take some milliseconds; then others have their turn on the loop."""


class Listing:
    def __init__(self, rooms: Rooms, index: SessionIndex) -> None:
        self._rooms = rooms
        self._index = index

    async def lines(self) -> list[SessionLine]:
        """Return every session's line, by identifier; of one that cannot be read there is none.

        Raises:
            StoreError: which sessions there are cannot be known.
        """
        lines: list[SessionLine] = []
        for number, (session_id, summary) in enumerate((await self._index.summaries()).items()):
            if number % LINES_AT_ONCE == LINES_AT_ONCE - 1:
                await asyncio.sleep(0)
            try:
                line = await self._line(session_id, summary)
            except RecordError as error:
                log.warning("session.unlisted", session_id=session_id, code=error.code)
                continue
            lines.append(line)
        return lines

    async def _line(self, session_id: str, summary: Summary) -> SessionLine:
        """Raises: RecordError."""
        room = self._rooms.get(session_id)
        if room is None and summary.content is not None:
            return SessionLine.model_validate_json(summary.content)
        line, is_here = await self._made(session_id, room)
        if line.is_sealed or not is_here:
            # What is not over stays in memory here and changes: its line would be of no use.
            await self._index.keep_summary(session_id, line.version, line.model_dump_json())
        return line

    async def _made(self, session_id: str, room: Room | None) -> tuple[SessionLine, bool]:
        """Return a session's line, and whether the session is in memory. Raises: RecordError."""
        try:
            room = room or await self._rooms.find(session_id)
        except LeaseHeldError:
            loaded = await self._rooms.glance(session_id)
            return _line(session_id, loaded.session, loaded.entries[-1].seq), False
        assert room is not None, "it has a head, so it has entries"
        return line_of(room), True


def line_of(room: Room) -> SessionLine:
    """Return a session's line, as it stands."""
    return _line(room.session_id, room.owner.state, room.owner.seq)


def _line(session_id: str, state: Session, seq: int) -> SessionLine:
    planned = [sitting.plan.planned_ms for sitting in state.sittings.values()]
    return SessionLine(
        session_id=session_id,
        title=state.info.title,
        purpose=state.info.purpose,
        diploma=state.info.diploma.code,
        organising_office_id=state.info.organising_office_id,
        sittings=len(planned),
        first_ms=min(planned, default=None),
        last_ms=max(planned, default=None),
        is_sealed=state.seal is not None,
        version=seq,
    )
