"""Who sees and hears whom, role by role, at each point of a session."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.stage import Place, group_of, muted_of, place_of
from tests.acts import on_session, on_sitting
from tests.builders import BRITTANY, DAY_MS, GRAND_EST, SITTING, Story, definition, people, person
from tests.stages import CAST, OUTAGE, PAIRS, brought
from tests.written import RIGHTS, SITTING_STEPS
from visiojury.exam import commands as cmd
from visiojury.exam.errors import ExamError
from visiojury.exam.people import STAFF, Role

ROOT = Path(__file__).resolve().parents[2]
SITTING_GROUP = f"sitting:{SITTING}"
EVERYONE = (
    *people(),
    person("assistant", "Anne", "Aide", Role.ASSISTANT, BRITTANY, "on_site"),
    person("technician", "Tom", "Technicien", Role.TECHNICIAN, GRAND_EST, "on_site"),
    person("ops", "Oz", "Ops", Role.OPS, GRAND_EST, "on_site"),
    person("examiner-3", "Ève", "Extérieure", Role.EXAMINER, GRAND_EST, "remote"),
    person("candidate-2", "Cléo", "Candidate", Role.CANDIDATE, BRITTANY, "on_site"),
)


def created() -> Story:
    plain = definition()
    plan = replace(plain.sittings[0], assistant_id="assistant")
    later = replace(
        plan,
        sitting_id="sitting-2",
        candidate_id="candidate-2",
        assistant_id=None,
        planned_ms=DAY_MS + 3_600_000,
    )
    return Story(replace(plain, participants=EVERYONE, sittings=(plan, later)))


def in_test() -> Story:
    story = created()
    story.act("invigilator", cmd.OpenTechnicalTest())
    return story


def admitted() -> Story:
    """The technical test is open still, and both offices hold the sitting."""
    story = in_test()
    story.receive()
    return story


def received() -> Story:
    """Everything that comes before the admission."""
    story = created()
    for agent in ("organiser", "invigilator"):
        story.act(agent, cmd.TakeDuty())
    for who, agent in (*((j, "organiser") for j in COMMISSION), ("candidate", "invigilator")):
        story.act(agent, cmd.CheckIdentity(participant_id=who, document="passport"))
        story.connect(who)
    story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
    return story


def running() -> Story:
    story = in_test()
    story.open_sitting()
    return story


def paused() -> Story:
    story = running()
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    return story


def closed() -> Story:
    story = running()
    story.act("chair", cmd.Close(sitting_id=SITTING))
    return story


def deliberating() -> Story:
    story = closed()
    story.act("invigilator", cmd.MarkAbsent(sitting_id="sitting-2"))
    story.act("chair", cmd.OpenDeliberation())
    return story


def over() -> Story:
    story = deliberating()
    for who in ("chair", "examiner-1"):
        attendance = cmd.AnswerRollCall(participant_id=who, attendance="on_site")
        story.act("chair", attendance)
    story.vote("candidate", "full")
    story.act("chair", cmd.CloseDeliberation())
    return story


COMMISSION = {"chair", "examiner-1", "examiner-2"}
TOGETHER = dict.fromkeys((*COMMISSION, "candidate", "assistant"), SITTING_GROUP)
JURY = dict.fromkeys((*COMMISSION, "examiner-3"), "jury")
ORGANISING = dict.fromkeys(("organiser", "manager", "technician"), "test")
HOSTING = {"invigilator": "test"}

# Who is in a group; whoever is not named is in none.
EXPECTED: dict[Callable[[], Story], dict[str, str]] = {
    created: JURY,
    in_test: {**JURY, **ORGANISING, **HOSTING},
    # In the host office a candidate is in the room.
    admitted: {**JURY, **TOGETHER, **ORGANISING},
    running: {**JURY, **TOGETHER, **ORGANISING},
    paused: {**JURY, **TOGETHER, **ORGANISING},
    closed: {**JURY, **ORGANISING, **HOSTING},
    # examiner-3 is of the jury, but nobody has checked who they are.
    deliberating: dict.fromkeys(COMMISSION, "deliberation"),
    over: {},
}


@pytest.mark.requirement("B5", "D4", "J6")
@pytest.mark.parametrize("moment", EXPECTED, ids=lambda moment: moment.__name__)
def test_everyone_at_each_moment(moment: Callable[[], Story]) -> None:
    session = moment().session
    groups = {who: group_of(session, who) for who in session.participants}
    assert groups == {**dict.fromkeys(session.participants), **EXPECTED[moment]}


@pytest.mark.requirement("J6")
@pytest.mark.parametrize("moment", [created, received, closed], ids=lambda moment: moment.__name__)
def test_the_jury_is_among_itself_before_admission_and_after_the_sitting(
    moment: Callable[[], Story],
) -> None:
    """One group for the whole jury, and neither candidate, assistant nor staff is in it."""
    session = moment().session
    assert session.deliberation.opened_ms is None
    together = {who for who in session.participants if group_of(session, who) == "jury"}
    assert together == set(JURY)
    assert {session.participants[who].role for who in together} == {Role.CHAIR, Role.EXAMINER}


@pytest.mark.requirement("S1")
def test_video_carries_the_exam_its_test_the_jurys_meetings_and_its_deliberation_only() -> None:
    """Over every moment, and every place that the type has, there are these four and no other."""
    offered = {
        (group_of(moment().session, who), moment().session.participants[who].role)
        for moment in EXPECTED
        for who in moment().session.participants
    }
    by_place: dict[str, set[Role]] = {}
    for group, role in offered:
        if group is not None:
            by_place.setdefault(group.partition(":")[0], set()).add(role)
    assert by_place == {
        "test": {Role.ORGANISER, Role.SESSION_MANAGER, Role.INVIGILATOR, Role.TECHNICIAN},
        "sitting": {Role.CANDIDATE, Role.ASSISTANT, Role.CHAIR, Role.EXAMINER},
        "jury": {Role.CHAIR, Role.EXAMINER},
        "deliberation": {Role.CHAIR, Role.EXAMINER},
    }
    assert {*get_args(Place)} == {"waiting", *by_place}


@pytest.mark.requirement("S1")
def test_nothing_but_the_stage_puts_anybody_in_a_group() -> None:
    """The relay is told of groups in one module, and what it is told comes from `group_of`."""
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for path in (ROOT / "signaling").rglob("*.py")
    }

    def where(pattern: str) -> set[str]:
        return {name for name, text in sources.items() if re.search(pattern, text)}

    assert where(r"\b(?:SetGroups|Join)\(") == {"signaling/relays.py"}
    assert where(r"\.set_groups\(") == {"signaling/rooms.py"}
    assert where(r"_relays\.join\(") == {"signaling/media_desk.py"}
    assert where(r"\bgroup_of\(") == {"signaling/rooms.py", "signaling/stage.py"}


def test_a_member_whose_device_changed_waits_outside_until_checked() -> None:
    story = deliberating()
    story.session.checks.pop("examiner-1")
    assert place_of(story.session, "examiner-1") == ("waiting", None)


def test_an_expelled_state_has_no_group() -> None:
    story = running()
    story.act("chair", cmd.RequestPostponement(sitting_id=SITTING, reason="Coupures"))
    story.act("organiser", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("invigilator", cmd.AgreePostponement(sitting_id=SITTING))
    assert group_of(story.session, "candidate") is None
    assert group_of(story.session, "chair") == "jury"


@cache
def told(whole: str, one: str) -> Story:
    return brought(whole, one)


@pytest.mark.requirement("B5", "J6")
@given(
    pair=st.sampled_from(PAIRS),
    clicks=st.lists(st.tuples(st.sampled_from(list(CAST)), st.sampled_from(list(RIGHTS)))),
)
def test_no_click_of_anybody_puts_staff_where_an_exam_is_or_a_jury_decides(
    pair: tuple[str, str], clicks: list[tuple[str, str]]
) -> None:
    """The technician, and everyone else of the staff, is in the test or nowhere."""
    story = told(*pair).again()
    plan = story.session.sittings[SITTING].plan
    opened, met = ("organiser", "open_technical_test"), ("chair", "open_deliberation")
    for who, name in [opened, *clicks, met]:
        is_sitting = name in SITTING_STEPS
        act = on_sitting(name, who, plan, OUTAGE) if is_sitting else on_session(name, who)
        with suppress(ExamError):
            story.act(who, act)
        session = story.session
        everyone = (*session.participants, *session.stations.known)
        groups = {who: group_of(session, who) for who in everyone}
        staff = {who for who in everyone if session.subject(who).role in STAFF}
        empty = {who for who in session.stations.known if not session.stations.people_at(who)}
        assert {groups[who] for who in staff} <= {None, "test"}
        together = {who for who, group in groups.items() if group == "test"}
        assert together <= staff | empty
        assert not (together and session.deliberation.opened_ms is not None)


@pytest.mark.requirement("J6")
def test_a_technician_whom_a_sitting_names_is_in_no_exam_all_the_same() -> None:
    story = running()
    sitting = story.session.sittings[SITTING]
    sitting.plan = replace(sitting.plan, examiner_ids=(*COMMISSION, "technician"))
    story.act("organiser", cmd.CloseTechnicalTest())
    assert group_of(story.session, "technician") is None


@pytest.mark.requirement("B5")
def test_a_station_is_in_the_test_until_somebody_is_at_it() -> None:
    story = brought("open", "scheduled")
    story.act("invigilator", cmd.OpenTechnicalTest())
    assert [group_of(story.session, f"station-{n}") for n in (1, 2, 3)] == ["test"] * 3
    story.act("invigilator", cmd.AttestPresence(station_id="station-1", participant_id="candidate"))
    assert group_of(story.session, "station-1") is None
    story.act("organiser", cmd.AttestPresence(station_id="station-2", participant_id="chair"))
    assert group_of(story.session, "station-2") == "jury"
    assert group_of(story.session, "station-3") == "test"


@pytest.mark.requirement("B5", "D4")
def test_an_admission_takes_the_host_office_out_of_the_test_and_nobody_else() -> None:
    story = brought("open", "scheduled")
    story.act("organiser", cmd.OpenTechnicalTest())
    story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
    host = ("invigilator", "host-organiser", "technician", "station-1")
    others = ("organiser", "manager", "third-invigilator", "station-2", "station-3")
    assert {group_of(story.session, who) for who in (*host, *others)} == {"test"}
    story.act("invigilator", cmd.Admit(sitting_id=SITTING))
    assert {group_of(story.session, who) for who in host} == {None}
    assert {group_of(story.session, who) for who in others} == {"test"}


@pytest.mark.requirement("T1")
def test_who_is_sent_out_waits_and_who_is_muted_is_named() -> None:
    story = running()
    story.act(
        "chair", cmd.SendOut(sitting_id=SITTING, participant_id="assistant", reason="Souffle")
    )
    assert group_of(story.session, "assistant") is None
    assert place_of(story.session, "assistant") == ("waiting", SITTING)
    story.act("chair", cmd.LetBackIn(sitting_id=SITTING, participant_id="assistant"))
    story.act(
        "chair",
        cmd.SetMuted(sitting_id=SITTING, participant_id="assistant", audio=True, video=False),
    )
    assert group_of(story.session, "assistant") == SITTING_GROUP
    assert muted_of(story.session, "assistant") == {"audio"}
    story.close_sitting()
    assert muted_of(story.session, "assistant") == frozenset()
