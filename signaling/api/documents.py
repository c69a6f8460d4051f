"""Documents, the record and the archive: who may have them is one table; each reading is recorded.

Source: requirement A4; visiojury/exam/permissions.py.
"""

from __future__ import annotations

from hashlib import sha256

from aiohttp import web

from signaling import bodies as b
from signaling.access import Caller
from signaling.api.route import SESSION_PATH, Route, adapter, answer, caller_or_admin
from signaling.refusals import RequestError
from signaling.views import documents_for
from visiojury.documents.appeals import name_of
from visiojury.exam import events as ev
from visiojury.exam.permissions import may_read
from visiojury.record.lines import to_lines
from visiojury.record.proofs import inclusion_proof

MOST_DIGITS = 10


async def list_documents(request: web.Request) -> web.Response:
    _, caller = await caller_or_admin(request)
    found = documents_for(caller.room.owner.state, caller.participant)
    return answer(b.DocumentsBody(documents=found), version=caller.room.owner.seq)


async def document(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    name = request.match_info["name"]
    if name not in _readable(caller):
        raise RequestError("document_unknown")
    content = await server.paperwork.make(name, list(caller.room.owner.entries))
    await note_reading(caller, name, server.instants.now_ms())
    return file_answer(content, "application/pdf", f"{name}.pdf")


async def archive(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    if "archive" not in _readable(caller):
        raise RequestError("document_unknown")
    owner = caller.room.owner
    await owner.seal_to_the_end()
    content = await server.paperwork.make("archive", list(owner.entries))
    made = ev.ArchiveMade(
        at_ms=server.instants.now_ms(), sha256=sha256(content).hexdigest(), size_bytes=len(content)
    )
    await owner.record(lambda _: [made], actor=caller.actor)
    await note_reading(caller, "archive", server.instants.now_ms())
    return file_answer(content, "application/zip", f"{caller.room.session_id}.zip")


async def record(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    _require_record(caller)
    await note_reading(caller, "record", server.instants.now_ms())
    content = to_lines(list(caller.room.owner.entries))
    return file_answer(content, "application/jsonl", f"{caller.room.session_id}.jsonl")


async def appeal_file(request: web.Request) -> web.Response:
    """Give the complete file of a candidate in one act (A5)."""
    server, caller = await caller_or_admin(request)
    _require_record(caller)
    candidate_id = caller.room.owner.state.participant(
        request.match_info["participant_id"]
    ).participant_id
    name = f"appeal-{candidate_id}"
    content = await server.paperwork.make(name, list(caller.room.owner.entries))
    await note_reading(caller, name, server.instants.now_ms())
    return file_answer(content, "application/zip", name_of(candidate_id))


async def proof(request: web.Request) -> web.Response:
    _, caller = await caller_or_admin(request)
    _require_record(caller)
    seq = request.match_info["seq"]
    is_number = seq.isascii() and seq.isdecimal() and len(seq) < MOST_DIGITS
    given = inclusion_proof(caller.room.owner.entries, int(seq)) if is_number else None
    if given is None:
        raise RequestError("document_unknown")
    return answer(b.ProofBody(**given))


def _require_record(caller: Caller) -> None:
    """Raises: RequestError, for who may not have the record and what is taken from it."""
    if not may_read(caller.room.owner.state, caller.participant, "record"):
        raise RequestError("document_unknown")


def _readable(caller: Caller) -> set[str]:
    return {view.name for view in documents_for(caller.room.owner.state, caller.participant)}


async def note_reading(caller: Caller, name: str, now_ms: int) -> None:
    """Record that the caller reads; who cannot be recorded as a reader reads nothing."""
    read = ev.DocumentRead(
        at_ms=now_ms, participant_id=caller.participant.participant_id, document=name
    )
    await caller.room.owner.record(lambda _: [read], actor=caller.actor)


def file_answer(content: bytes, media_type: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=media_type, headers=headers)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path=SESSION_PATH + "/documents",
        summary="The documents that exist and that the caller may read.",
        handler=list_documents,
        guard="person_or_admin",
        gives=adapter(b.DocumentsBody),
        has_version=True,
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/documents/{name}.pdf",
        summary="One document of that list. The reading is recorded.",
        handler=document,
        guard="person_or_admin",
        media_type="application/pdf",
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/archive.zip",
        summary="The sealed archive of the session. The reading is recorded.",
        handler=archive,
        guard="person_or_admin",
        media_type="application/zip",
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/candidates/{participant_id}/file.zip",
        summary="The complete file of a candidate, for an appeal. The reading is recorded.",
        handler=appeal_file,
        guard="person_or_admin",
        media_type="application/zip",
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/record/{seq}/proof",
        summary="The Merkle proof that an entry is under the last seal (RFC 6962, 2.1.1).",
        handler=proof,
        guard="person_or_admin",
        gives=adapter(b.ProofBody),
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/record.jsonl",
        summary="The session's record, one entry a line. The reading is recorded.",
        handler=record,
        guard="person_or_admin",
        media_type="application/jsonl",
    ),
)
