"""Whose identity is checked, until when, where, on which device; what undoes it, and what then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaling.stage import place_of
from tests.builders import DAY_MS, MARTINIQUE, SITTING, Story, definition
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.exam.identity import missing
from visiojury.exam.register import register
from visiojury.exam.transitions import SittingState

CHECK = cmd.CheckIdentity(participant_id="candidate", document="passport")
ADMIT = cmd.Admit(sitting_id=SITTING)
HOUR_S = 3600
PARIS_MIDNIGHT_S = 13 * HOUR_S
"""From the day's instant of the builders."""


def received(story: Story | None = None) -> Story:
    """The candidate is checked, on the device key-1, and has signed; nobody was admitted."""
    story = story or Story()
    story.redeem("candidate", "key-1")
    story.act("invigilator", CHECK)
    story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
    story.connect("candidate")
    return story


def of(story: Story, who: str = "candidate") -> str | None:
    return missing(story.session, who)


def lapses(story: Story) -> list[ev.IdentityLapsed]:
    return [d.event for d in story.drafts if isinstance(d.event, ev.IdentityLapsed)]


def on_another_device(story: Story, who: str = "candidate") -> None:
    """Their link was made anew and is opened elsewhere; the old one is revoked."""
    story.observe(ev.InvitationRevoked(at_ms=story.now_ms, invitation_id=f"access-{who}"))
    story.redeem(who, "key-2")


# --- the day and the place ------------------------------------------------------------------


@pytest.mark.requirement("D1")
def test_a_check_holds_to_the_end_of_its_day_and_no_longer() -> None:
    story = received()
    story.now_ms = DAY_MS + PARIS_MIDNIGHT_S * 1000 - 1
    assert missing(story.session, "candidate", now_ms=story.now_ms) is None
    story.now_ms += 1
    refused(story, "invigilator", ADMIT, "identity_outdated")
    # The record says so by itself, and everybody's page with it.
    story.observe()
    assert [(one.participant_id, one.reason) for one in lapses(story)] == [("candidate", "day")]
    assert of(story) == "identity_outdated"
    story.act("invigilator", CHECK)
    story.act("invigilator", ADMIT)
    assert story.session.sitting(SITTING).state is SittingState.ADMITTED


@pytest.mark.requirement("S5", "D1")
def test_the_day_is_that_of_the_office_that_checks() -> None:
    story = received(Story(definition(MARTINIQUE)))
    story.act("organiser", cmd.CheckIdentity(participant_id="chair", document="passport"))
    ends = {who: check.until_ms - DAY_MS for who, check in story.session.checks.items()}
    hour_ms = HOUR_S * 1000
    assert ends == {"candidate": 19 * hour_ms, "chair": 13 * hour_ms}


@pytest.mark.requirement("D1")
def test_a_check_holds_for_its_room() -> None:
    plain = definition()
    told = replace(plain.sittings[0], room="Salle 1")
    story = received(Story(replace(plain, sittings=(told,))))
    assert story.session.checks["candidate"].room == "Salle 1"
    story.act(
        "organiser",
        cmd.RescheduleSitting(
            sitting_id=SITTING,
            planned_ms=told.planned_ms,
            room="Salle 2",
            examiner_ids=told.examiner_ids,
        ),
    )
    refused(story, "invigilator", ADMIT, "identity_elsewhere")
    story.act("invigilator", CHECK)
    story.act("invigilator", ADMIT)


@pytest.mark.requirement("J4", "D2")
def test_who_was_seen_in_the_room_is_compared_again_at_a_distance() -> None:
    story = Story()
    story.open_sitting()
    story.close_sitting()
    story.act("chair", cmd.OpenDeliberation())
    story.check("examiner-1", "on_site")
    story.hear("examiner-1")
    answer = cmd.AnswerRollCall(participant_id="examiner-1", attendance="remote")
    refused(story, "chair", answer, "identity_elsewhere")
    story.check("examiner-1", "remote")
    story.act("chair", answer)


# --- a new check is asked for ---------------------------------------------------------------


@pytest.mark.requirement("J1")
def test_who_decides_asks_for_a_new_check_and_it_is_waited_for() -> None:
    story = received()
    ask = cmd.AskIdentityCheck(participant_id="candidate", reason="Visage différent.")
    story.act("examiner-1", ask)
    story.act("chair", ask)  # asked already
    asked = [d for d in story.drafts if isinstance(d.event, ev.IdentityCheckAsked)]
    assert len(asked) == 1
    (line,) = [one for one in register(story.session) if one.participant_id == "candidate"]
    assert line.missing == "identity_asked"
    assert line.doubt is not None
    assert (line.doubt.by, line.doubt.at_ms) == ("examiner-1", story.now_ms)
    refused(story, "invigilator", ADMIT, "identity_asked")
    story.act("invigilator", CHECK)
    assert of(story) is None
    story.act("invigilator", ADMIT)
    for stranger in ("organiser", "invigilator", "candidate"):
        refused(story, stranger, ask, "not_allowed")
    staff = replace(ask, participant_id="invigilator")
    refused(story, "chair", staff, "identity_not_checked_for_role")


@pytest.mark.requirement("J6")
def test_who_is_not_recognised_is_heard_by_nobody_until_somebody_recognises_them() -> None:
    story = received()
    story.act(
        "invigilator", cmd.RefuseIdentity(participant_id="candidate", reason="Autre personne.")
    )
    refused(story, "invigilator", ADMIT, "identity_refused")
    # A doubt of somebody else's changes nothing about it.
    story.act("chair", cmd.AskIdentityCheck(participant_id="candidate"))
    assert of(story) == "identity_refused"
    story.act("invigilator", CHECK)
    story.receive()
    assert place_of(story.session, "candidate")[0] == "sitting"
    story.act("invigilator", cmd.RefuseIdentity(participant_id="candidate"))
    assert place_of(story.session, "candidate")[0] == "waiting"
    story.act("invigilator", CHECK)
    assert place_of(story.session, "candidate")[0] == "sitting"
    refused(story, "organiser", cmd.RefuseIdentity(participant_id="candidate"), "not_allowed")


