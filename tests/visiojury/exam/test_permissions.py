"""Every command × every role: who may ask for what, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from tests.builders import DAY_MS, MARTINIQUE, SITTING, Story, definition, people
from tests.written import RIGHTS
from visiojury.exam import commands as cmd
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError, NotAllowedError
from visiojury.exam.people import Participant, Relation, Role, SessionDay
from visiojury.exam.permissions import IDENTITY_CHECKED_BY, PERMISSIONS, SECOND_FACTOR, is_allowed

COMMANDS: tuple[type[Any], ...] = get_args(cmd.Command)

LATE = replace(people()[-1], participant_id="examiner-3")
RELATION = Relation(examiner_id="examiner-2", candidate_id="candidate", kind="trainer")

SAMPLES: tuple[cmd.Command, ...] = (
    cmd.OpenSession(),
    cmd.SuspendSession(reason="Alerte incendie"),
    cmd.ContinueSession(),
    cmd.CancelSession(reason="Intempéries"),
    cmd.MoveSession(reason="Intempéries", to_session_id="deis-2027"),
    cmd.AddOffice(office=MARTINIQUE),
    cmd.AddDay(day=SessionDay(office_id="grand-est", start_ms=DAY_MS, end_ms=DAY_MS + 1)),
    cmd.EnrolParticipant(participant=LATE),
    cmd.WithdrawParticipant(participant_id="examiner-2", reason="Malade"),
    cmd.DeclareRelation(relation=RELATION),
    cmd.WithdrawRelation(examiner_id="examiner-2", candidate_id="candidate"),
    cmd.ScheduleSitting(plan=definition().sittings[0]),
    cmd.RescheduleSitting(sitting_id=SITTING, planned_ms=DAY_MS, examiner_ids=("chair",)),
    cmd.CancelSitting(sitting_id=SITTING, reason="Désistement"),
    cmd.TakeDuty(),
    cmd.HandOverDuty(to_participant_id="invigilator"),
    cmd.RecordStationTest(
        station="Poste 1",
        office_id="bretagne",
        partner_id="organiser",
        browser="Firefox 145",
        path="udp",
        is_good=True,
    ),
    cmd.RecordDeviceCheck(
        browser="Firefox 145", open_paths=("udp", "tcp"), path="udp", verdict="good"
    ),
    cmd.OpenTechnicalTest(),
    cmd.CloseTechnicalTest(),
    cmd.EnrolStation(station="Poste 1", room="Salle 1", day="2026-06-15"),
    cmd.WithdrawStation(station_id="x"),
    cmd.AttestPresence(station_id="x", participant_id="candidate"),
    cmd.LeaveStation(station_id="x", participant_id="candidate"),
    cmd.RecordArrival(participant_id="candidate"),
    cmd.CheckIdentity(participant_id="candidate", document="passport"),
    cmd.AcceptSignIn(participant_id="examiner-1"),
    cmd.AskIdentityCheck(participant_id="candidate", reason="Autre visage"),
    cmd.RefuseIdentity(participant_id="candidate", reason="Autre visage"),
    cmd.SignAttendance(participant_id="candidate"),
    cmd.SignAttestation(sitting_id=SITTING),
    cmd.Admit(sitting_id=SITTING),
    cmd.MarkAbsent(sitting_id=SITTING),
    cmd.Start(sitting_id=SITTING),
    cmd.Pause(sitting_id=SITTING, reason="Malaise"),
    cmd.Resume(sitting_id=SITTING),
    cmd.DecideExtension(sitting_id=SITTING, outage_id="x", granted_s=1),
    cmd.SetMuted(sitting_id=SITTING, participant_id="examiner-1", audio=True, video=False),
    cmd.SendOut(sitting_id=SITTING, participant_id="assistant", reason="Souffle les réponses"),
    cmd.LetBackIn(sitting_id=SITTING, participant_id="assistant"),
    cmd.ShareScreen(sitting_id=SITTING),
    cmd.StopScreen(sitting_id=SITTING),
    cmd.DeclareOutage(sitting_id=SITTING, side="jury", stream="audio", description="Écho"),
    cmd.EndOutage(sitting_id=SITTING, outage_id="x"),
    cmd.WithdrawOutage(sitting_id=SITTING, outage_id="x"),
    cmd.NoteFinding(sitting_id=SITTING, outage_id="x", text="Écho entendu"),
    cmd.NoteRemarks(sitting_id=SITTING, text="J’ai perdu le fil."),
    cmd.SignIncidentSheet(sitting_id=SITTING),
    cmd.HandIncidentSheet(sitting_id=SITTING),
    cmd.VoidSitting(sitting_id=SITTING, reason="Fraude"),
    cmd.ExpelCandidate(sitting_id=SITTING, reason="Fraude"),
    cmd.WithdrawCandidate(sitting_id=SITTING, cause="ill"),
    cmd.RequestPostponement(sitting_id=SITTING, reason="Lien perdu"),
    cmd.AgreePostponement(sitting_id=SITTING),
    cmd.Close(sitting_id=SITTING),
    cmd.CallHelp(),
    cmd.AnswerHelp(help_id="x"),
    cmd.OpenDeliberation(),
    cmd.BeginRollCall(),
    cmd.TryHearing(participant_id="chair", hears=True, is_heard=True),
    cmd.AnswerRollCall(participant_id="chair", attendance="on_site"),
    cmd.ContinueWithout(participant_id="examiner-1", reason="Liaison perdue"),
    cmd.RecuseMember(participant_id="someone", candidate_id="candidate", reason="Collègue"),
    cmd.ShowDocument(title="Livret", sha256="0" * 64, size_bytes=1),
    cmd.TakeUpCandidate(candidate_id="candidate"),
    cmd.ProposeDecision(candidate_id="candidate", outcome="full"),
    cmd.CastVote(candidate_id="candidate", ballot="for"),
    cmd.AdoptDecision(candidate_id="candidate"),
    cmd.CloseDeliberation(),
    cmd.SignMinutes(minutes_sha256="0" * 64, signature="x", public_key={}),
    cmd.ExplainMissingSignature(participant_id="chair", reason="Souffrant"),
    cmd.WriteAmendment(text="Lire « bloc 2 »."),
    cmd.SignAmendment(amendment_id="x", sha256="0" * 64, signature="x", public_key={}),
    cmd.DeliverMinutes(recipient="Direction départementale"),
    cmd.PublishResults(place="Site de la DREETS"),
    cmd.SendExtract(office_id="bretagne"),
    cmd.AcknowledgeExtract(),
    cmd.EnterAppeal(candidate_id="candidate", grounds="Coupures"),
    cmd.CloseAppeal(appeal_id="x", outcome="Rejeté"),
    cmd.RevokeInvitation(participant_id="candidate"),
)


def name_of(command: type[Any]) -> str:
    return str(command.__dataclass_fields__["command"].default)


def someone(role: Role) -> Participant:
    return Participant(
        participant_id="someone",
        family_name="Personne",
        given_name="Une",
        role=role,
        office_id="bretagne",
    )


def detail_of_refusal(story: Story, sample: cmd.Command, role: Role) -> dict[str, str | int]:
    try:
        decide(story.session, sample, actor=someone(role), now_ms=story.now_ms)
    except ExamError as refusal:
        return refusal.detail
    return {}


def test_the_samples_are_all_the_commands() -> None:
    assert {type(sample) for sample in SAMPLES} == set(COMMANDS) == set(PERMISSIONS)
    assert {name_of(command) for command in COMMANDS} == set(RIGHTS)


@pytest.mark.requirement("A4")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.command)
def test_every_command_by_every_role(sample: cmd.Command, role: Role) -> None:
    allowed = role.value in RIGHTS[sample.command]
    assert is_allowed(role, type(sample)) is allowed
    story = Story()
    if allowed:
        # It may be too early for it; it is not for want of the right role.
        assert "role" not in detail_of_refusal(story, sample, role)
        return
    with pytest.raises(NotAllowedError, match="not_allowed"):
        decide(story.session, sample, actor=someone(role), now_ms=story.now_ms)


@pytest.mark.parametrize("role", Role)
def test_a_command_that_no_line_names_is_denied_to_all(role: Role) -> None:
    class Shutdown:
        command = "shutdown"

    unknown: Any = Shutdown
    assert not is_allowed(role, unknown)
    with pytest.raises(NotAllowedError):
        decide(Story().session, unknown(), actor=someone(role), now_ms=0)


def test_who_votes_or_decides_needs_a_second_factor() -> None:
    deciding = {role for roles in RIGHTS.values() for role in roles} - {
        "candidate",
        "assistant",
        "station",
        "technician",  # Says something of their own device alone.
    }
    assert {role.value for role in SECOND_FACTOR} == deciding | {"session_manager"}


@pytest.mark.parametrize("checker", ["organiser", "invigilator"])
@pytest.mark.parametrize("person", ["organiser", "manager", "invigilator", "candidate", "chair"])
def test_each_is_checked_by_their_own_office_and_staff_by_nobody(person: str, checker: str) -> None:
    story = Story()
    role = story.session.participant(person).role
    command = cmd.CheckIdentity(participant_id=person, document="passport")
    if IDENTITY_CHECKED_BY.get(role) == checker:
        story.act(checker, command)
        assert story.session.checks[person].checked_by == checker
        return
    with pytest.raises(NotAllowedError, match="not_allowed"):
        story.act(checker, command)
    assert person not in story.session.checks
