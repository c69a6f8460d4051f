"""Mute, send out, let back in: whom, when, and never at the candidate's cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import BRITTANY, GRAND_EST, SITTING, Story, definition, people, person
from visiojury.exam import commands as cmd
from visiojury.exam.errors import ExamError
from visiojury.exam.people import Role
from visiojury.exam.sitting import Sitting

pytestmark = pytest.mark.requirement("T1")

MORE = (
    person("assistant", "Anne", "Aide", Role.ASSISTANT, BRITTANY, "on_site"),
    person("examiner-3", "Eve", "Experte", Role.EXAMINER, GRAND_EST, "remote"),
    person("examiner-4", "Tim", "Tiers", Role.EXAMINER, GRAND_EST, "remote"),
)


def running() -> Story:
    """Three examiners, two of whom must stay, and somebody beside the candidate."""
    plain = definition()
    plan = replace(
        plain.sittings[0],
        examiner_ids=("chair", "examiner-1", "examiner-3"),
        assistant_id="assistant",
    )
    story = Story(replace(plain, participants=(*people(), *MORE), sittings=(plan,)))
    story.open_sitting()
    return story


def sitting_of(story: Story) -> Sitting:
    return story.session.sitting(SITTING)


def mute(who: str, *, audio: bool = True, video: bool = False) -> cmd.SetMuted:
    return cmd.SetMuted(sitting_id=SITTING, participant_id=who, audio=audio, video=video)


def out(who: str) -> cmd.SendOut:
    return cmd.SendOut(sitting_id=SITTING, participant_id=who, reason="Souffle les réponses")


def refused(story: Story, by: str, command: cmd.Command, code: str) -> None:
    count = len(story.drafts)
    with pytest.raises(ExamError) as refusal:
        story.act(by, command)
    assert refusal.value.code == code
    assert len(story.drafts) == count


@pytest.mark.parametrize("by", ["chair", "organiser"])
def test_a_person_is_muted_and_heard_again(by: str) -> None:
    story = running()
    story.act(by, mute("assistant", audio=True, video=True))
    assert sitting_of(story).muted == {"assistant": {"audio", "video"}}
    story.act(by, mute("assistant", audio=False, video=True))
    assert sitting_of(story).muted == {"assistant": {"video"}}
    story.act(by, mute("assistant", audio=False))
    assert sitting_of(story).muted == {}


@pytest.mark.parametrize("by", ["chair", "organiser"])
def test_a_person_is_sent_out_and_let_back_in(by: str) -> None:
    story = running()
    story.act(by, out("assistant"))
    assert sitting_of(story).sent_out == {"assistant"}
    story.act(by, cmd.LetBackIn(sitting_id=SITTING, participant_id="assistant"))
    assert sitting_of(story).sent_out == set()


def test_what_is_so_already_is_not_recorded_again() -> None:
    story = running()
    for command in (
        mute("assistant"),
        out("assistant"),
        cmd.LetBackIn(sitting_id=SITTING, participant_id="examiner-1"),
        mute("examiner-1", audio=False),
    ):
        story.act("chair", command)
        count = len(story.drafts)
        story.act("chair", command)
        assert len(story.drafts) == count


@pytest.mark.parametrize("command", [mute("candidate"), out("candidate")])
def test_the_clock_never_runs_on_a_silenced_candidate(command: cmd.Command) -> None:
    story = running()
    refused(story, "chair", command, "pause_first")
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    story.act("chair", command)
    assert sitting_of(story).muted or sitting_of(story).sent_out
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    assert not sitting_of(story).muted
    assert not sitting_of(story).sent_out


def test_the_chair_stays_and_so_does_the_minimum_of_the_commission() -> None:
    story = running()
    refused(story, "organiser", mute("chair"), "chair_stays")
    refused(story, "organiser", out("chair"), "chair_stays")
    story.act("chair", out("examiner-1"))
    refused(story, "chair", out("examiner-3"), "commission_incomplete")
    refused(story, "chair", mute("examiner-3"), "commission_incomplete")


def test_who_is_not_in_the_sitting_is_out_of_reach() -> None:
    refused(running(), "chair", mute("examiner-4"), "not_in_sitting")


def test_after_the_sitting_nobody_is_muted_any_more() -> None:
    story = running()
    story.close_sitting()
    refused(story, "chair", mute("assistant"), "illegal_transition")