@pytest.mark.requirement("J5", "J6")
def test_a_member_in_doubt_stays_and_decides_nothing_and_one_not_recognised_leaves() -> None:
    story = Story()
    story.open_sitting()
    story.close_sitting()
    story.act("chair", cmd.OpenDeliberation())
    for who in ("chair", "examiner-1", "examiner-2"):
        story.answer(who)
    story.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="full"))
    vote = cmd.CastVote(candidate_id="candidate", ballot="for")
    story.act("chair", cmd.AskIdentityCheck(participant_id="examiner-1"))
    assert place_of(story.session, "examiner-1")[0] == "deliberation"
    refused(story, "examiner-1", vote, "identity_asked")
    story.act("organiser", cmd.RefuseIdentity(participant_id="examiner-1"))
    assert place_of(story.session, "examiner-1")[0] == "waiting"
    story.check("examiner-1")
    assert place_of(story.session, "examiner-1")[0] == "deliberation"
    story.act("examiner-1", vote)


# --- a new device ---------------------------------------------------------------------------


@pytest.mark.requirement("J1", "T1")
def test_another_device_makes_the_check_void_and_the_record_says_so() -> None:
    story = received()
    story.connect("candidate")  # The same device comes back: nothing to do.
    assert of(story) is None
    on_another_device(story)
    assert [(one.participant_id, one.reason) for one in lapses(story)] == [("candidate", "device")]
    refused(story, "invigilator", ADMIT, "identity_other_device")
    story.act("invigilator", CHECK)
    story.act("invigilator", ADMIT)


@pytest.mark.requirement("T1")
def test_another_certificate_is_another_device() -> None:
    story = received()
    story.observe(
        ev.MediaBound(
            at_ms=story.now_ms,
            participant_id="candidate",
            fingerprint="sha-256 FF:FF",
            device_key="key-1",
            checked_by="invigilator",
        )
    )
    refused(story, "invigilator", ADMIT, "identity_other_device")
    assert [one.reason for one in lapses(story)] == ["device"]


@pytest.mark.requirement("D7", "T1")
def test_who_comes_back_by_another_device_waits_and_loses_no_time() -> None:
    story = received()
    story.open_sitting()
    story.wait(60)
    start_ms = story.now_ms
    on_another_device(story)
    assert place_of(story.session, "candidate")[0] == "waiting"
    story.wait(40)
    story.connect("candidate")
    (outage,) = story.session.sitting(SITTING).outages
    assert (outage.start_ms, outage.end_ms) == (start_ms, None)
    story.wait(20)
    story.act("invigilator", CHECK)
    assert outage.end_ms == start_ms + 60_000
    assert place_of(story.session, "candidate")[0] == "sitting"


@pytest.mark.requirement("J6")
def test_a_member_on_another_device_is_out_of_the_meeting_until_a_check() -> None:
    story = Story()
    story.redeem("examiner-1", "key-1")
    story.open_sitting()
    story.close_sitting()
    story.act("chair", cmd.OpenDeliberation())
    assert place_of(story.session, "examiner-1")[0] == "deliberation"
    on_another_device(story, "examiner-1")
    assert place_of(story.session, "examiner-1")[0] == "waiting"
    hearing = cmd.TryHearing(participant_id="examiner-1", hears=True, is_heard=True)
    refused(story, "chair", hearing, "identity_other_device")
    story.check("examiner-1")
    assert place_of(story.session, "examiner-1")[0] == "deliberation"


# --- a sign-in ------------------------------------------------------------------------------


def signed_in(story: Story, *, is_high: bool) -> None:
    story.redeem("examiner-1", "key-1")
    sign_in = ev.SignIn(
        participant_id="examiner-1",
        issuer="https://op.example",
        subject="42",
        acr="eidas2",
        is_high=is_high,
    )
    story.observe(
        ev.InvitationRedeemed(
            at_ms=story.now_ms,
            invitation_id="access-examiner-1",
            device_key="key-1",
            sign_in=sign_in,
        )
    )


@pytest.mark.requirement("D2")
def test_a_sign_in_at_a_high_level_is_accepted_by_the_organiser_and_the_record_says_which() -> None:
    story = Story()
    accept = cmd.AcceptSignIn(participant_id="examiner-1")
    refused(story, "organiser", accept, "sign_in_not_high")
    signed_in(story, is_high=True)
    assert of(story, "examiner-1") == "identity_unchecked"  # by nobody's act, nothing
    story.act("organiser", accept)
    check = story.session.checks["examiner-1"]
    assert (check.document, check.checked_by) == (None, "organiser")
    assert check.sign_in is not None
    assert (check.sign_in.issuer, check.sign_in.acr) == ("https://op.example", "eidas2")
    assert of(story, "examiner-1") is None
    refused(story, "organiser", replace(accept, participant_id="candidate"), "not_allowed")
    on_another_device(story, "examiner-1")
    refused(story, "organiser", accept, "sign_in_not_high")  # it was the other device's


@pytest.mark.requirement("D2")
def test_a_sign_in_at_a_lower_level_is_no_check() -> None:
    story = Story()
    signed_in(story, is_high=False)
    with pytest.raises(ExamError, match="sign_in_not_high"):
        story.act("organiser", cmd.AcceptSignIn(participant_id="examiner-1"))
