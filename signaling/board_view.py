"""Today's board: the rooms of one session's day at a glance, projected for one agent.

Not live by itself: a page asks for it every few seconds, for each session that it has access to
(docs/adr/0092). Each reader gets the sittings within their reach, and nothing of another office's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from signaling.duty_view import VacancyView, vacancies_of
from signaling.part import Part
from signaling.person_view import PersonView
from signaling.sitting_view import SittingView
from signaling.station_view import StationView, stations_view
from signaling.views import HelpView, OfficeView, SessionView, helps_view, overview
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Participant
from visiojury.exam.permissions import WATCHERS
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.stations import carried_media

EXPECTED_BEFORE_MS = 30 * 60 * 1000
"""From when on who is not there is missing: convocations say half an hour (I, annex 1)."""


class BoardView(Part):
    """One session of the day; the names of its fields are those of a participant's view."""

    me: str
    now_ms: int
    session: SessionView
    offices: dict[str, OfficeView]
    people: dict[str, PersonView]
    """Those of the rooms, those who call, and the reader."""
    stations: dict[str, StationView]
    """Those that call."""
    sittings: dict[str, SittingView]
    """Those of today, by the organising office's calendar, and those that run."""
    missing: dict[str, list[str]]
    """By sitting that is near or runs: who is to be there and is not connected."""
    vacancies: dict[str, list[VacancyView]]
    """By sitting that has not ended: the duties without which it does not open (D3)."""
    helps: dict[str, HelpView]
    """Calls that nobody has answered yet."""


def board_view(session: Session, me: Participant, now_ms: int) -> BoardView:
    """Return the rooms that `me` watches at `now_ms`.

    Raises:
        NotAllowedError: `not_allowed`: their role watches no rooms.
    """
    if me.role not in WATCHERS:
        raise NotAllowedError("not_allowed", role=me.role.value)
    seen = overview(session, me, now_ms)
    rooms = [session.sittings[one] for one in seen.sittings]
    rooms = [room for room in rooms if room.is_live or _is_today(session, room, now_ms)]
    stations = stations_view(session, me, seen.people)
    calls = {
        help_id: call
        for help_id, call in helps_view(session, me, {**seen.people, **stations}).items()
        if call.answered_ms is None
    }
    callers = {call.participant_id for call in calls.values()}
    shown = {me.participant_id, *callers, *(who for room in rooms for who in _named(room))}
    return BoardView(
        me=me.participant_id,
        now_ms=now_ms,
        session=seen.session,
        offices=seen.offices,
        people={who: person for who, person in seen.people.items() if who in shown},
        stations={one: station for one, station in stations.items() if one in callers},
        sittings={room.sitting_id: seen.sittings[room.sitting_id] for room in rooms},
        missing={room.sitting_id: _missing(session, room, now_ms) for room in rooms},
        vacancies={
            room.sitting_id: vacancies_of(session, room) for room in rooms if room.ended_ms is None
        },
        helps=calls,
    )


def _is_today(session: Session, sitting: Sitting, now_ms: int) -> bool:
    zone = ZoneInfo(session.organising_office.time_zone)
    planned, now = (
        datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(zone).date()
        for instant_ms in (sitting.plan.planned_ms, now_ms)
    )
    return planned == now


def _named(sitting: Sitting) -> set[str]:
    """Return who is named in a room: its members, and who declared an outage in it."""
    declared = {outage.declared_by for outage in sitting.outages}
    return sitting.members() | {who for who in declared if who is not None}


def _missing(session: Session, sitting: Sitting, now_ms: int) -> list[str]:
    is_near = now_ms >= sitting.plan.planned_ms - EXPECTED_BEFORE_MS
    if sitting.ended_ms is not None or not (is_near or sitting.is_live):
        return []
    return sorted(who for who in sitting.members() if not carried_media(session, who).is_connected)
