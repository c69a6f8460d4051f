"""Files that are shown to the jury or sent to a host office: given, kept, read.

Each reading is recorded. Source: requirements J3, A1, A4.
"""

from __future__ import annotations

from aiohttp import web

from signaling import bodies as b
from signaling.api.documents import file_answer, note_reading
from signaling.api.route import SESSION_PATH, Route, adapter, answer, arriving, caller_of
from signaling.deliberation_view import deliberation_view
from signaling.refusals import RequestError
from visiojury.exam.commands import MOST_FILE_BYTES
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import may_read
from visiojury.exam.state import Session

CHUNK_BYTES = 65_536


async def keep_file(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    if not _may_give(caller.room.owner.state, caller.participant):
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    if request.content_type != "application/pdf":
        raise RequestError("file_not_pdf")
    kept = await server.files.put(caller.room.session_id, await _content(request))
    return answer(b.FileBody(sha256=kept.sha256, size_bytes=kept.size_bytes), status=201)


async def file(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    sha256 = request.match_info["sha256"]
    if sha256 not in _given_to(caller.room.owner.state, caller.participant):
        raise RequestError("file_unknown")
    content = await server.files.get(caller.room.session_id, sha256)
    await note_reading(caller, f"file-{sha256}", server.instants.now_ms())
    return file_answer(content, "application/pdf", f"{sha256}.pdf")


async def _content(request: web.Request) -> bytes:
    """Return the body, larger than what other routes take. Raises: RequestError."""
    content = bytearray()
    async with arriving(request):
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            content += chunk
            if len(content) > MOST_FILE_BYTES:
                raise RequestError("file_too_big")
    return bytes(content)


def _may_give(session: Session, me: Participant) -> bool:
    """A member who attends, to show it; the organiser, to send it."""
    if me.role is Role.ORGANISER:
        return session.seal is not None
    return session.deliberation.is_open and me.participant_id in session.deliberation.present()


def _given_to(session: Session, me: Participant) -> set[str]:
    """Return the digests of the files that were shown or sent to `me`."""
    digests: set[str] = set()
    if deliberation_view(session, me) is not None:
        digests |= {shown.sha256 for shown in session.deliberation.documents.values()}
    for office_id, extract in session.after.extracts.items():
        if may_read(session, me, "extract", office_id):
            digests |= {one.sha256 for one in extract.sent.files}
    return digests


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path=SESSION_PATH + "/files",
        summary="Keep a PDF, to be shown or sent by the act that names its digest.",
        handler=keep_file,
        guard="person",
        takes_file=True,
        gives=adapter(b.FileBody),
        status=201,
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/files/{sha256}.pdf",
        summary="A file that was shown to the jury or sent to the person's office. "
        "The reading is recorded.",
        handler=file,
        guard="person",
        media_type="application/pdf",
    ),
)
