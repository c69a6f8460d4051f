"""Sessions: made, listed, shown, and every act in them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from pydantic import TypeAdapter

from signaling import attested
from signaling import bodies as b
from signaling.access import ADMIN_SCHEME
from signaling.advice import WarningView, advice_on
from signaling.api.access import invitation_body
from signaling.api.route import (
    SESSION_PATH,
    Route,
    adapter,
    answer,
    body,
    caller_of,
    caller_or_admin,
)
from signaling.board_view import BoardView, board_view
from signaling.listing import line_of
from signaling.server import SERVER, Server
from signaling.views import overview
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.people import Role
from visiojury.exam.permissions import check_allowed, concerns
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.reference.checks import check_addition

log = structlog.get_logger()

DEFINITION: TypeAdapter[SessionDefinition] = TypeAdapter(SessionDefinition)
ACT: TypeAdapter[b.Act] = TypeAdapter(b.Act)


async def create_session(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    definition: SessionDefinition = await body(request, DEFINITION)
    issued = await server.create_session(definition)
    created = b.SessionBody(
        session_id=definition.session_id,
        invitations=[invitation_body(i) for i in issued],
        warnings=_advice(server, definition.session_id),
    )
    return answer(created, status=201)


async def list_sessions(request: web.Request) -> web.Response:
    """All of the installation for its key; for a person the one they are in."""
    server = request.app[SERVER]
    if request.headers.get("Authorization", "").startswith(ADMIN_SCHEME):
        server.gate.require_admin(request)
        lines = await server.listing.lines()
    else:
        _, caller = await caller_of(request)
        lines = [line_of(caller.room)]
    return answer(b.SessionsBody(sessions=lines))


async def show_session(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    owner = caller.room.owner
    seen = overview(owner.state, caller.participant, server.instants.now_ms())
    is_planner = caller.participant.role is Role.ORGANISER
    warnings = _advice(server, caller.room.session_id) if is_planner else []
    shown = b.ShownSession(**dict(seen), warnings=warnings)
    return answer(shown, version=owner.seq)


def _advice(server: Server, session_id: str) -> list[WarningView]:
    room = server.rooms.get(session_id)
    if room is None:
        return []
    return advice_on(room.owner.state, server.reference(), server.instants.now_ms())


async def calendar(request: web.Request) -> web.Response:
    """The sittings the caller has to do with, by day of the organising office."""
    _, caller = await caller_or_admin(request)
    state, me = caller.room.owner.state, caller.participant
    zone = state.organising_office.time_zone
    seen = [s for s in state.sittings.values() if concerns(state, me, s)]
    seen.sort(key=lambda sitting: (sitting.plan.planned_ms, sitting.sitting_id))
    days = [
        b.Day(date=date, sittings=[_calendar_line(state, sitting, zone) for sitting in sittings])
        for date, sittings in groupby(seen, lambda s: _local(s.plan.planned_ms, zone)[:10])
    ]
    return answer(b.CalendarBody(time_zone=zone, days=days), version=caller.room.owner.seq)


def _calendar_line(state: Session, sitting: Sitting, zone: str) -> b.CalendarLine:
    plan, host_zone = sitting.plan, state.office(sitting.plan.host_office_id).time_zone
    return b.CalendarLine(
        sitting_id=sitting.sitting_id,
        state=sitting.state,
        candidate_id=plan.candidate_id,
        examiner_ids=list(plan.examiner_ids),
        host_office_id=plan.host_office_id,
        planned_ms=plan.planned_ms,
        starts=_local(plan.planned_ms, zone),
        host_starts=_local(plan.planned_ms, host_zone),
        host_time_zone=host_zone,
        duration_s=plan.duration_s + plan.adjustment_s,
    )


def _local(instant_ms: int, zone: str) -> str:
    instant = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


async def board(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    owner = caller.room.owner
    seen = board_view(owner.state, caller.participant, server.instants.now_ms())
    return answer(seen, version=owner.seq)


async def act(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    asked: b.Act = await body(request, ACT)
    # Before what takes long: to make the minutes and compare is for who may sign them.
    check_allowed(caller.participant.role, asked.act)
    server.drain.check(asked.act)
    await attested.check(server, caller, asked.act)
    check_addition(asked.act, caller.room.owner.state.info, server.reference())
    seq = await caller.room.owner.act(
        asked.act, actor=caller.actor, act_id=asked.id, versions=_versions(request)
    )
    log.info(
        "act.recorded",
        session_id=caller.room.session_id,
        participant_id=caller.participant.participant_id,
        command=asked.act.command,
        seq=seq,
    )
    return answer(b.ActBody(seq=seq))


def _versions(request: web.Request) -> frozenset[str] | None:
    """Return the versions of `If-Match` (RFC 9110 section 13.1.1); None: any."""
    if "If-Match" not in request.headers:
        return None
    tags = request.if_match or ()
    if any(tag.value == "*" for tag in tags):
        return None
    return frozenset(tag.value for tag in tags if not tag.is_weak)


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/sessions",
        summary="Create a session and invite its people.",
        handler=create_session,
        guard="admin",
        takes=DEFINITION,
        gives=adapter(b.SessionBody),
        status=201,
    ),
    Route(
        method="GET",
        path="/api/sessions",
        summary="The sessions of the installation; for a person, their own.",
        handler=list_sessions,
        guard="person_or_admin",
        gives=adapter(b.SessionsBody),
    ),
    Route(
        method="GET",
        path=SESSION_PATH,
        summary="The session, as far as it concerns the caller.",
        handler=show_session,
        guard="person_or_admin",
        gives=adapter(b.ShownSession),
        has_version=True,
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/calendar",
        summary="The caller's sittings by day, each in the time of both offices.",
        handler=calendar,
        guard="person_or_admin",
        gives=adapter(b.CalendarBody),
        has_version=True,
    ),
    Route(
        method="GET",
        path=SESSION_PATH + "/board",
        summary="The rooms of today that the caller watches: state, clock, who is missing, calls.",
        handler=board,
        guard="person_or_admin",
        gives=adapter(BoardView),
        has_version=True,
    ),
    Route(
        method="POST",
        path=SESSION_PATH + "/commands",
        summary="Carry out one act.",
        handler=act,
        guard="person",
        takes=ACT,
        gives=adapter(b.ActBody),
        has_version=True,
    ),
)
