"""A file becomes a session, or joins one: read in the worker, then created or recorded as a whole.

All or nothing unless the caller says otherwise. Source: requirement B1; visiojury.imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.access import Caller
from signaling.inviting import Issued
from signaling.refusals import RequestError
from signaling.server import Server
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.reference import Reference

if TYPE_CHECKING:
    from visiojury.imports import Form, Imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    session_id: str | None
    imported: Imported
    is_done: bool
    issued: list[Issued]


async def import_file(
    server: Server,
    content: bytes,
    *,
    form: Form,
    into: Caller | None,
    is_partial: bool,
    is_dry_run: bool,
) -> Outcome:
    """Read a file and do what it says, if it may be done.

    Args:
        server: the server.
        content: the file.
        form: which kind of file it is.
        into: who adds to which session; None: the file describes a new one.
        is_partial: take what is right though some lines are refused.
        is_dry_run: only say what would happen.

    Raises:
        RequestError: `session_exists`.
        ExamError: the session has changed since the file was read; nothing was done.
        RecordError: nothing was committed.
    """
    session = None if into is None else into.room.owner.state
    now_ms = server.instants.now_ms()
    reference = server.reference()
    imported = await server.paperwork.run(_read, content, form, reference, session, now_ms)
    made = imported.definition
    session_id = made.session_id if made is not None else None
    if into is not None:
        session_id = into.room.session_id
    elif session_id is not None and await server.rooms.is_known(session_id):
        raise RequestError("session_exists")
    is_right = bool(imported.additions) and (is_partial or not imported.refused)
    issued: list[Issued] = []
    if is_right and not is_dry_run:
        if into is not None:
            issued = await _add(server, into, imported)
        elif made is not None:
            issued = await server.create_session(made)
    is_done = is_right and not is_dry_run
    return Outcome(session_id=session_id, imported=imported, is_done=is_done, issued=issued)


def _read(
    content: bytes, form: Form, reference: Reference, session: Session | None, now_ms: int
) -> Imported:
    from visiojury.imports import read  # noqa: PLC0415 - in the worker only

    return read(content, form=form, reference=reference, session=session, now_ms=now_ms)


async def _add(server: Server, into: Caller, imported: Imported) -> list[Issued]:
    """Record all additions in one turn, then invite the people among them."""
    from visiojury.imports import carry_out  # noqa: PLC0415 - few servers ever import

    def events(state: Session) -> list[ev.Event]:
        now_ms = server.instants.now_ms()
        return carry_out(imported.additions, state, actor=into.participant, now_ms=now_ms)

    await into.room.owner.record(events, actor=into.actor)
    return [
        await server.entrances.inviting.issue(
            into.room, command.participant.participant_id, actor=into.actor
        )
        for command in imported.additions
        if isinstance(command, cmd.EnrolParticipant)
    ]
