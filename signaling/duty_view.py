"""Who is on duty, tests of stations, relations: the session's staff, projected for one person."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam import duty
from visiojury.exam.commands import HandOverDuty
from visiojury.exam.events import NetworkPath
from visiojury.exam.people import JURY, Participant, RelationKind, Role
from visiojury.exam.permissions import concerns, is_allowed, organises
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session

_STAFF = duty.AGENTS | {Role.SESSION_MANAGER}


class TurnView(Part):
    office_id: str
    since_ms: int
    has_left: bool
    """Withdrawn, and handed over to nobody."""


class VacancyView(Part):
    office_id: str
    role: Role


class DutyView(Part):
    on_duty: dict[str, TurnView]
    """By participant."""
    missing: dict[str, list[VacancyView]]
    """By sitting that has not ended; without them it does not open (D3)."""
    successors: list[str]
    """To whom the reader may hand over."""


class StationTestView(Part):
    """The last test of a station (B5)."""

    office_id: str
    tested_ms: int
    tested_by: str | None
    browser: str
    path: NetworkPath
    quality: int | None
    is_good: bool
    remarks: str


class RelationView(Part):
    examiner_id: str
    candidate_id: str
    kind: RelationKind


def duty_view(session: Session, me: Participant) -> DutyView | None:
    """Return who is on duty; None for who neither is nor waits for it."""
    if me.role not in _STAFF | JURY:
        return None
    left = {turn.participant_id for turn in duty.abandoned_turns(session)}
    turns = (*duty.standing_turns(session), *duty.abandoned_turns(session))
    return DutyView(
        on_duty={
            turn.participant_id: TurnView(
                office_id=session.participant(turn.participant_id).office_id,
                since_ms=turn.start_ms,
                has_left=turn.participant_id in left,
            )
            for turn in turns
        },
        missing={
            sitting.sitting_id: vacancies_of(session, sitting)
            for sitting in session.sittings.values()
            if sitting.ended_ms is None and concerns(session, me, sitting)
        },
        successors=_successors(session, me),
    )


def vacancies_of(session: Session, sitting: Sitting) -> list[VacancyView]:
    """Return the duties that nobody holds and without which the sitting does not open."""
    return [
        VacancyView(office_id=vacancy.office_id, role=vacancy.role)
        for vacancy in duty.duty_missing(session, sitting)
    ]


def _successors(session: Session, me: Participant) -> list[str]:
    if not is_allowed(me.role, HandOverDuty) or session.life.turn_of(me.participant_id) is None:
        return []
    return [
        person.participant_id
        for person in session.enrolled()
        if duty.can_take_over(session, me, person)
    ]


def station_tests_view(session: Session, me: Participant) -> dict[str, StationTestView]:
    """Return the last test of each station, for both offices to see what failed."""
    if me.role not in duty.AGENTS:
        return {}
    return {
        station: StationTestView(
            office_id=test.result.office_id,
            tested_ms=test.result.at_ms,
            tested_by=test.recorded_by,
            browser=test.result.browser,
            path=test.result.path,
            quality=test.result.quality,
            is_good=test.result.is_good,
            remarks=test.result.remarks,
        )
        for station, test in session.life.last_tests().items()
    }


def relations_view(session: Session, me: Participant) -> list[RelationView]:
    """Return the declared relations: the organising office's business, nobody else's (B8)."""
    if not organises(session, me):
        return []
    return [
        RelationView(
            examiner_id=relation.examiner_id,
            candidate_id=relation.candidate_id,
            kind=relation.kind,
        )
        for relation in session.life.relations.values()
    ]
