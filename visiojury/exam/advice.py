"""Advice on a session's planning: warnings that block nothing (S7).

The instruction aims at *enough* candidates a session and a day, so that juries are not moved for
a few; the counts are minima. Source: instruction DGCS/SD4A/2026/19, I.1 to I.3, annex 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from annotated_types import Ge, Le

from visiojury.exam import events as ev
from visiojury.exam.clock import SECOND_MS
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState

WarningCode = Literal[
    "session_below_minimum",
    "day_below_minimum",
    "set_up_late",
    "calendar_late",
    "results_unannounced",
    "substitute_unnamed",
    "station_untested",
    "station_failed",
]
Facts = dict[str, str | int]
Count = Annotated[int, Ge(0), Le(1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """The figures that advice is measured by, as the reference data gives them."""

    candidates_a_session: Count
    candidates_a_day: Count
    candidates_a_remote_day: Count
    information_system_days: Annotated[int, Ge(1), Le(36_525)]
    calendar_month: Annotated[int, Ge(1), Le(12)]
    calendar_day: Annotated[int, Ge(1), Le(31)]
    convocation_s: Annotated[int, Ge(1800), Le(86_400)]
    """How long before the sitting candidates are called (B2)."""


@dataclass(frozen=True, slots=True)
class PlanningWarning:
    code: WarningCode
    detail: Facts = field(default_factory=dict)
    """Facts that a message needs."""


def warnings(
    session: Session, planning: Planning, *, is_national: bool = False
) -> tuple[PlanningWarning, ...]:
    """Return what is unwise about a session as it is planned, in the order of this module.

    Args:
        session: in any state; only sittings that were not given up count.
        planning: the figures to measure by.
        is_national: whether the table of national pooling names its diploma and route (S6).
    """
    if session.info.purpose == "rehearsal":
        return ()
    plans = [s.plan for s in session.sittings.values() if s.state is not SittingState.CANCELLED]
    return (
        *_too_few(session, plans, planning),
        *_too_late(session, plans, planning, is_national=is_national),
        *_incomplete(session),
        *_stations(session, plans),
    )


def _too_few(
    session: Session, plans: list[ev.SittingScheduled], planning: Planning
) -> list[PlanningWarning]:
    zone = ZoneInfo(session.organising_office.time_zone)
    days: dict[date, set[str]] = {}
    for plan in plans:
        days.setdefault(_local(plan.planned_ms, zone), set()).add(plan.candidate_id)
    found = []
    candidates = {plan.candidate_id for plan in plans}
    if len(candidates) < planning.candidates_a_session:
        few: Facts = {"candidates": len(candidates), "minimum": planning.candidates_a_session}
        found.append(PlanningWarning("session_below_minimum", few))
    for day, seen in sorted(days.items()):
        is_remote = all(p.is_remote for p in plans if _local(p.planned_ms, zone) == day)
        minimum = planning.candidates_a_remote_day if is_remote else planning.candidates_a_day
        if len(seen) < minimum:
            facts: Facts = {"day": day.isoformat(), "candidates": len(seen), "minimum": minimum}
            found.append(PlanningWarning("day_below_minimum", facts))
    return found


def _too_late(
    session: Session,
    plans: list[ev.SittingScheduled],
    planning: Planning,
    *,
    is_national: bool,
) -> list[PlanningWarning]:
    """Return what was entered late, by the day it was entered here."""
    if not plans:
        return []
    zone = ZoneInfo(session.organising_office.time_zone)
    first = _local(min(plan.planned_ms for plan in plans), zone)
    entered = _local(session.info.at_ms, zone)
    found = []
    if (first - entered).days < planning.information_system_days:
        left: Facts = {"days": (first - entered).days, "minimum": planning.information_system_days}
        found.append(PlanningWarning("set_up_late", left))
    due = date(first.year, planning.calendar_month, planning.calendar_day)
    if is_national and entered > due:
        found.append(PlanningWarning("calendar_late", {"due": due.isoformat()}))
    return found


def _incomplete(session: Session) -> list[PlanningWarning]:
    found = []
    if session.info.results_ms is None or session.info.results_place is None:
        found.append(PlanningWarning("results_unannounced"))
    has_substitute = any(person.is_substitute for person in session.enrolled())
    if session.info.diploma.is_managed and not has_substitute:
        found.append(PlanningWarning("substitute_unnamed"))
    return found


def _stations(session: Session, plans: list[ev.SittingScheduled]) -> list[PlanningWarning]:
    """Return what the stations of the day still lack; a failure is told to both offices (B5)."""
    tests = session.life.last_tests()
    planned = {plan.station for plan in plans if plan.station is not None}
    untested = [
        PlanningWarning("station_untested", {"station": station})
        for station in sorted(planned - set(tests))
    ]
    failed = [
        PlanningWarning("station_failed", {"station": station})
        for station, test in sorted(tests.items())
        if not test.result.is_good
    ]
    return untested + failed


def _local(instant_ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant_ms / SECOND_MS, zone).date()
