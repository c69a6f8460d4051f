"""The technical test: who opens and closes it, what ends it, who is let in."""

from __future__ import annotations

import pytest

from tests.builders import Story
from tests.stages import CAST, REASON, brought
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.exam.technical_test import is_in_test

pytestmark = pytest.mark.requirement("B5")

STAFF = {
    *("organiser", "host-organiser", "third-organiser", "organiser-2", "manager", "manager-2"),
    *("invigilator", "third-invigilator", "technician"),
}
STATIONS = {"station-1", "station-2", "station-3"}


def let_in(story: Story) -> set[str]:
    everyone = (*story.session.participants, *story.session.stations.known)
    return {who for who in everyone if is_in_test(story.session, who)}


@pytest.mark.parametrize("who", ["organiser", "host-organiser", "invigilator", "manager"])
@pytest.mark.parametrize("whole", ["draft", "open", "in_progress", "suspended"])
def test_either_office_opens_it_for_all_the_staff_and_any_of_them_closes_it(
    whole: str, who: str
) -> None:
    story = brought(whole, "cancelled")
    assert let_in(story) == set()
    story.act(who, cmd.OpenTechnicalTest())
    assert let_in(story) == STAFF | STATIONS
    story.act("third-invigilator", cmd.CloseTechnicalTest())
    assert let_in(story) == set()


def test_opened_or_closed_twice_it_is_said_once() -> None:
    story = brought("open", "scheduled")
    for act in (cmd.CloseTechnicalTest(), cmd.OpenTechnicalTest(), cmd.OpenTechnicalTest()):
        story.act("organiser", act)
    told = [d.event for d in story.drafts if isinstance(d.event, ev.TechnicalTestOpened)]
    assert [event.participant_id for event in told] == ["organiser"]
    assert not any(isinstance(d.event, ev.TechnicalTestClosed) for d in story.drafts)


@pytest.mark.requirement("J6")
def test_the_deliberation_ends_it_and_lets_nobody_open_it_again() -> None:
    story = brought("in_progress", "closed")
    story.act("organiser", cmd.OpenTechnicalTest())
    story.act("chair", cmd.OpenDeliberation())
    assert let_in(story) == set()
    for who in CAST:
        with pytest.raises(ExamError):
            story.act(who, cmd.OpenTechnicalTest())
    assert let_in(story) == set()


@pytest.mark.parametrize(
    "given_up",
    [
        cmd.CancelSession(reason=REASON),
        cmd.MoveSession(reason=REASON, to_session_id="deis-2027"),
    ],
    ids=["cancelled", "moved"],
)
def test_a_session_that_is_given_up_has_none(given_up: cmd.Command) -> None:
    story = brought("open", "cancelled")
    story.act("organiser", cmd.OpenTechnicalTest())
    story.act("organiser", given_up)
    assert let_in(story) == set()


def test_who_withdrew_is_not_let_in() -> None:
    story = brought("open", "scheduled")
    story.act("organiser", cmd.OpenTechnicalTest())
    story.act("organiser", cmd.WithdrawParticipant(participant_id="technician", reason="Parti"))
    assert let_in(story) == (STAFF | STATIONS) - {"technician"}
