"""What finds sessions without reading their records: heads, invitations, one line of each.

Nothing here is believed: a session that was found is loaded, and its record decides. All of it
can be made again from the entries.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from visiojury.record.engines import explained, reading, upsert
from visiojury.record.leases import is_free
from visiojury.record.personal import SESSION
from visiojury.record.schema import ENTRY, HEAD, INVITATION, PERSON_KEY, SUMMARY

UNSTAMPED = ("record.sealed", "timestamp.missed")
"""The last event of a record whose seal still waits for its time stamp."""
_FIRST_SEQ = 1
_IS_ERASED = exists().where(
    PERSON_KEY.c.session_id == HEAD.c.session_id,
    PERSON_KEY.c.subject == SESSION,
    PERSON_KEY.c.wrapped.is_(None),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was last kept of a session to list it by."""

    seq: int
    """The session's last entry, now."""
    content: str | None
    """As `keep_summary` was given it at that entry; None: nothing, or at another."""


class SessionIndex:
    """Reads and keeps what sessions are found by. All methods raise StoreError."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = reading(engine)

    async def session_ids(self) -> list[str]:
        """Return the sessions that have a record, in order of identifier."""
        async with explained(), self._reader.connect() as connection:
            rows = await connection.execute(select(HEAD.c.session_id).order_by(HEAD.c.session_id))
            return [str(row.session_id) for row in rows]

    async def live_session_ids(self) -> list[str]:
        """Return the sessions that are not over, in order of identifier."""
        statement = select(HEAD.c.session_id).where(~HEAD.c.is_closed).order_by(HEAD.c.session_id)
        async with explained(), self._reader.connect() as connection:
            return [str(row.session_id) for row in await connection.execute(statement)]

    async def owner_of(self, session_id: str) -> str | None:
        """Return the server that last took a session; None: none has, or it gave it back."""
        statement = select(HEAD.c.owner).where(HEAD.c.session_id == session_id)
        async with explained(), self._reader.connect() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def ownerless_session_ids(self, node: str) -> list[str]:
        """Return the sessions that are not over and that a server of this name may take."""
        statement = select(HEAD.c.session_id).where(~HEAD.c.is_closed, is_free(node))
        async with explained(), self._reader.connect() as connection:
            return [str(row.session_id) for row in await connection.execute(statement)]

    async def unstamped_session_ids(self) -> list[str]:
        """Return the sessions that end with a seal that no authority has stamped yet."""
        last = and_(ENTRY.c.session_id == HEAD.c.session_id, ENTRY.c.seq == HEAD.c.seq)
        # In canonical JSON a quote inside a text is escaped: only an event's own type matches.
        waits = [ENTRY.c.body.contains(f'"type":"{kind}"', autoescape=True) for kind in UNSTAMPED]
        statement = select(HEAD.c.session_id).join(ENTRY, last).where(HEAD.c.is_closed, or_(*waits))
        async with explained(), self._reader.connect() as connection:
            return sorted(str(row.session_id) for row in await connection.execute(statement))

    async def unerased_session_ids(self, *, begun_before_ms: int) -> list[str]:
        """Return the sessions begun before that instant whose own texts can still be read.

        None of the others is due for erasure where a term that ends then is over.
        """
        first = and_(ENTRY.c.session_id == HEAD.c.session_id, ENTRY.c.seq == _FIRST_SEQ)
        statement = (
            select(HEAD.c.session_id, ENTRY.c.body)
            .join(ENTRY, first)
            .where(~_IS_ERASED)
            .order_by(HEAD.c.session_id)
        )
        async with explained(), self._reader.connect() as connection:
            rows = [tuple(row) for row in await connection.execute(statement)]
        return await asyncio.to_thread(_begun_before, rows, begun_before_ms)

    async def erased_session_ids(self) -> list[str]:
        """Return the sessions whose own texts, and so whose files, have no key any more."""
        statement = select(HEAD.c.session_id).where(_IS_ERASED).order_by(HEAD.c.session_id)
        async with explained(), self._reader.connect() as connection:
            return [str(row.session_id) for row in await connection.execute(statement)]

    async def session_of_invitation(self, secret_digest: str) -> str | None:
        """Return the session that issued the invitation with this secret; None: none did."""
        statement = select(INVITATION.c.session_id).where(
            INVITATION.c.secret_digest == secret_digest
        )
        async with explained(), self._reader.connect() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else str(row.session_id)

    async def summaries(self) -> dict[str, Summary]:
        """Return what is known of every session, in order of identifier."""
        kept = and_(SUMMARY.c.session_id == HEAD.c.session_id, SUMMARY.c.seq == HEAD.c.seq)
        statement = (
            select(HEAD.c.session_id, HEAD.c.seq, SUMMARY.c.content)
            .outerjoin(SUMMARY, kept)
            .order_by(HEAD.c.session_id)
        )
        async with explained(), self._reader.connect() as connection:
            rows = await connection.execute(statement)
            return {str(row.session_id): Summary(row.seq, row.content) for row in rows}

    async def keep_summary(self, session_id: str, seq: int, content: str) -> None:
        """Keep what the session is listed by, as of entry `seq`: no word of a person."""
        async with explained(), self._engine.begin() as connection:
            row = {"session_id": session_id, "seq": seq, "content": content}
            await connection.execute(upsert(connection, SUMMARY), row)


def _begun_before(rows: Sequence[tuple[str, str]], before_ms: int) -> list[str]:
    """Return the sessions of these first entries that are so old, or whose age cannot be read."""
    found = []
    for session_id, body in rows:
        try:
            is_old = json.loads(body)["event"]["at_ms"] < before_ms
        except (ValueError, KeyError, TypeError):
            is_old = True  # Who loads it finds what is wrong.
        if is_old:
            found.append(session_id)
    return found
