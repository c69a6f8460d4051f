"""Who takes part and how, at any moment; and who is out for a candidate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaling.stage import place_of
from signaling.views import view_for
from tests.builders import BRITTANY, SITTING, Story, definition, people, person
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.register import Presence, departures, out_for, presiding, register

SECOND = "candidate-2"
JURY = ("chair", "examiner-1", "examiner-2")


def two_candidates() -> Story:
    """Both were heard; the deliberation is open and everybody answered."""
    plain = definition()
    other = person(SECOND, "Cléo", "Candidate", Role.CANDIDATE, BRITTANY, "on_site")
    second = replace(
        plain.sittings[0],
        sitting_id="sitting-2",
        candidate_id=SECOND,
        planned_ms=plain.sittings[0].planned_ms + 7_200_000,
    )
    story = Story(
        replace(plain, participants=(*people(), other), sittings=(*plain.sittings, second))
    )
    for sitting_id in (SITTING, "sitting-2"):
        story.open_sitting(sitting_id)
        story.close_sitting(sitting_id)
    story.act("chair", cmd.OpenDeliberation())
    for who in JURY:
        story.answer(who)
    return story


def recuse(story: Story, by: str, who: str, candidate_id: str = "candidate") -> None:
    story.act(
        by, cmd.RecuseMember(participant_id=who, candidate_id=candidate_id, reason="Ancien tuteur.")
    )


def places(story: Story) -> dict[str, str]:
    return {who: place_of(story.session, who)[0] for who in JURY}


# --- the register ---------------------------------------------------------------------------


@pytest.mark.requirement("J1")
def test_the_register_says_of_each_all_that_must_be_shown() -> None:
    story = two_candidates()
    story.observe(
        ev.InvitationIssued(
            at_ms=story.now_ms,
            invitation_id="link",
            participant_id="examiner-1",
            secret_digest="0",
            code_digest="1",
            not_before_ms=0,
            expires_ms=story.now_ms + 1,
        )
    )
    # Before it is redeemed it lets nobody in.
    assert line(story, "examiner-1").authentication is None
    story.session.access["link"].device_key = "key-examiner-1"
    seen = line(story, "examiner-1")
    assert (seen.name, seen.role, seen.votes) == ("Émile Examinateur", Role.EXAMINER, True)
    assert (seen.attendance, seen.place, seen.authentication) == (
        "remote",
        None,
        "invitation+code",
    )
    assert seen.check is not None
    assert (seen.check.checked_by, seen.check.document) == ("organiser", "identity_card")
    assert (seen.connection, seen.since_ms) == ("sha-256 AB:CD", story.now_ms)
    assert seen.is_connected
    assert (seen.device_key, seen.missing) == ("key-examiner-1", None)
    chair = line(story, "chair")
    assert (chair.attendance, chair.place) == ("on_site", "DREETS Grand Est")
    candidate = line(story, "candidate")
    assert (candidate.votes, candidate.attendance) == (False, None)


def line(story: Story, who: str) -> Presence:
    return next(one for one in register(story.session) if one.participant_id == who)


@pytest.mark.requirement("J1", "J4")
def test_where_a_member_on_site_is_can_be_said() -> None:
    story = two_candidates()
    story.wait(5)
    command = cmd.AnswerRollCall(
        participant_id="examiner-1", attendance="on_site", place="Site de Nancy, salle 4"
    )
    story.act("chair", command)
    seen = line(story, "examiner-1")
    assert (seen.attendance, seen.place, seen.since_ms) == (
        "on_site",
        "Site de Nancy, salle 4",
        story.now_ms,
    )


@pytest.mark.requirement("J2")
def test_who_is_cut_off_is_shown_as_such_at_once() -> None:
    story = two_candidates()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-1"))
    assert {one.participant_id for one in register(story.session) if one.is_cut_off} == {
        "examiner-1"
    }
    gone = line(story, "examiner-1")
    assert (gone.connection, gone.is_connected, gone.link_ms) == (None, False, story.now_ms)
    for who in JURY:
        view = view_for(story.session, who, story.now_ms)
        assert view.register_lines["examiner-1"].is_cut_off


# --- members who are out --------------------------------------------------------------------


@pytest.mark.requirement("J5")
def test_who_is_out_neither_votes_nor_counts_and_leaves_the_meeting() -> None:
    story = two_candidates()
    recuse(story, "examiner-1", "examiner-1")
    propose = cmd.ProposeDecision(candidate_id="candidate", outcome="full")
    # Nobody speaks of the candidate in front of who is out.
    refused(story, "chair", propose, "candidate_not_taken_up")
    story.act("chair", cmd.TakeUpCandidate(candidate_id="candidate"))
    assert places(story) == {
        "chair": "deliberation",
        "examiner-1": "waiting",
        "examiner-2": "deliberation",
    }
    start_ms = story.now_ms
    story.act("chair", propose)
    vote = cmd.CastVote(candidate_id="candidate", ballot="for")
    refused(story, "examiner-1", vote, "member_recused")
    view = view_for(story.session, "examiner-1", story.now_ms).deliberation
    assert view is not None
    assert view.decisions == {}
    for who in ("chair", "examiner-2"):
        story.wait(3)
        story.act(who, vote)
    story.act("chair", cmd.AdoptDecision(candidate_id="candidate"))
    adopted = story.session.deliberation.decisions["candidate"].adopted
    assert adopted is not None
    assert adopted.votes_for == 2
    assert set(places(story).values()) == {"deliberation"}
    (left,) = departures(story.session)
    assert (left.participant_id, left.candidate_id) == ("examiner-1", "candidate")
    assert (left.start_ms, left.end_ms) == (start_ms, story.now_ms)
    story.vote(SECOND, "full")  # everybody decides on the other candidate
    second = story.session.deliberation.decisions[SECOND].adopted
    assert second is not None
    assert second.votes_for == 3


@pytest.mark.requirement("J5", "B8")
def test_a_relation_declared_before_keeps_the_member_out() -> None:
    story = two_candidates()
    story.observe(
        ev.RelationDeclared(
            at_ms=story.now_ms, examiner_id="examiner-2", candidate_id=SECOND, kind="employer"
        )
    )
    assert out_for(story.session, SECOND) == {"examiner-2"}
    assert out_for(story.session, "candidate") == set()
    story.act("chair", cmd.TakeUpCandidate(candidate_id=SECOND))
    assert places(story)["examiner-2"] == "waiting"
    recuse(story, "examiner-2", "examiner-2", SECOND)  # known already
    assert story.session.deliberation.recused == {}


@pytest.mark.requirement("J5")
def test_a_vote_given_before_the_recusal_does_not_count() -> None:
    story = two_candidates()
    story.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="full"))
    for who in JURY:
        story.act(who, cmd.CastVote(candidate_id="candidate", ballot="for"))
    recuse(story, "chair", "examiner-2")
    story.act("chair", cmd.AdoptDecision(candidate_id="candidate"))
    adopted = story.session.deliberation.decisions["candidate"].adopted
    assert adopted is not None
    assert adopted.votes_for == 2


@pytest.mark.requirement("J5")
def test_where_the_chair_is_out_the_first_member_present_presides() -> None:
    story = two_candidates()
    recuse(story, "chair", "chair")
    assert presiding(story.session, "candidate") == "examiner-1"
    assert presiding(story.session, SECOND) == "chair"
    propose = cmd.ProposeDecision(candidate_id="candidate", outcome="none")
    story.act("chair", cmd.TakeUpCandidate(candidate_id="candidate"))
    refused(story, "chair", propose, "not_presiding")
    refused(story, "examiner-2", propose, "not_presiding")
    story.act("examiner-1", propose)
    for who in ("examiner-1", "examiner-2"):
        story.act(who, cmd.CastVote(candidate_id="candidate", ballot="for"))
    refused(story, "examiner-2", cmd.AdoptDecision(candidate_id="candidate"), "not_presiding")
    story.act("examiner-1", cmd.AdoptDecision(candidate_id="candidate"))
    assert places(story)["chair"] == "deliberation"


@pytest.mark.requirement("J5")
def test_without_a_quorum_of_those_who_may_decide_nothing_is_decided() -> None:
    story = two_candidates()
    for who in ("examiner-1", "examiner-2"):
        recuse(story, "chair", who)
    story.act("chair", cmd.TakeUpCandidate(candidate_id="candidate"))
    refused(
        story,
        "chair",
        cmd.ProposeDecision(candidate_id="candidate", outcome="full"),
        "quorum_not_met",
    )


def test_only_the_chair_puts_another_member_out() -> None:
    story = two_candidates()
    command = cmd.RecuseMember(participant_id="chair", candidate_id="candidate", reason="Collègue")
    refused(story, "examiner-1", command, "recusal_of_another")
    stranger = replace(command, participant_id="organiser")
    refused(story, "chair", stranger, "not_a_member")
    refused(story, "chair", replace(command, candidate_id="examiner-1"), "nothing_to_decide")
    story.vote("candidate", "full")
    refused(story, "chair", command, "already_decided")


# --- hearing, going on, documents -----------------------------------------------------------


@pytest.mark.requirement("J2")
def test_a_remote_member_answers_once_both_directions_were_tried() -> None:
    story = two_candidates()
    answer = cmd.AnswerRollCall(participant_id="examiner-1", attendance="remote")
    story.connect("examiner-1")  # again: the test was of another connection
    story.wait(1)
    story.connect("examiner-1")
    refused(story, "chair", answer, "hearing_untested")
    for hears, is_heard in ((True, False), (False, True), (False, False)):
        story.act(
            "chair", cmd.TryHearing(participant_id="examiner-1", hears=hears, is_heard=is_heard)
        )
        refused(story, "chair", answer, "hearing_untested")
    story.hear("examiner-1")
    story.act("chair", answer)
    assert line(story, "examiner-1").attendance == "remote"


@pytest.mark.requirement("J2", "J5")
def test_a_member_who_failed_the_test_is_as_good_as_cut_off() -> None:
    story = two_candidates()
    story.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="full"))
    for who in JURY:
        story.act(who, cmd.CastVote(candidate_id="candidate", ballot="for"))
    story.act("chair", cmd.TryHearing(participant_id="examiner-1", hears=False, is_heard=True))
    refused(story, "chair", cmd.AdoptDecision(candidate_id="candidate"), "member_cut_off")


@pytest.mark.requirement("J5")
def test_the_deliberation_goes_on_without_a_member_by_an_act_with_its_reason() -> None:
    story = two_candidates()
    command = cmd.ContinueWithout(participant_id="examiner-1", reason="Liaison perdue.")
    refused(story, "chair", command, "member_not_cut_off")
    for who in ("examiner-1", "examiner-2"):
        story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id=who))
    story.act("chair", command)
    assert story.session.deliberation.present() == ["chair", "examiner-2"]
    assert [one.reason for one in story.session.deliberation.continued] == ["Liaison perdue."]
    # A quorum must remain.
    refused(story, "chair", replace(command, participant_id="examiner-2"), "quorum_not_met")
    story.wait(30)
    story.connect("examiner-1")
    story.observe(
        ev.MediaRestored(
            at_ms=story.now_ms, participant_id="examiner-1", stream="audio", cause="uplink"
        )
    )
    story.answer("examiner-1")  # back by the roll call
    assert set(story.session.deliberation.present()) == set(JURY)


@pytest.mark.requirement("J3")
def test_a_document_shown_to_one_is_shown_to_all() -> None:
    story = two_candidates()
    command = cmd.ShowDocument(title="Livret 2", sha256="ab" * 32, size_bytes=1000)
    story.act("examiner-2", command)
    story.act("chair", command)  # it is before them already
    for who in JURY:
        view = view_for(story.session, who, story.now_ms).deliberation
        assert view is not None
        (shown,) = view.documents.values()
        assert (shown.title, shown.at_ms) == ("Livret 2", story.now_ms)
    assert view_for(story.session, "organiser", story.now_ms).deliberation is None
    story.act("chair", cmd.AnswerRollCall(participant_id="examiner-2", attendance="absent"))
    refused(story, "examiner-2", replace(command, sha256="cd" * 32), "not_present")


@pytest.mark.requirement("D9", "J6")
def test_nothing_of_a_performance_that_does_not_count_reaches_the_jury() -> None:
    plain = definition()
    again = replace(
        plain.sittings[0],
        sitting_id="sitting-2",
        planned_ms=plain.sittings[0].planned_ms + 7_200_000,
    )
    story = Story(replace(plain, sittings=(*plain.sittings, again)))
    story.open_sitting()
    story.cut("candidate", 20.0)
    story.act("chair", cmd.RequestPostponement(sitting_id=SITTING, reason="Coupures"))
    story.act("organiser", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("invigilator", cmd.AgreePostponement(sitting_id=SITTING))
    story.act("invigilator", cmd.MarkAbsent(sitting_id="sitting-2"))
    story.act("chair", cmd.OpenDeliberation())
    view = view_for(story.session, "chair", story.now_ms)
    assert view.sittings == {}
    assert view.documents == {}
    assert view.deliberation is not None
    assert view.deliberation.candidates == {}
    assert view.deliberation.left_out == {"candidate": "absent"}
    assert view.people["candidate"].name == "Camille Candidate"
    assert set(view_for(story.session, "organiser", story.now_ms).sittings) == {
        SITTING,
        "sitting-2",
    }
