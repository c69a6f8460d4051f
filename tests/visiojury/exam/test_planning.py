"""The session planned by acts: its life, its people, its programme, and what each is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from tests.builders import (
    BRITTANY,
    DAY_MS,
    DEIS,
    GRAND_EST,
    MARTINIQUE,
    SITTING,
    Story,
    definition,
    people,
    person,
)
from tests.written import SESSION_LEGAL
from visiojury.exam import commands as cmd
from visiojury.exam.decide import STEPS
from visiojury.exam.definition import create
from visiojury.exam.errors import ExamError
from visiojury.exam.people import Relation, Role, SessionDay
from visiojury.exam.relations import excluded_examiners
from visiojury.exam.schedule import adjustment_s
from visiojury.exam.transitions import (
    SESSION_STEPS,
    SessionState,
    SessionStep,
    check_session_step,
)

HOUR_MS = 3_600_000
PLAN = definition().sittings[0]
SECOND = person("candidate-2", "Cléo", "Candidate", Role.CANDIDATE, BRITTANY, "on_site")
OTHERS = tuple(
    person(f"examiner-{n}", "Eve", f"Autre {n}", Role.EXAMINER, GRAND_EST, "remote") for n in (3, 4)
)
KIN = Relation(examiner_id="examiner-2", candidate_id="candidate", kind="kin")
REASON = "Intempéries"


def told(**changes: object) -> Story:
    plain = definition(participants=(*people(), SECOND, *OTHERS))
    return Story(replace(plain, **changes))  # type: ignore[arg-type]


def refused(story: Story, command: cmd.Command, by: str = "organiser") -> str:
    with pytest.raises(ExamError) as refusal:
        story.act(by, command)
    return refusal.value.code


def state_of(story: Story) -> str:
    return story.session.state.value


# --- the life of the session


def _suspended(story: Story) -> None:
    story.act("manager", cmd.SuspendSession(reason=REASON))


def _deliberating(story: Story) -> None:
    story.act("invigilator", cmd.MarkAbsent(sitting_id=SITTING))
    story.act("chair", cmd.OpenDeliberation())


LIVES: dict[SessionState, Callable[[Story], object]] = {
    SessionState.OPEN: lambda story: story,
    SessionState.SUSPENDED: _suspended,
    SessionState.DELIBERATING: _deliberating,
    SessionState.IN_PROGRESS: lambda story: story.receive(),
    SessionState.CANCELLED: lambda s: s.act("organiser", cmd.CancelSession(reason=REASON)),
    SessionState.MOVED: lambda s: s.act(
        "manager", cmd.MoveSession(reason=REASON, to_session_id="deis-2027")
    ),
}


@pytest.mark.requirement("D12")
@pytest.mark.parametrize("step", SessionStep)
@pytest.mark.parametrize("state", SessionState)
def test_every_step_in_every_state_of_the_session(state: SessionState, step: SessionStep) -> None:
    if step.value in SESSION_LEGAL[state.value]:
        check_session_step(state, step)
        return
    with pytest.raises(ExamError):
        check_session_step(state, step)


def test_every_command_is_a_step_and_every_state_has_its_line() -> None:
    assert set(STEPS) == set(get_args(cmd.Command))
    assert set(SESSION_STEPS) == set(SessionState)


@pytest.mark.requirement("D12")
@pytest.mark.parametrize("state", LIVES)
def test_the_state_follows_from_what_has_happened(state: SessionState) -> None:
    story = told()
    LIVES[state](story)
    assert story.session.state is state


def test_a_session_entered_is_a_draft_until_it_is_opened() -> None:
    story = told(is_open=False)
    assert state_of(story) == "draft"
    assert refused(story, cmd.TakeDuty()) == "session_not_open"
    story.act("organiser", cmd.OpenSession())
    assert state_of(story) == "open"
    assert refused(story, cmd.OpenSession()) == "illegal_transition"


@pytest.mark.requirement("D12")
def test_nothing_starts_in_a_suspended_session_until_it_continues() -> None:
    story = told()
    _suspended(story)
    assert refused(story, cmd.Admit(sitting_id=SITTING), "invigilator") == "session_suspended"
    story.act("organiser", cmd.ContinueSession())
    assert story.session.state is SessionState.OPEN
    assert [pause.reason for pause in story.session.life.suspensions] == [REASON]


@pytest.mark.requirement("D12")
def test_a_cancelled_session_cancels_what_was_not_held_and_its_record_ends() -> None:
    story = told()
    story.act("organiser", cmd.CancelSession(reason=REASON))
    assert story.session.sitting(SITTING).state == "cancelled"
    assert story.session.is_over
    assert refused(story, cmd.TakeDuty()) == "session_given_up"


@pytest.mark.requirement("D12")
def test_a_session_is_not_given_up_while_a_candidate_is_in_the_room() -> None:
    story = told()
    story.receive()
    assert refused(story, cmd.CancelSession(reason=REASON)) == "sitting_under_way"


# --- what must be there to open


@pytest.mark.requirement("S2")
def test_an_office_joins_and_the_session_is_pooled() -> None:
    local = tuple(replace(p, office_id="grand-est") for p in people())
    alone = replace(PLAN, host_office_id="grand-est")
    story = Story(
        definition(offices=(GRAND_EST,), participants=local, sittings=(alone,), is_open=False)
    )
    assert refused(story, cmd.OpenSession()) == "session_not_pooled"
    story.act("organiser", cmd.AddOffice(office=MARTINIQUE))
    story.act("organiser", cmd.OpenSession())
    assert story.session.state is SessionState.OPEN


TITLE = replace(DEIS, kind="titre_professionnel")
WITHOUT_MANAGER = tuple(p for p in people() if p.role is not Role.SESSION_MANAGER)
HERE = replace(PLAN, host_office_id="grand-est", is_remote=False)

CANNOT_BE: dict[str, tuple[str, cmd.SessionDefinition]] = {
    "no sitting": ("session_without_sitting", definition(sittings=())),
    "no agent of the host": (
        "office_without_agent",
        definition(participants=tuple(p for p in people() if p.role is not Role.INVIGILATOR)),
    ),
    "no manager where one must be": (
        "session_manager_unnamed",
        definition(participants=WITHOUT_MANAGER, diploma=replace(DEIS, needs_session_manager=True)),
    ),
    "an establishment": ("establishment_excluded", definition(held_by="establishment")),
    "an establishment, accepted by nobody": (
        "establishment_excluded",
        definition(held_by="establishment", exception_reason="Santé"),
    ),
    "a remote candidate for a titre": ("candidate_not_on_site", definition(diploma=TITLE)),
    "a time zone that is none": (
        "time_zone_unknown",
        definition(offices=(GRAND_EST, replace(BRITTANY, time_zone="Europe/Nowhere"))),
    ),
    "kin": ("examiner_related", definition(relations=(KIN,))),
}


@pytest.mark.requirement("S3", "S4", "B8")
@pytest.mark.parametrize("name", CANNOT_BE)
def test_what_the_rules_exclude_is_refused(name: str) -> None:
    code, wrong = CANNOT_BE[name]
    with pytest.raises(ExamError) as refusal:
        create(wrong, now_ms=1)
    assert refusal.value.code == code


@pytest.mark.requirement("S3")
def test_an_exception_is_recorded_with_reason_and_author() -> None:
    story = told(held_by="establishment", exception_reason="Santé", exception_author_id="organiser")
    info = story.session.info
    assert (info.exception_reason, info.exception_author_id) == ("Santé", "organiser")


@pytest.mark.requirement("S4")
def test_a_titre_on_site_may_be_held() -> None:
    assert told(diploma=TITLE, sittings=(HERE,)).session.state is SessionState.OPEN


# --- sittings


def again(**changes: object) -> cmd.SittingPlan:
    plain = replace(
        PLAN,
        sitting_id="sitting-2",
        candidate_id="candidate-2",
        planned_ms=DAY_MS + HOUR_MS,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.requirement("B1")
@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({}, {"candidate_id": "candidate"}, "candidate_busy"),
        ({}, {}, "examiner_busy"),
    ],
)
def test_nobody_is_in_two_sittings_at_once(
    first: dict[str, object], second: dict[str, object], code: str
) -> None:
    story = told(sittings=(replace(PLAN, **first),))  # type: ignore[arg-type]
    late = again(planned_ms=DAY_MS + 1_799_000, **second)
    assert refused(story, cmd.ScheduleSitting(plan=late)) == code
    on_time = again(planned_ms=DAY_MS + 1_800_000, **second)
    story.act("organiser", cmd.ScheduleSitting(plan=on_time))
    assert set(story.session.sittings) == {SITTING, "sitting-2"}


@pytest.mark.requirement("B7")
@pytest.mark.parametrize(
    ("percent", "expected_s"), [(0, 0), (33, 600), (66, 1200), (25, 450), (1, 18), (100, 1800)]
)
def test_an_adjustment_is_a_share_of_the_duration(percent: int, expected_s: int) -> None:
    assert adjustment_s(1800, percent) == expected_s
    story = told(sittings=(replace(PLAN, adjustment_percent=percent),))
    assert story.session.sitting(SITTING).plan.adjustment_s == expected_s


def test_an_adjustment_is_rounded_in_the_candidates_favour() -> None:
    assert adjustment_s(100, 33) == 34


DAYS = (
    SessionDay(
        office_id="grand-est",
        start_ms=DAY_MS,
        end_ms=DAY_MS + 8 * HOUR_MS,
        break_start_ms=DAY_MS + 3 * HOUR_MS,
        break_end_ms=DAY_MS + 4 * HOUR_MS,
    ),
)


@pytest.mark.requirement("B1")
@pytest.mark.parametrize(
    ("hours", "code"),
    [
        (-1, "outside_calendar"),
        (7.6, "outside_calendar"),
        (2.6, "break_overlapped"),
        (24, "outside_calendar"),
    ],
)
def test_a_sitting_keeps_to_the_calendar_and_to_the_lunch_break(hours: float, code: str) -> None:
    story = told(days=DAYS)
    at_ms = DAY_MS + round(hours * HOUR_MS)
    assert refused(story, cmd.ScheduleSitting(plan=again(planned_ms=at_ms))) == code
    story.act("organiser", cmd.ScheduleSitting(plan=again(planned_ms=DAY_MS + 2 * HOUR_MS)))


def test_a_day_is_added_for_what_could_not_be_held() -> None:
    story = told(days=DAYS)
    tomorrow = DAY_MS + 24 * HOUR_MS
    day = SessionDay(office_id="grand-est", start_ms=tomorrow, end_ms=tomorrow + HOUR_MS)
    story.act("organiser", cmd.AddDay(day=day))
    story.act("organiser", cmd.ScheduleSitting(plan=again(planned_ms=tomorrow)))
    assert refused(story, cmd.AddDay(day=day)) == "day_malformed"


def test_a_sitting_is_moved_with_all_its_checks() -> None:
    story = told(relations=(replace(KIN, examiner_id="examiner-3"),))
    move = cmd.RescheduleSitting(
        sitting_id=SITTING,
        planned_ms=DAY_MS + HOUR_MS,
        room="Salle 2",
        examiner_ids=("chair", "examiner-3"),
    )
    assert refused(story, move) == "examiner_related"
    story.act("organiser", replace(move, examiner_ids=("chair", "examiner-4")))
    plan = story.session.sitting(SITTING).plan
    assert (plan.planned_ms, plan.room) == (DAY_MS + HOUR_MS, "Salle 2")
    assert plan.examiner_ids == ("chair", "examiner-4")


@pytest.mark.requirement("D9")
def test_a_new_sitting_follows_one_that_did_not_count_and_once() -> None:
    story = told()
    follow = again(candidate_id="candidate", follows_sitting_id=SITTING)
    assert refused(story, cmd.ScheduleSitting(plan=follow)) == "sitting_not_followed"
    story.act("organiser", cmd.CancelSitting(sitting_id=SITTING, reason=REASON))
    story.act("organiser", cmd.ScheduleSitting(plan=follow))
    third = replace(follow, sitting_id="sitting-3", planned_ms=DAY_MS + 3 * HOUR_MS)
    assert refused(story, cmd.ScheduleSitting(plan=third)) == "sitting_not_followed"


# --- people


@pytest.mark.requirement("B8")
def test_a_relation_declared_late_keeps_the_examiner_out_and_can_be_withdrawn() -> None:
    story = told()
    story.act("organiser", cmd.DeclareRelation(relation=KIN))
    assert excluded_examiners(story.session, "candidate") == {"examiner-2"}
    assert excluded_examiners(story.session, "candidate-2") == frozenset()
    story.act("organiser", cmd.WithdrawRelation(examiner_id="examiner-2", candidate_id="candidate"))
    assert excluded_examiners(story.session, "candidate") == frozenset()


@pytest.mark.requirement("B8")
def test_a_sitting_does_not_start_before_somebody_related_to_the_candidate() -> None:
    story = told()
    story.receive()
    story.act("organiser", cmd.DeclareRelation(relation=KIN))
    assert refused(story, cmd.Start(sitting_id=SITTING), "chair") == "examiner_related"
    story.act(
        "organiser",
        cmd.RescheduleSitting(
            sitting_id=SITTING, planned_ms=DAY_MS, examiner_ids=("chair", "examiner-1")
        ),
    )
    for agent in ("organiser", "invigilator"):
        story.act(agent, cmd.TakeDuty())
    story.act("chair", cmd.Start(sitting_id=SITTING))
    assert story.session.sitting(SITTING).is_live


def test_a_chair_who_falls_ill_is_replaced() -> None:
    story = told()
    story.act("organiser", cmd.WithdrawParticipant(participant_id="chair", reason="Malade"))
    chair = person("chair-2", "Paul", "Président", Role.CHAIR, GRAND_EST, "on_site")
    story.act("organiser", cmd.EnrolParticipant(participant=chair))
    examiners = ("chair-2", "examiner-1")
    story.act(
        "organiser",
        cmd.RescheduleSitting(sitting_id=SITTING, planned_ms=DAY_MS, examiner_ids=examiners),
    )
    assert story.session.chair_id == "chair-2"


@pytest.mark.parametrize(
    ("who", "code"), [("candidate", "person_awaited"), ("organiser", "organiser_last")]
)
def test_who_is_needed_does_not_withdraw(who: str, code: str) -> None:
    command = cmd.WithdrawParticipant(participant_id=who, reason="Parti")
    assert refused(told(), command) == code


@pytest.mark.requirement("B5")
@pytest.mark.parametrize(
    ("by", "partner", "office"),
    [
        ("organiser", "organiser", "grand-est"),
        ("organiser", "manager", "grand-est"),
        ("organiser", "chair", "grand-est"),
        ("organiser", "candidate", "bretagne"),
    ],
)
def test_a_station_is_tested_by_agents_of_two_offices(by: str, partner: str, office: str) -> None:
    test = cmd.RecordStationTest(
        station="Poste 1",
        office_id=office,
        partner_id=partner,
        browser="Firefox 145",
        path="udp",
        is_good=True,
    )
    story = told()
    assert refused(story, test, by) == "test_not_joint"
    story.act(by, replace(test, partner_id="invigilator"))
    (kept,) = story.session.life.tests
    assert (kept.recorded_by, kept.result.at_ms) == (by, story.now_ms)
