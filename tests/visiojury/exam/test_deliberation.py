"""The deliberation walked whole: every stage × act × role, and anything in any order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.builders import Story
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.agenda import undecided
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.people import Attendance
from visiojury.exam.register import counting, is_cut_off, out_for, presiding
from visiojury.exam.state import Session

JURY = ("chair", "examiner-1", "examiner-2")
WHO = st.sampled_from(JURY)
ACTS: dict[str, cmd.Command] = {
    one.command: one
    for one in (
        cmd.OpenDeliberation(),
        cmd.TryHearing(participant_id="examiner-1", hears=True, is_heard=True),
        cmd.AnswerRollCall(participant_id="examiner-1", attendance="remote"),
        cmd.ContinueWithout(participant_id="examiner-1", reason="Liaison perdue."),
        cmd.RecuseMember(participant_id="examiner-1", candidate_id="candidate", reason="Tuteur."),
        cmd.ShowDocument(title="Livret", sha256="ab" * 32, size_bytes=1),
        cmd.TakeUpCandidate(candidate_id="candidate"),
        cmd.ProposeDecision(candidate_id="candidate", outcome="full"),
        cmd.CastVote(candidate_id="candidate", ballot="for"),
        cmd.AdoptDecision(candidate_id="candidate"),
        cmd.CloseDeliberation(),
    )
}
OUTSIDE = ("organiser", "manager", "invigilator", "candidate")
BY_THE_CHAIR = {
    "open_deliberation",
    "try_hearing",
    "answer_roll_call",
    "continue_without",
    "close_deliberation",
}


def heard() -> Story:
    story = Story()
    story.open_sitting()
    story.close_sitting()
    return story


def opened() -> Story:
    story = heard()
    story.act("chair", cmd.OpenDeliberation())
    return story


def called() -> Story:
    story = opened()
    for who in JURY:
        story.answer(who)
    return story


def cut() -> Story:
    story = called()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-1"))
    return story


def voted() -> Story:
    story = called()
    story.act("chair", ACTS["propose_decision"])
    for who in JURY:
        story.act(who, ACTS["cast_vote"])
    return story


def voted_then_cut() -> Story:
    story = voted()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-1"))
    return story


def decided() -> Story:
    story = voted()
    story.act("chair", ACTS["adopt_decision"])
    return story


def sealed() -> Story:
    story = decided()
    story.act("chair", cmd.CloseDeliberation())
    story.seal()
    return story


STAGES: tuple[Callable[[], Story], ...] = (
    heard,
    opened,
    called,
    cut,
    voted,
    voted_then_cut,
    decided,
    sealed,
)
# Which acts the chair can do at each stage, written out once more; all else is refused.
LEGAL: dict[str, set[str]] = {
    "open_deliberation": {"heard"},
    "try_hearing": {"opened", "called", "voted", "decided"},
    "answer_roll_call": {"called", "voted", "decided"},
    "continue_without": {"cut", "voted_then_cut"},
    "recuse_member": {"heard", "opened", "called", "cut", "voted", "voted_then_cut"},
    "show_document": {"called", "cut", "voted", "voted_then_cut", "decided"},
    "take_up_candidate": {"opened", "called", "cut", "voted", "voted_then_cut"},
    "propose_decision": {"called", "cut", "voted", "voted_then_cut"},
    "cast_vote": {"voted", "voted_then_cut"},
    "adopt_decision": {"voted"},
    "close_deliberation": {"decided"},
}


def code_of(story: Story, by: str, command: cmd.Command) -> str | None:
    actor = story.session.participant(by)
    try:
        decide(story.session, command, actor=actor, now_ms=story.now_ms)
    except ExamError as refusal:
        return refusal.code
    return None


@pytest.mark.requirement("J5", "J6")
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_every_act_at_every_stage_by_everyone(stage: Callable[[], Story]) -> None:
    story, name = stage(), stage.__name__
    for command, act in ACTS.items():
        refusals = {who: code_of(story, who, act) for who in story.session.participants}
        assert (refusals["chair"] is None) == (name in LEGAL[command]), (command, refusals)
        assert {refusals[who] for who in OUTSIDE} == {"not_allowed"}, command
        if command in BY_THE_CHAIR:
            assert refusals["examiner-2"] == "not_allowed"
        if command in {"propose_decision", "adopt_decision", "take_up_candidate"}:
            assert refusals["examiner-2"] is not None
    assert set(LEGAL) == set(ACTS)


class AMeeting(RuleBasedStateMachine):
    """Members come, go, are cut off and put out; whatever is adopted was adopted by right."""

    @initialize()
    def begin(self) -> None:
        self.story = opened()

    def attempt(self, by: str, command: cmd.Command) -> bool:
        self.story.wait(1)
        try:
            self.story.act(by, command)
        except ExamError:
            return False
        return True

    @rule(who=WHO, how=st.sampled_from(get_args(Attendance)), hears=st.booleans())
    def is_called(self, who: str, how: Attendance, hears: bool) -> None:
        self.attempt("chair", cmd.TryHearing(participant_id=who, hears=hears, is_heard=True))
        done = self.attempt("chair", cmd.AnswerRollCall(participant_id=who, attendance=how))
        if done and how == "remote":
            assert not is_cut_off(self.story.session, who)

    @rule(who=WHO)
    def is_lost(self, who: str) -> None:
        self.story.observe(ev.MediaDisconnected(at_ms=self.story.now_ms, participant_id=who))

    @rule(who=WHO)
    def comes_back(self, who: str) -> None:
        self.story.connect(who)
        state = self.story.session.media_of(who).streams["audio"]
        if state.interrupted_ms is not None:
            self.story.observe(
                ev.MediaRestored(
                    at_ms=self.story.now_ms, participant_id=who, stream="audio", cause="uplink"
                )
            )

    @rule(who=WHO)
    def is_left_out(self, who: str) -> None:
        was_cut_off = is_cut_off(self.story.session, who)
        if self.attempt("chair", cmd.ContinueWithout(participant_id=who, reason="Perdu.")):
            assert was_cut_off
            assert "chair" in self.story.session.deliberation.present()

    @rule(by=WHO, who=WHO)
    def is_recused(self, by: str, who: str) -> None:
        done = self.attempt(
            by, cmd.RecuseMember(participant_id=who, candidate_id="candidate", reason="Lien.")
        )
        assert not done or by in {"chair", who}

    @rule(by=WHO)
    def is_taken_up(self, by: str) -> None:
        self.attempt(by, ACTS["take_up_candidate"])

    @rule(by=WHO)
    def is_proposed(self, by: str) -> None:
        self.attempt(by, ACTS["propose_decision"])

    @rule(who=WHO)
    def votes(self, who: str) -> None:
        if self.attempt(who, ACTS["cast_vote"]):
            assert who not in out_for(self.story.session, "candidate")

    @rule(by=WHO)
    def is_adopted(self, by: str) -> None:
        session = self.story.session
        counted = counting(session, "candidate")
        cut_off = [who for who in counted if is_cut_off(session, who)]
        president = presiding(session, "candidate")
        if not self.attempt(by, ACTS["adopt_decision"]):
            return
        adopted = session.deliberation.decisions["candidate"].adopted
        assert adopted is not None
        assert by == president
        assert cut_off == []
        votes = adopted.votes_for + adopted.votes_against + adopted.abstentions
        assert votes == len(counted) >= session.info.diploma.commission_minimum

    @rule()
    def is_closed(self) -> None:
        left = undecided(self.story.session)
        if self.attempt("chair", cmd.CloseDeliberation()):
            assert left == []

    @invariant()
    def each_attends_in_one_way_at_a_time(self) -> None:
        if not hasattr(self, "story"):
            return
        for who in JURY:
            mine = [i for i in self.story.session.deliberation.intervals if i.participant_id == who]
            for before, after in pairwise(mine):
                assert before.end_ms == after.start_ms
            assert sum(i.end_ms is None for i in mine) <= 1

    def teardown(self) -> None:
        """A second fold of the same events gives the same deliberation."""
        if not hasattr(self, "story"):
            return
        again = Session()
        for draft in self.story.drafts:
            again.apply(draft.event, by=draft.actor.participant_id if draft.actor else None)
        assert again.deliberation == self.story.session.deliberation


AMeeting.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestAMeeting = pytest.mark.requirement("J2", "J4", "J5")(AMeeting.TestCase)
