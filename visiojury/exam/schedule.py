"""When, where and before whom a sitting is planned, and what it must not run into.

A sitting takes its duration and its adjustment; the extension that outages may bring is not
planned for. Source: requirements B1, B7, B8, B9, S4; DRIEETS webinar 2025 (a lunch break for
the jury, candidates of a titre professionnel on site).
"""

from __future__ import annotations

from dataclasses import replace

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import SECOND_MS
from visiojury.exam.context import Context, Handlers
from visiojury.exam.enrolment import check_identifier, check_office_known
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import JURY, Role, SessionDay
from visiojury.exam.relations import check_unrelated
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import ENDED, SittingState, Step, next_state

MINIMUM_EXAMINERS = 2
"""Never fewer, whatever the diploma says. Source: requirement B9."""
THIRDS = {33: 1, 66: 2, 67: 2}
"""Per cents that mean thirds: "un tiers temps" is the adjustment that is prescribed."""

Span = tuple[int, int]
"""From, until: instants; the second one is no longer in it."""


def adjustment_s(duration_s: int, percent: int) -> int:
    """Return the seconds of an adjustment, rounded up in the candidate's favour (B7)."""
    if percent in THIRDS:
        return -(-duration_s * THIRDS[percent] // 3)
    return -(-duration_s * percent // 100)


def span(plan: ev.SittingScheduled) -> Span:
    length_s = plan.duration_s + plan.adjustment_s
    return plan.planned_ms, plan.planned_ms + length_s * SECOND_MS


def scheduled(session: Session, plan: cmd.SittingPlan, now_ms: int) -> list[ev.Event]:
    """Return what planning a sitting comes to.

    Raises:
        DefinitionError: it cannot be held like that, and why.
    """
    check_identifier(plan.sitting_id, session.sittings)
    check_office_known(session, plan.host_office_id)
    _check_role(session, plan.candidate_id, frozenset({Role.CANDIDATE}))
    if plan.assistant_id is not None:
        _check_role(session, plan.assistant_id, frozenset({Role.ASSISTANT}))
    _check_on_site(session, plan)
    _check_follows(session, plan)
    event = ev.SittingScheduled(
        at_ms=now_ms,
        sitting_id=plan.sitting_id,
        candidate_id=plan.candidate_id,
        assistant_id=plan.assistant_id,
        examiner_ids=plan.examiner_ids,
        host_office_id=plan.host_office_id,
        planned_ms=plan.planned_ms,
        duration_s=plan.duration_s,
        adjustment_percent=plan.adjustment_percent,
        adjustment_s=adjustment_s(plan.duration_s, plan.adjustment_percent),
        room=plan.room,
        station=plan.station,
        follows_sitting_id=plan.follows_sitting_id,
        late_ends_on_time=session.info.diploma.late_ends_on_time,
        is_remote=plan.is_remote,
    )
    _check_place_and_time(session, event)
    return [event]


def schedule(command: cmd.ScheduleSitting, context: Context) -> list[ev.Event]:
    return scheduled(context.session, command.plan, context.now_ms)


def reschedule(command: cmd.RescheduleSitting, context: Context) -> list[ev.Event]:
    sitting = context.session.sitting(command.sitting_id)
    next_state(sitting.state, Step.RESCHEDULE)
    changed = replace(
        sitting.plan,
        planned_ms=command.planned_ms,
        room=command.room,
        station=command.station,
        examiner_ids=command.examiner_ids,
    )
    _check_place_and_time(context.session, changed)
    return [
        ev.SittingRescheduled(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            planned_ms=command.planned_ms,
            room=command.room,
            station=command.station,
            examiner_ids=command.examiner_ids,
        )
    ]


def cancel(command: cmd.CancelSitting, context: Context) -> list[ev.Event]:
    sitting = context.session.sitting(command.sitting_id)
    next_state(sitting.state, Step.CANCEL)
    return [cancelled(sitting, command.reason, context.now_ms)]


def cancelled(sitting: Sitting, reason: str, now_ms: int) -> ev.Event:
    return ev.SittingCancelled(at_ms=now_ms, sitting_id=sitting.sitting_id, reason=reason)


# --- what a plan must hold


def _check_role(session: Session, who: str, roles: frozenset[Role]) -> None:
    if who not in session.participants:
        raise DefinitionError("reference_unknown", identifier=who)
    person = session.participants[who]
    if person.role not in roles:
        raise DefinitionError("role_unfit", participant_id=who, role=person.role.value)
    if who in session.life.withdrawn:
        raise DefinitionError("participant_withdrawn", name=person.full_name)


def _check_on_site(session: Session, plan: cmd.SittingPlan) -> None:
    """Candidates of a *titre professionnel* sit where the jury is, always (S4)."""
    is_away = plan.is_remote or plan.host_office_id != session.info.organising_office_id
    if session.info.diploma.kind == "titre_professionnel" and is_away:
        raise DefinitionError("candidate_not_on_site", sitting_id=plan.sitting_id)


def _check_follows(session: Session, plan: cmd.SittingPlan) -> None:
    """A sitting held again follows the one of the same candidate that did not count (D9)."""
    if plan.follows_sitting_id is None:
        return
    before = session.sittings.get(plan.follows_sitting_id)
    if before is None:
        raise DefinitionError("reference_unknown", identifier=plan.follows_sitting_id)
    is_followed = any(
        other.plan.follows_sitting_id == before.sitting_id for other in session.sittings.values()
    )
    does_count = before.state not in ENDED or before.state is SittingState.CLOSED
    if before.plan.candidate_id != plan.candidate_id or does_count or is_followed:
        raise DefinitionError("sitting_not_followed", sitting_id=before.sitting_id)


def _check_place_and_time(session: Session, plan: ev.SittingScheduled) -> None:
    _check_commission(session, plan)
    for other in session.sittings.values():
        if other.sitting_id != plan.sitting_id and other.state not in ENDED:
            _check_apart(plan, other.plan)
    for office_id in {session.info.organising_office_id, plan.host_office_id}:
        days = [day for day in session.info.days if day.office_id == office_id]
        if days:
            _check_calendar(plan, days)


def _check_commission(session: Session, plan: ev.SittingScheduled) -> None:
    for examiner_id in plan.examiner_ids:
        _check_role(session, examiner_id, JURY)
    minimum = max(MINIMUM_EXAMINERS, session.info.diploma.commission_minimum)
    if len(set(plan.examiner_ids)) < max(minimum, len(plan.examiner_ids)):
        raise DefinitionError("commission_too_small", sitting_id=plan.sitting_id, minimum=minimum)
    if not any(session.participant(one).role is Role.CHAIR for one in plan.examiner_ids):
        raise DefinitionError("chair_not_in_commission", sitting_id=plan.sitting_id)
    check_unrelated(session, plan.candidate_id, plan.examiner_ids)


def _check_apart(plan: ev.SittingScheduled, other: ev.SittingScheduled) -> None:
    """Raises: DefinitionError, where two sittings at once want the same person or place."""
    if not _overlap(span(plan), span(other)):
        return
    sitting_id = other.sitting_id
    if plan.candidate_id == other.candidate_id:
        raise DefinitionError("candidate_busy", sitting_id=sitting_id)
    if plan.assistant_id is not None and plan.assistant_id == other.assistant_id:
        raise DefinitionError("assistant_busy", sitting_id=sitting_id)
    if set(plan.examiner_ids) & set(other.examiner_ids):
        raise DefinitionError("examiner_busy", sitting_id=sitting_id)
    if plan.host_office_id != other.host_office_id:
        return
    if plan.room is not None and plan.room == other.room:
        raise DefinitionError("room_busy", sitting_id=sitting_id)
    if plan.station is not None and plan.station == other.station:
        raise DefinitionError("station_busy", sitting_id=sitting_id)


def _check_calendar(plan: ev.SittingScheduled, days: list[SessionDay]) -> None:
    start_ms, end_ms = span(plan)
    day = next((d for d in days if d.start_ms <= start_ms and end_ms <= d.end_ms), None)
    if day is None:
        raise DefinitionError("outside_calendar", sitting_id=plan.sitting_id)
    if day.break_start_ms is None or day.break_end_ms is None:
        return
    if _overlap((start_ms, end_ms), (day.break_start_ms, day.break_end_ms)):
        raise DefinitionError("break_overlapped", sitting_id=plan.sitting_id)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


HANDLERS: Handlers = {
    cmd.ScheduleSitting: schedule,
    cmd.RescheduleSitting: reschedule,
    cmd.CancelSitting: cancel,
}
"""What each command of this area does."""
