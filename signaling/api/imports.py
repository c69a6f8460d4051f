"""Sessions from files: one route makes a session, one adds to a session (B1)."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Base64Bytes, Field, TypeAdapter

from signaling import bodies as b
from signaling.access import Caller
from signaling.api.access import invitation_body
from signaling.api.route import SESSION_PATH, Route, adapter, answer, body, caller_or_admin
from signaling.importing import Outcome, import_file
from signaling.refusals import message_of
from signaling.server import SERVER, Server
from visiojury.exam import commands as cmd
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Role

LONGEST_BYTES = 6 * 1024 * 1024
"""Of the request: a file of 4 MiB in base64."""


class ImportFile(b.Body):
    """A file as it is on disk, whatever its encoding."""

    content: Annotated[Base64Bytes, Field(max_length=LONGEST_BYTES)]
    form: Literal["csv", "odessa"] = "csv"
    is_partial: bool = False
    """Take the lines that are right though others are refused."""
    is_dry_run: bool = False
    """Only say what would happen."""


class FaultBody(b.Body):
    column: str
    """Empty: the line as a whole."""
    code: str
    message: str
    """French: what is wrong and what to write instead."""


class RefusedLine(b.Body):
    line: int
    faults: list[FaultBody]


class ImportBody(b.Body):
    """What a file came to."""

    session_id: str | None
    is_done: bool
    lines: int
    offices: int
    people: int
    sittings: int
    """How many the file adds, its refused lines left out."""
    refused: list[RefusedLine]
    unknown_columns: list[str]
    invitations: list[b.InvitationBody]


IMPORT: TypeAdapter[ImportFile] = TypeAdapter(ImportFile)


async def import_session(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    return await _import(request, server, into=None)


async def import_into_session(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    if caller.participant.role is not Role.ORGANISER:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    return await _import(request, server, into=caller)


async def _import(request: web.Request, server: Server, *, into: Caller | None) -> web.Response:
    asked: ImportFile = await body(request.clone(client_max_size=LONGEST_BYTES), IMPORT)
    outcome = await import_file(
        server,
        asked.content,
        form=asked.form,
        into=into,
        is_partial=asked.is_partial,
        is_dry_run=asked.is_dry_run,
    )
    return answer(told(outcome), status=201 if outcome.is_done else 200)


def told(outcome: Outcome) -> ImportBody:
    """Return what a file came to, in words for a person."""
    imported = outcome.imported
    made = imported.definition
    kinds = [type(command) for command in imported.additions]
    return ImportBody(
        session_id=outcome.session_id,
        is_done=outcome.is_done,
        lines=imported.lines,
        offices=kinds.count(cmd.AddOffice) if made is None else len(made.offices),
        people=kinds.count(cmd.EnrolParticipant),
        sittings=kinds.count(cmd.ScheduleSitting),
        refused=[
            RefusedLine(
                line=refused.line,
                faults=[
                    FaultBody(
                        column=fault.column,
                        code=fault.code,
                        message=message_of(fault.code, fault.detail),
                    )
                    for fault in refused.faults
                ],
            )
            for refused in imported.refused
        ],
        unknown_columns=list(imported.unknown_columns),
        invitations=[invitation_body(issued) for issued in outcome.issued],
    )


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/sessions/import",
        summary="Create a session from a file; each refused line is told. Nothing is done: 200.",
        handler=import_session,
        guard="admin",
        takes=IMPORT,
        gives=adapter(ImportBody),
        status=201,
        gives_too=200,
    ),
    Route(
        method="POST",
        path=SESSION_PATH + "/import",
        summary="Add a file's people and sittings to a session. Nothing is done: 200.",
        handler=import_into_session,
        guard="person_or_admin",
        takes=IMPORT,
        gives=adapter(ImportBody),
        status=201,
        gives_too=200,
    ),
)
