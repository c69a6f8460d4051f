"""Who sees and hears whom, role by role, at each point of a session."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from signaling.stage import Place, group_of, muted_of, place_of
from tests.builders import BRITTANY, DAY_MS, GRAND_EST, SITTING, Story, definition, people, person
from visiojury.exam import commands as cmd
from visiojury.exam.people import Role

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


def admitted() -> Story:
    story = created()
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
    story = created()
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

# Who is in a group; whoever is not named is in none.
EXPECTED: dict[Callable[[], Story], dict[str, str]] = {
    created: JURY,
    admitted: {**JURY, **TOGETHER},
    running: {**JURY, **TOGETHER},
    paused: {**JURY, **TOGETHER},
    closed: JURY,
    # examiner-3 is of the jury, but nobody has checked who they are.
    deliberating: dict.fromkeys(COMMISSION, "deliberation"),
    over: {},
}


@pytest.mark.requirement("D4", "J6")
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
def test_video_carries_the_exam_the_jurys_meetings_and_its_deliberation_only() -> None:
    """Over every moment, and every place that the type has, there are these three and no other."""
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
