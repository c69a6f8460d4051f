"""One's screen shown in a sitting: whose, from when to when, and never at the cost of exam time."""

from __future__ import annotations

import pytest

from tests.builders import SITTING, Story
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError

pytestmark = pytest.mark.requirement("J3", "T1")

SHARE = cmd.ShareScreen(sitting_id=SITTING)
STOP = cmd.StopScreen(sitting_id=SITTING)


@pytest.fixture
def story() -> Story:
    made = Story()
    made.open_sitting()
    return made


def screens(story: Story) -> list[tuple[object, ...]]:
    """Return what the record says of screens: the event, whose, and by whom."""
    return [
        (draft.event.type, draft.event.participant_id, draft.actor and draft.actor.participant_id)
        for draft in story.drafts
        if isinstance(draft.event, ev.ScreenShared | ev.ScreenStopped)
    ]


def refused(story: Story, by: str, command: cmd.Command) -> str:
    with pytest.raises(ExamError) as refusal:
        story.act(by, command)
    return refusal.value.code


@pytest.mark.parametrize("stopper", ["candidate", "chair", "organiser"])
def test_a_screen_is_shared_and_stopped_and_both_are_on_record(story: Story, stopper: str) -> None:
    story.act("candidate", SHARE)
    story.act("candidate", SHARE)  # Pressed twice.
    assert story.session.sitting(SITTING).sharer_id == "candidate"
    story.act(stopper, STOP)
    story.act(stopper, STOP)
    assert story.session.sitting(SITTING).sharer_id is None
    assert screens(story) == [
        ("screen.shared", "candidate", "candidate"),
        ("screen.stopped", "candidate", stopper),
    ]


def test_there_is_one_screen_at_a_time_and_a_juror_stops_only_their_own(story: Story) -> None:
    story.act("candidate", SHARE)
    assert refused(story, "examiner-1", SHARE) == "screen_taken"
    assert refused(story, "examiner-1", STOP) == "screen_not_own"
    assert refused(story, "invigilator", SHARE) == "not_allowed"


def end_by_closing(story: Story) -> None:
    story.act("chair", cmd.Close(sitting_id=SITTING))


def end_by_mute(story: Story) -> None:
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    mute = cmd.SetMuted(sitting_id=SITTING, participant_id="candidate", audio=False, video=True)
    story.act("chair", mute)


def end_by_sending_out(story: Story) -> None:
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    story.act("chair", cmd.SendOut(sitting_id=SITTING, participant_id="candidate", reason="Bruit"))


def end_by_leaving(story: Story) -> None:
    gone = ev.MediaDisconnected(
        at_ms=story.now_ms,
        participant_id="candidate",
    )
    story.observe(gone)


@pytest.mark.parametrize("end", [end_by_closing, end_by_mute, end_by_sending_out, end_by_leaving])
def test_it_ends_by_itself_when_its_owner_is_not_to_be_seen(story: Story, end: object) -> None:
    story.act("candidate", SHARE)
    assert callable(end)
    end(story)
    assert story.session.sitting(SITTING).sharer_id is None
    assert screens(story)[-1] == ("screen.stopped", "candidate", None)
    assert refused(story, "candidate", SHARE) in {"illegal_transition", "picture_not_shown"}


def test_a_screen_that_stops_takes_and_gives_no_time(story: Story) -> None:
    story.act("candidate", SHARE)
    story.wait(60)
    story.act("candidate", STOP)
    sitting = story.session.sitting(SITTING)
    assert sitting.outages == []
    reading = sitting.read_clock(story.now_ms)
    assert reading is not None
    assert reading.extension_ms == 0


def test_the_deliberation_knows_no_screen(story: Story) -> None:
    story.act("examiner-1", SHARE)
    story.close_sitting()
    story.act("chair", cmd.OpenDeliberation())
    assert refused(story, "chair", SHARE) == "illegal_transition"
    assert screens(story)[-1] == ("screen.stopped", "examiner-1", None)
