"""The deliberation: who counts, what is decided, and what it waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import BRITTANY, DAY_MS, DEIS, SITTING, Story, definition, people, person
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Attendance, Role

PROPOSE = cmd.ProposeDecision(candidate_id="candidate", outcome="full")
ADOPT = cmd.AdoptDecision(candidate_id="candidate")
CLOSE = cmd.CloseDeliberation()
WITHOUT = cmd.ContinueWithout(participant_id="examiner-1", reason="Liaison perdue, non rétablie.")
JURY = ("chair", "examiner-1", "examiner-2")


def closed_sitting() -> Story:
    story = Story()
    story.open_sitting()
    story.close_sitting()
    return story


def in_session(*present: str) -> Story:
    """The sitting is over, the deliberation open, `present` (everyone by default) answered."""
    story = closed_sitting()
    story.act("chair", cmd.OpenDeliberation())
    for who in present or JURY:
        answer(story, who)
    return story


def answer(story: Story, who: str, attendance: Attendance | None = None) -> None:
    story.answer(who, attendance)


def ballot(story: Story, who: str, how: ev.Ballot) -> None:
    story.act(who, cmd.CastVote(candidate_id="candidate", ballot=how))


def cut_off(story: Story, who: str) -> None:
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id=who))


# --- opening and roll call ------------------------------------------------------------------


def test_the_jury_meets_after_the_last_sitting() -> None:
    story = Story()
    refused(story, "chair", cmd.OpenDeliberation(), "sittings_not_ended")
    story.open_sitting()
    refused(story, "chair", cmd.OpenDeliberation(), "sittings_not_ended")
    story.close_sitting()
    story.act("chair", cmd.OpenDeliberation())
    refused(story, "chair", cmd.OpenDeliberation(), "illegal_transition")


@pytest.mark.parametrize(
    "command",
    [
        cmd.AnswerRollCall(participant_id="chair", attendance="on_site"),
        PROPOSE,
        cmd.CastVote(candidate_id="candidate", ballot="for"),
        ADOPT,
        CLOSE,
    ],
    ids=lambda command: command.command,
)
def test_nothing_is_decided_outside_a_deliberation(command: cmd.Command) -> None:
    refused(closed_sitting(), "chair", command, "deliberation_not_open")


@pytest.mark.parametrize("stranger", ["candidate", "organiser", "manager", "invigilator"])
def test_only_the_jury_is_called(stranger: str) -> None:
    story = in_session()
    command = cmd.AnswerRollCall(participant_id=stranger, attendance="on_site")
    refused(story, "chair", command, "not_a_member")


def test_a_member_whose_identity_nobody_checked_does_not_answer() -> None:
    story = in_session()
    story.session.checks.pop("examiner-1")
    command = cmd.AnswerRollCall(participant_id="examiner-1", attendance="remote")
    refused(story, "chair", command, "identity_unchecked")
    answer(story, "examiner-1", "absent")


@pytest.mark.requirement("J2")
def test_a_member_cut_off_does_not_answer_from_a_distance() -> None:
    story = in_session()
    cut_off(story, "examiner-1")
    command = cmd.AnswerRollCall(participant_id="examiner-1", attendance="remote")
    refused(story, "chair", command, "member_cut_off")
    answer(story, "examiner-1", "on_site")  # in the room it is seen to


@pytest.mark.requirement("J4")
def test_attendance_is_continuous_and_of_one_kind_at_a_time() -> None:
    story = in_session()
    first_ms = story.now_ms
    story.wait(60)
    answer(story, "examiner-1", "on_site")
    story.wait(60)
    answer(story, "examiner-1", "absent")
    mine = [
        (interval.attendance, interval.start_ms - first_ms, interval.end_ms)
        for interval in story.session.deliberation.intervals
        if interval.participant_id == "examiner-1"
    ]
    assert mine == [
        ("remote", 0, first_ms + 60_000),
        ("on_site", 60_000, first_ms + 120_000),
        ("absent", 120_000, None),
    ]
    assert story.session.deliberation.present() == ["chair", "examiner-2"]


# --- proposing ------------------------------------------------------------------------------


@pytest.mark.parametrize("present", [("chair",), ("examiner-1", "examiner-2")])
def test_without_a_quorum_and_the_chair_nothing_is_proposed(present: tuple[str, ...]) -> None:
    refused(in_session(*present), "chair", PROPOSE, "quorum_not_met")


@pytest.mark.requirement("J6")
@pytest.mark.parametrize(
    ("outcome", "blocks", "code"),
    [
        ("partial", (), "blocks_unfit"),
        ("full", (DEIS.blocks[0],), "blocks_unfit"),
        ("none", (DEIS.blocks[0],), "blocks_unfit"),
        ("partial", (DEIS.blocks[0], DEIS.blocks[0]), "blocks_unfit"),
        ("partial", ("Bloc 9",), "block_unknown"),
    ],
)
def test_blocks_go_with_a_partial_decision(
    outcome: ev.Outcome, blocks: tuple[str, ...], code: str
) -> None:
    command = cmd.ProposeDecision(candidate_id="candidate", outcome=outcome, blocks=blocks)
    refused(in_session(), "chair", command, code)


def test_only_a_candidate_is_decided_on() -> None:
    command = cmd.ProposeDecision(candidate_id="examiner-1", outcome="full")
    refused(in_session(), "chair", command, "participant_unknown")


@pytest.mark.requirement("D9")
def test_nothing_of_a_postponed_sitting_counts() -> None:
    story = Story()
    story.open_sitting()
    story.act("chair", cmd.RequestPostponement(sitting_id=SITTING, reason="Coupures"))
    story.act("organiser", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("invigilator", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("chair", cmd.OpenDeliberation())
    for who in JURY:
        answer(story, who)
    refused(story, "chair", PROPOSE, "nothing_to_decide")
    story.act("chair", CLOSE)


def test_a_candidate_heard_again_after_a_postponement_is_decided_on() -> None:
    plain = definition()
    again = replace(plain.sittings[0], sitting_id="sitting-2", planned_ms=DAY_MS + 3_600_000)
    story = Story(replace(plain, sittings=(*plain.sittings, again)))
    story.open_sitting()
    story.act("chair", cmd.RequestPostponement(sitting_id=SITTING, reason="Coupures"))
    story.act("organiser", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("invigilator", cmd.AgreePostponement(sitting_id=SITTING))
    story.open_sitting("sitting-2")
    story.close_sitting("sitting-2")
    story.deliberate()
    assert story.session.deliberation.decisions["candidate"].adopted is not None


def test_an_absent_candidate_needs_no_decision() -> None:
    story = Story()
    story.act("invigilator", cmd.MarkAbsent(sitting_id=SITTING))
    story.act("chair", cmd.OpenDeliberation())
    story.act("chair", CLOSE)
    assert story.session.deliberation.closed_ms == story.now_ms


# --- voting ---------------------------------------------------------------------------------


def test_there_is_no_vote_without_a_proposal() -> None:
    story = in_session()
    vote = cmd.CastVote(candidate_id="candidate", ballot="for")
    refused(story, "examiner-1", vote, "decision_not_proposed")
    refused(story, "chair", ADOPT, "decision_not_proposed")


def test_only_who_is_present_votes() -> None:
    story = in_session("chair", "examiner-1")
    story.act("chair", PROPOSE)
    vote = cmd.CastVote(candidate_id="candidate", ballot="for")
    refused(story, "examiner-2", vote, "not_present")


def test_a_member_on_another_device_is_checked_before_they_vote() -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who in JURY:
        ballot(story, who, "for")
    story.session.checks.pop("examiner-1")
    vote = cmd.CastVote(candidate_id="candidate", ballot="against")
    refused(story, "examiner-1", vote, "identity_unchecked")
    refused(story, "chair", ADOPT, "identity_unchecked")


def test_a_new_proposal_wants_new_votes() -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who in JURY:
        ballot(story, who, "for")
    story.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="none"))
    assert refused(story, "chair", ADOPT, "votes_missing").detail == {"missing": 3}


def test_a_member_may_change_their_vote_until_the_decision() -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who in JURY:
        ballot(story, who, "against")
    refused(story, "chair", ADOPT, "no_majority")
    for who in JURY[:2]:
        ballot(story, who, "for")
    story.act("chair", ADOPT)
    adopted = story.session.deliberation.decisions["candidate"].adopted
    assert adopted is not None
    assert (adopted.votes_for, adopted.votes_against, adopted.abstentions) == (2, 1, 0)


@pytest.mark.parametrize(
    ("ballots", "carries"),
    [
        (("for", "for", "for"), True),
        (("for", "abstain", "abstain"), True),
        (("for", "against", "abstain"), False),
        (("abstain", "abstain", "abstain"), False),
        (("against", "against", "for"), False),
    ],
)
def test_a_majority_of_what_was_said(ballots: tuple[ev.Ballot, ...], carries: bool) -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who, how in zip(JURY, ballots, strict=True):
        ballot(story, who, how)
    if carries:
        story.act("chair", ADOPT)
        assert story.session.deliberation.decisions["candidate"].adopted is not None
    else:
        refused(story, "chair", ADOPT, "no_majority")


@pytest.mark.requirement("J5")
def test_no_decision_while_a_member_at_a_distance_is_cut_off() -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who in JURY:
        ballot(story, who, "for")
    cut_off(story, "examiner-1")
    refused(story, "chair", ADOPT, "member_cut_off")
    absent = cmd.AnswerRollCall(participant_id="examiner-1", attendance="absent")
    refused(story, "chair", absent, "continuation_needed")
    story.act("chair", WITHOUT)  # a quorum remains
    story.act("chair", ADOPT)
    adopted = story.session.deliberation.decisions["candidate"].adopted
    assert adopted is not None
    assert adopted.votes_for == 2  # the vote of who is absent now does not count


@pytest.mark.requirement("J5")
def test_a_quorum_must_remain() -> None:
    story = in_session()
    story.act("chair", PROPOSE)
    for who in JURY:
        ballot(story, who, "for")
    answer(story, "examiner-1", "absent")
    answer(story, "examiner-2", "absent")
    assert refused(story, "chair", ADOPT, "quorum_not_met").detail == {"present": 1, "minimum": 2}


def test_a_decision_is_taken_once() -> None:
    story = in_session()
    story.vote("candidate", "full")
    refused(story, "chair", PROPOSE, "already_decided")
    refused(story, "chair", ADOPT, "already_decided")
    vote = cmd.CastVote(candidate_id="candidate", ballot="against")
    refused(story, "examiner-1", vote, "already_decided")


# --- closing and the seal -------------------------------------------------------------------


def test_closing_waits_for_every_decision() -> None:
    story = in_session()
    assert refused(story, "chair", CLOSE, "undecided_candidate").detail == {
        "candidate_id": "candidate"
    }
    story.act("chair", PROPOSE)
    refused(story, "chair", CLOSE, "undecided_candidate")


def test_closing_ends_every_attendance() -> None:
    story = in_session()
    story.vote("candidate", "partial", (DEIS.blocks[0],))
    story.wait(10)
    story.act("chair", CLOSE)
    ends = {interval.end_ms for interval in story.session.deliberation.intervals}
    assert ends == {story.now_ms}
    refused(story, "chair", cmd.OpenDeliberation(), "illegal_transition")


@pytest.mark.parametrize(
    ("by", "command"),
    [
        ("candidate", cmd.CallHelp()),
        ("invigilator", cmd.CheckIdentity(participant_id="candidate", document="other")),
        ("chair", cmd.OpenDeliberation()),
        ("examiner-1", cmd.CastVote(candidate_id="candidate", ballot="for")),
    ],
    ids=lambda value: value if isinstance(value, str) else value.command,
)
def test_after_the_seal_nothing_more_is_done(by: str, command: cmd.Command) -> None:
    story = in_session()
    story.vote("candidate", "full")
    story.act("chair", CLOSE)
    story.seal()
    refused(story, by, command, "record_sealed")


def test_access_can_be_withdrawn_after_the_seal() -> None:
    story = in_session()
    story.observe(
        ev.InvitationIssued(
            at_ms=story.now_ms,
            invitation_id="link",
            participant_id="candidate",
            secret_digest="0",
            code_digest=None,
            not_before_ms=0,
            expires_ms=story.now_ms,
        )
    )
    story.vote("candidate", "full")
    story.act("chair", CLOSE)
    story.seal()
    story.act("organiser", cmd.RevokeInvitation(participant_id="candidate"))
    assert story.session.access["link"].is_revoked


@pytest.mark.requirement("J6")
def test_every_candidate_heard_is_decided_on() -> None:
    plain = definition()
    other = person("candidate-2", "Cléo", "Candidate", Role.CANDIDATE, BRITTANY, "on_site")
    second = replace(
        plain.sittings[0],
        sitting_id="sitting-2",
        candidate_id="candidate-2",
        planned_ms=DAY_MS + 3_600_000,
    )
    story = Story(
        replace(plain, participants=(*people(), other), sittings=(*plain.sittings, second))
    )
    for sitting_id in (SITTING, "sitting-2"):
        story.open_sitting(sitting_id)
        story.close_sitting(sitting_id)
    story.act("chair", cmd.OpenDeliberation())
    for who in JURY:
        answer(story, who)
    story.vote("candidate", "full")
    refusal = refused(story, "chair", CLOSE, "undecided_candidate")
    assert refusal.detail == {"candidate_id": "candidate-2"}
