"""The register of a session: who is here and known by what, now or at a moment of the past (J1).

Each reading is recorded, as that of a document is.
Source: instruction DGCS/SD4A/2026/19, II.2 (identification at any time).
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from signaling import bodies as b
from signaling.access import Caller
from signaling.api.documents import note_reading
from signaling.api.route import SESSION_PATH, Route, adapter, answer, caller_or_admin
from signaling.refusals import RequestError
from signaling.register_view import register_view
from signaling.views import visible_people
from visiojury.exam.permissions import may_read
from visiojury.exam.state import Session
from visiojury.record.fold import fold

MOST_DIGITS = 16
"""Of an instant in milliseconds."""


async def register_now(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    _require_reader(caller)
    now_ms = server.instants.now_ms()
    await note_reading(caller, "register", now_ms)
    return _answer(caller, caller.room.owner.state, now_ms)


async def register_then(request: web.Request) -> web.Response:
    """Replay the record up to that instant: nothing of the register is kept beside it."""
    server, caller = await caller_or_admin(request)
    _require_reader(caller)
    now_ms = server.instants.now_ms()
    at_ms = _instant(request.match_info["at_ms"])
    entries = [one for one in caller.room.owner.entries if one.received_ms <= at_ms]
    if not entries or at_ms > now_ms:
        raise RequestError("moment_unknown")
    await note_reading(caller, f"register-{at_ms}", now_ms)
    return _answer(caller, await asyncio.to_thread(fold, entries), at_ms)


def _require_reader(caller: Caller) -> None:
    if not may_read(caller.room.owner.state, caller.participant, "register"):
        raise RequestError("document_unknown")


def _instant(digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) < MOST_DIGITS):
        raise RequestError("moment_unknown")
    return int(digits)


def _answer(caller: Caller, state: Session, at_ms: int) -> web.Response:
    seen = visible_people(state, caller.participant)
    lines = register_view(state, caller.participant, seen)
    return answer(b.RegisterBody(at_ms=at_ms, lines=lines), version=caller.room.owner.seq)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path=SESSION_PATH + "/register",
        summary="Who is here, known by what, on which connection. The reading is recorded.",
        handler=register_now,
        guard="person_or_admin",
        gives=adapter(b.RegisterBody),
        has_version=True,
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/register/{at_ms}",
        summary="The same as it was at an instant, from the record. The reading is recorded.",
        handler=register_then,
        guard="person_or_admin",
        gives=adapter(b.RegisterBody),
        has_version=True,
    ),
)
