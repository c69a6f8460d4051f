"""Advice on planning: said where it is due, and it blocks nothing (S7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from signaling.advice import MESSAGES
from tests.builders import BRITTANY, DAY_MS, DEIS, Story, definition, people, person
from visiojury.exam import commands as cmd
from visiojury.exam.advice import Planning, PlanningWarning, WarningCode, warnings
from visiojury.exam.people import Role

A_DAY_MS = 24 * 3_600_000
PLANNING = Planning(
    candidates_a_session=3,
    candidates_a_day=3,
    candidates_a_remote_day=2,
    information_system_days=45,
    calendar_month=1,
    calendar_day=31,
    convocation_s=1800,
)


def planned(*hours: float, is_remote: bool = True, **changes: Any) -> Story:
    """A session with one candidate at each hour after 9 o'clock UTC of 15 June."""
    names = [f"candidate-{n}" for n in range(len(hours))]
    guests = tuple(person(n, "Cam", n, Role.CANDIDATE, BRITTANY, "on_site") for n in names)
    plans = tuple(
        replace(
            definition().sittings[0],
            sitting_id=f"sitting-{n}",
            candidate_id=name,
            planned_ms=DAY_MS + round(hour * 3_600_000),
            is_remote=is_remote,
        )
        for n, (name, hour) in enumerate(zip(names, hours, strict=True))
    )
    return Story(definition(participants=(*people(), *guests), sittings=plans, **changes))


def said(story: Story, *, is_national: bool = False, days_before: int = 60) -> dict[str, object]:
    session = story.session
    session.created = replace(session.info, at_ms=DAY_MS - days_before * A_DAY_MS)
    found = warnings(session, PLANNING, is_national=is_national)
    return {warning.code: warning.detail for warning in found}


@pytest.mark.requirement("S7")
def test_enough_candidates_in_time_raise_no_warning() -> None:
    assert said(planned(0, 1, 24, 25)) == {}


@pytest.mark.requirement("S7")
def test_too_few_candidates_for_a_session_are_told() -> None:
    assert said(planned(0, 1)) == {"session_below_minimum": {"candidates": 2, "minimum": 3}}


@pytest.mark.requirement("S7")
def test_too_few_candidates_for_a_day_are_told_with_the_day() -> None:
    expected = {"day": "2026-06-16", "candidates": 1, "minimum": 2}
    assert said(planned(0, 1, 24)) == {"day_below_minimum": expected}


@pytest.mark.requirement("S7")
def test_a_day_that_is_not_wholly_remote_wants_more() -> None:
    story = planned(0, 1, 24, 25)
    assert said(story) == {}
    sitting = story.session.sitting("sitting-3")
    sitting.plan = replace(sitting.plan, is_remote=False)
    expected = {"day": "2026-06-16", "candidates": 2, "minimum": 3}
    assert said(story) == {"day_below_minimum": expected}


def test_a_day_is_that_of_the_organising_office() -> None:
    """At 23 h UTC it is the 16th in Strasbourg: two on each day."""
    assert said(planned(0, 1, 14, 25)) == {}


@pytest.mark.requirement("S7")
@pytest.mark.parametrize(("days", "is_late"), [(44, True), (45, False)])
def test_what_is_entered_late_is_told(days: int, is_late: bool) -> None:
    assert ("set_up_late" in said(planned(0, 1, 24, 25), days_before=days)) is is_late


@pytest.mark.requirement("S7")
@pytest.mark.parametrize(("days", "is_late"), [(134, True), (135, False)])
def test_a_national_calendar_is_due_on_31_january(days: int, is_late: bool) -> None:
    story = planned(0, 1, 24, 25)
    found = said(story, is_national=True, days_before=days)
    assert found == ({"calendar_late": {"due": "2026-01-31"}} if is_late else {})
    assert said(story, days_before=days) == {}


def test_a_cancelled_sitting_is_none() -> None:
    story = planned(0, 1, 2)
    story.act("organiser", cmd.CancelSitting(sitting_id="sitting-2", reason="Désistement"))
    assert set(said(story)) == {"session_below_minimum"}


@pytest.mark.requirement("B2")
def test_results_that_nobody_announced_are_told() -> None:
    assert set(said(planned(0, 1, 2, results_place=None))) == {"results_unannounced"}


def test_a_session_manager_without_a_substitute_is_told() -> None:
    diploma = replace(DEIS, needs_session_manager=True)
    assert set(said(planned(0, 1, 2, diploma=diploma))) == {"substitute_unnamed"}


@pytest.mark.requirement("B5")
def test_a_station_untested_or_failed_is_told() -> None:
    story = planned(0, 1, 2)
    sitting = story.session.sitting("sitting-0")
    sitting.plan = replace(sitting.plan, station="Poste 1")
    assert said(story) == {"station_untested": {"station": "Poste 1"}}
    test = cmd.RecordStationTest(
        station="Poste 1",
        office_id="bretagne",
        partner_id="organiser",
        browser="Firefox 145",
        path="turn",
        is_good=False,
    )
    story.act("invigilator", test)
    assert said(story) == {"station_failed": {"station": "Poste 1"}}
    story.act("invigilator", replace(test, is_good=True))
    assert said(story) == {}


def test_a_rehearsal_is_advised_of_nothing() -> None:
    assert said(planned(0, purpose="rehearsal"), days_before=0) == {}


def test_every_warning_can_be_said() -> None:
    assert set(MESSAGES) == set(get_args(WarningCode))
    for code, facts in said(planned(0), is_national=True, days_before=1).items():
        warning = PlanningWarning(code, facts)  # type: ignore[arg-type]
        assert "{" not in MESSAGES[warning.code].format_map(warning.detail)
