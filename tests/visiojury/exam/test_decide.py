"""Acts of reception and of the sitting: what comes first, who may, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import (
    BRITTANY,
    DAY_MS,
    GRAND_EST,
    MARTINIQUE,
    SITTING,
    Story,
    definition,
    people,
    person,
)
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.exam.identity import missing
from visiojury.exam.media import STREAMS
from visiojury.exam.people import Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import SittingState

ASSISTANT = person("assistant", "Anne", "Aide", Role.ASSISTANT, BRITTANY, "on_site")
FOREIGNER = person("invigilator-2", "Max", "Référent", Role.INVIGILATOR, MARTINIQUE, "on_site")


def running() -> Story:
    story = Story()
    story.open_sitting()
    story.wait(120)
    return story


def sitting_of(story: Story, sitting_id: str = SITTING) -> Sitting:
    return story.session.sitting(sitting_id)


def state_of(story: Story) -> SittingState:
    return sitting_of(story).state


def with_third_office() -> Story:
    return Story(
        definition(offices=(GRAND_EST, BRITTANY, MARTINIQUE), participants=(*people(), FOREIGNER))
    )


# --- reception ------------------------------------------------------------------------------


@pytest.mark.requirement("D1", "D4")
def test_the_order_of_reception() -> None:
    story = Story()
    sign, admit = cmd.SignAttestation(sitting_id=SITTING), cmd.Admit(sitting_id=SITTING)
    refused(story, "invigilator", sign, "identity_unchecked")
    refused(story, "invigilator", admit, "identity_unchecked")
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate", document="passport"))
    refused(story, "invigilator", admit, "attestation_unsigned")
    story.act("invigilator", sign)
    story.act("invigilator", admit)
    assert state_of(story) is SittingState.ADMITTED
    refused(story, "invigilator", admit, "illegal_transition")  # consumed on entry


@pytest.mark.requirement("D1")
def test_the_assistants_identity_is_checked_too() -> None:
    plain = definition()
    story = Story(
        replace(
            plain,
            participants=(*people(), ASSISTANT),
            sittings=(replace(plain.sittings[0], assistant_id="assistant"),),
        )
    )
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate", document="passport"))
    story.act("invigilator", cmd.SignAttestation(sitting_id=SITTING))
    refusal = refused(story, "invigilator", cmd.Admit(sitting_id=SITTING), "identity_unchecked")
    assert refusal.detail == {"participant_id": "assistant"}
    story.act("invigilator", cmd.CheckIdentity(participant_id="assistant", document="passport"))
    story.act("invigilator", cmd.Admit(sitting_id=SITTING))
    assert "assistant" in sitting_of(story).members()


@pytest.mark.requirement("A4")
@pytest.mark.parametrize(
    "command",
    [
        cmd.SignAttestation(sitting_id=SITTING),
        cmd.Admit(sitting_id=SITTING),
        cmd.MarkAbsent(sitting_id=SITTING),
        cmd.Pause(sitting_id=SITTING, reason=""),
        cmd.AgreePostponement(sitting_id=SITTING),
        cmd.CheckIdentity(participant_id="candidate", document="passport"),
    ],
    ids=lambda command: command.command,
)
def test_another_office_has_no_hand_in_it(command: cmd.Command) -> None:
    refused(with_third_office(), "invigilator-2", command, "foreign_office")


def test_another_device_needs_another_check() -> None:
    story = running()
    for number, key in enumerate(("key-1", "key-1", "key-2")):
        story.observe(
            ev.InvitationIssued(
                at_ms=story.now_ms,
                invitation_id=f"invitation-{number}",
                participant_id="candidate",
                secret_digest="0",
                code_digest=None,
                not_before_ms=0,
                expires_ms=1,
            ),
            ev.InvitationRedeemed(
                at_ms=story.now_ms, invitation_id=f"invitation-{number}", device_key=key
            ),
        )
        assert (missing(story.session, "candidate") is None) is (key == "key-1")


@pytest.mark.requirement("D12")
def test_an_absent_candidate_ends_the_sitting() -> None:
    story = Story()
    story.act("invigilator", cmd.MarkAbsent(sitting_id=SITTING))
    assert state_of(story) is SittingState.ABSENT
    refused(story, "invigilator", cmd.MarkAbsent(sitting_id=SITTING), "illegal_transition")


def test_a_commission_hears_one_candidate_at_a_time() -> None:
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
    story.receive()
    story.act("invigilator", cmd.CheckIdentity(participant_id="candidate-2", document="other"))
    story.act("invigilator", cmd.SignAttestation(sitting_id="sitting-2"))
    refused(story, "invigilator", cmd.Admit(sitting_id="sitting-2"), "commission_busy")
    story.act("chair", cmd.Start(sitting_id=SITTING))
    refused(story, "invigilator", cmd.Admit(sitting_id="sitting-2"), "commission_busy")
    story.close_sitting()
    story.act("invigilator", cmd.Admit(sitting_id="sitting-2"))
    assert sitting_of(story, "sitting-2").state is SittingState.ADMITTED


# --- start ----------------------------------------------------------------------------------


def test_a_sitting_starts_with_the_candidate_seen_and_heard() -> None:
    story = Story()
    story.receive()
    start = cmd.Start(sitting_id=SITTING)
    for event in (
        ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"),
        ev.MediaSwitched(
            at_ms=story.now_ms, participant_id="candidate", stream="video", is_on=False
        ),
        ev.MediaInterrupted(
            at_ms=story.now_ms,
            participant_id="candidate",
            stream="audio",
            cause="uplink",
            detected_ms=story.now_ms,
        ),
    ):
        story.observe(event)
        refused(story, "chair", start, "candidate_not_connected")
        for stream in STREAMS:
            story.observe(
                ev.MediaSwitched(
                    at_ms=story.now_ms,
                    participant_id="candidate",
                    stream=stream,
                    is_on=True,
                ),
                ev.MediaRestored(
                    at_ms=story.now_ms,
                    participant_id="candidate",
                    stream=stream,
                    cause="uplink",
                ),
            )
        story.connect("candidate")
    story.act("chair", start)
    assert state_of(story) is SittingState.RUNNING


@pytest.mark.requirement("B9")
def test_a_sitting_starts_with_enough_examiners_heard_and_the_chair_among_them() -> None:
    story = Story()
    story.receive()
    start = cmd.Start(sitting_id=SITTING)
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="chair"))
    refused(story, "chair", start, "commission_incomplete")
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-1"))
    refusal = refused(story, "chair", start, "commission_incomplete")
    assert refusal.detail == {"present": 1, "minimum": 2}


@pytest.mark.requirement("D2")
def test_no_examiner_takes_part_whose_identity_nobody_checked() -> None:
    story = Story()
    story.receive()
    story.session.checks.pop("examiner-2")
    refused(story, "chair", cmd.Start(sitting_id=SITTING), "identity_unchecked")


# --- extension ------------------------------------------------------------------------------


def decide_extension(
    story: Story, granted_s: int, number: int = 1, *, by: str = "chair", reason: str = ""
) -> None:
    outage_id = sitting_of(story).outages[number - 1].outage_id
    story.act(
        by,
        cmd.DecideExtension(
            sitting_id=SITTING, outage_id=outage_id, granted_s=granted_s, reason=reason
        ),
    )


def extension_s(story: Story) -> float:
    reading = sitting_of(story).read_clock(story.now_ms)
    assert reading is not None
    return reading.extension_ms / 1000


@pytest.mark.requirement("D8")
def test_an_extension_is_given_at_once_and_then_decided() -> None:
    story = running()
    story.cut("candidate", 6.2)
    assert extension_s(story) == 7
    decide_extension(story, 4, reason="Reprise")
    assert extension_s(story) == 4
    decided = story.drafts[-1].event
    assert isinstance(decided, ev.ExtensionDecided)
    assert (decided.provisional_s, decided.granted_s, decided.left_under_cap_s) == (7, 4, 596)
    decide_extension(story, 7)  # the chair may think again until the end
    assert extension_s(story) == 7
    decide_extension(story, 0)
    assert extension_s(story) == 0


def test_no_more_is_given_than_was_lost() -> None:
    story = running()
    story.cut("candidate", 6.2)
    with pytest.raises(ExamError, match="extension_over_length") as refusal:
        decide_extension(story, 8)
    assert refusal.value.detail == {"most_s": 7}


@pytest.mark.requirement("D8")
def test_no_more_is_given_than_the_cap_leaves() -> None:
    story = running()
    story.cut("candidate", 400)
    story.wait(10)
    story.cut("candidate", 300)
    with pytest.raises(ExamError, match="extension_over_cap") as refusal:
        decide_extension(story, 201, 2)
    assert refusal.value.detail == {"most_s": 200}
    decide_extension(story, 200, 2)
    with pytest.raises(ExamError, match="extension_over_length"):
        decide_extension(story, 401, 1)
    decide_extension(story, 400, 1)
    assert extension_s(story) == 600


def test_what_one_outage_does_not_take_is_left_for_the_next() -> None:
    story = running()
    story.cut("candidate", 500)
    story.cut("candidate", 500)
    decide_extension(story, 100, 1)
    decide_extension(story, 500, 2)
    assert extension_s(story) == 600


def test_an_open_outage_is_not_decided() -> None:
    story = running()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    with pytest.raises(ExamError, match="outage_open"):
        decide_extension(story, 0)


def test_an_outage_nobody_knows_is_not_decided() -> None:
    refused(
        running(),
        "chair",
        cmd.DecideExtension(sitting_id=SITTING, outage_id="sitting-1-9", granted_s=1),
        "outage_unknown",
    )


def test_closing_waits_for_the_end_of_an_outage_and_for_each_decision() -> None:
    story, close = running(), cmd.Close(sitting_id=SITTING)
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    refused(story, "chair", close, "outage_open")
    story.wait(3)
    story.connect("candidate")
    for stream in STREAMS:
        story.observe(
            ev.MediaRestored(
                at_ms=story.now_ms,
                participant_id="candidate",
                stream=stream,
                cause="uplink",
            )
        )
    refused(story, "chair", close, "outage_undecided")
    story.decide_all()
    story.act("chair", close)
    assert state_of(story) is SittingState.CLOSED
    with pytest.raises(ExamError, match="illegal_transition"):
        decide_extension(story, 1)


def test_a_paused_sitting_is_resumed_before_it_is_closed() -> None:
    story = running()
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    refused(story, "chair", cmd.Close(sitting_id=SITTING), "illegal_transition")


def test_after_the_end_the_clock_stands_for_good() -> None:
    story = running()
    story.act("chair", cmd.Close(sitting_id=SITTING))
    first = sitting_of(story).read_clock(story.now_ms)
    assert sitting_of(story).read_clock(story.now_ms + 10_000) == first


def test_an_examiner_of_another_commission_has_no_say() -> None:
    plain = definition()
    plan = replace(plain.sittings[0], examiner_ids=("chair", "examiner-1"))
    story = Story(replace(plain, sittings=(plan,)))
    story.open_sitting()
    refused(
        story,
        "examiner-2",
        cmd.RequestPostponement(sitting_id=SITTING, reason="Bruit"),
        "not_a_member",
    )


# --- postponement ---------------------------------------------------------------------------

AGREE = cmd.AgreePostponement(sitting_id=SITTING)
REQUEST = cmd.RequestPostponement(sitting_id=SITTING, reason="Le lien ne tient pas.")


@pytest.mark.requirement("D9")
def test_a_postponement_takes_the_examiners_and_both_offices() -> None:
    story = running()
    refused(story, "organiser", AGREE, "postponement_not_requested")
    story.act("examiner-1", REQUEST)
    story.act("organiser", AGREE)
    story.act("organiser", AGREE)  # the same office twice is one office
    assert state_of(story) is SittingState.RUNNING
    assert sitting_of(story).postponing.offices == {"grand-est"}
    story.act("invigilator", AGREE)
    assert state_of(story) is SittingState.POSTPONED
    refused(story, "invigilator", AGREE, "illegal_transition")


def test_a_repeated_agreement_is_recorded_once() -> None:
    story = running()
    story.act("chair", REQUEST)
    story.act("invigilator", AGREE)
    story.act("invigilator", AGREE)
    agreed = [d for d in story.drafts if isinstance(d.event, ev.PostponementAgreed)]
    assert len(agreed) == 1


@pytest.mark.requirement("D9")
def test_where_one_office_is_both_it_still_takes_two_people() -> None:
    plain = definition()
    local = tuple(replace(p, office_id="grand-est") for p in people())
    plan = replace(plain.sittings[0], host_office_id="grand-est")
    story = Story(replace(plain, participants=local, sittings=(plan,)))
    story.open_sitting()
    story.act("chair", REQUEST)
    story.act("invigilator", AGREE)
    story.act("invigilator", AGREE)
    assert state_of(story) is SittingState.RUNNING
    story.act("organiser", AGREE)
    assert state_of(story) is SittingState.POSTPONED


def test_the_organiser_of_a_third_office_does_not_agree() -> None:
    stranger = person("organiser-2", "Ode", "Autre", Role.ORGANISER, MARTINIQUE, "on_site")
    story = Story(
        definition(offices=(GRAND_EST, BRITTANY, MARTINIQUE), participants=(*people(), stranger))
    )
    story.open_sitting()
    story.act("chair", REQUEST)
    refused(story, "organiser-2", AGREE, "foreign_office")


def test_a_postponement_ends_the_outage_and_the_pause_it_finds() -> None:
    story = running()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Coupure"))
    story.act("chair", REQUEST)
    story.act("invigilator", AGREE)
    story.wait(7)
    story.act("organiser", AGREE)
    sitting = sitting_of(story)
    assert sitting.open_outages == []
    assert sitting.pauses[-1].end_ms == sitting.ended_ms == story.now_ms


# --- help, access, the seal -----------------------------------------------------------------


@pytest.mark.requirement("D11")
def test_pressing_twice_is_one_call() -> None:
    story = running()
    story.act("candidate", cmd.CallHelp())
    story.act("candidate", cmd.CallHelp())
    story.act("chair", cmd.CallHelp())
    assert [h.call.participant_id for h in story.session.helps.values()] == ["candidate", "chair"]
    story.wait(9)
    story.act("invigilator", cmd.AnswerHelp(help_id="help-1"))
    story.wait(9)
    story.act("organiser", cmd.AnswerHelp(help_id="help-1"))
    assert story.session.helps["help-1"].answered_ms == story.now_ms - 9000
    story.act("candidate", cmd.CallHelp())
    assert len(story.session.helps) == 3


@pytest.mark.requirement("D11")
def test_a_call_is_answered_by_an_office_concerned() -> None:
    story = with_third_office()
    story.act("candidate", cmd.CallHelp())
    refused(story, "invigilator-2", cmd.AnswerHelp(help_id="help-1"), "foreign_office")
    refused(story, "organiser", cmd.AnswerHelp(help_id="help-2"), "help_unknown")


@pytest.mark.requirement("B3")
def test_revoking_revokes_each_standing_invitation_of_the_person_once() -> None:
    story = Story()
    for number, who in enumerate(("candidate", "candidate", "chair")):
        story.observe(
            ev.InvitationIssued(
                at_ms=story.now_ms,
                invitation_id=str(number),
                participant_id=who,
                secret_digest="0",
                code_digest=None,
                not_before_ms=0,
                expires_ms=1,
            )
        )
    revoke = cmd.RevokeInvitation(participant_id="candidate")
    story.act("organiser", revoke)
    assert [access.is_revoked for access in story.session.access.values()] == [True, True, False]
    before = len(story.drafts)
    story.act("organiser", revoke)
    assert len(story.drafts) == before
    nobody = cmd.RevokeInvitation(participant_id="ghost")
    refused(story, "organiser", nobody, "participant_unknown")


def test_revoking_ends_the_persons_passkey_and_no_other() -> None:
    story = Story()
    for who in ("chair", "examiner-1"):
        passkey = ev.Passkey(participant_id=who, credential_id=who, public_key="k", sign_count=1)
        story.redeem(who, f"device-of-{who}")
        (issued,) = story.session.invitations_of(who)
        story.observe(
            ev.InvitationRedeemed(
                at_ms=story.now_ms,
                invitation_id=issued.invitation.invitation_id,
                device_key=f"device-of-{who}",
                passkey=passkey,
            )
        )
    assert set(story.session.passkeys) == {"chair", "examiner-1"}
    story.act("organiser", cmd.RevokeInvitation(participant_id="chair"))
    assert set(story.session.passkeys) == {"examiner-1"}


@pytest.mark.parametrize(
    "command",
    [
        cmd.Admit(sitting_id="ghost"),
        cmd.SignAttestation(sitting_id="ghost"),
        cmd.Pause(sitting_id="ghost", reason=""),
    ],
    ids=lambda command: command.command,
)
def test_a_sitting_nobody_knows(command: cmd.Command) -> None:
    refused(Story(), "invigilator", command, "sitting_unknown")


def test_a_person_nobody_knows_is_not_checked() -> None:
    command = cmd.CheckIdentity(participant_id="ghost", document="other")
    refused(Story(), "organiser", command, "participant_unknown")
