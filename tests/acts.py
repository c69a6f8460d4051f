"""Every act there is, as each person of tests/stages.py would ask for it. Values only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from tests.builders import DAY_MS, GRAND_EST, MARTINIQUE, person
from tests.builders import definition as defined
from tests.stages import DAY, REASON
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Relation, Role, SessionDay

DEPUTY = {
    "organiser": "organiser-2",
    "manager": "manager-2",
    "invigilator": "host-organiser",
    "third-invigilator": "third-organiser",
}
RECEIVED = {
    "organiser": "chair",
    "invigilator": "candidate",
    "third-invigilator": "candidate-2",
}
"""By agent: somebody they receive."""
SEATED = {
    "organiser": ("station-2", "chair"),
    "third-organiser": ("station-3", "candidate-2"),
    "third-invigilator": ("station-3", "candidate-2"),
}
"""By agent: the station of their office, and somebody at it."""
KIN = Relation(examiner_id="examiner-2", candidate_id="candidate", kind="kin")
AMENDMENT = "Lire « bloc 2 »."
SIGNED = {"signature": "x", "public_key": dict[str, str]()}


def on_sitting(name: str, who: str, plan: ev.SittingScheduled, outage_id: str) -> cmd.Command:
    """Return the act as `who` would ask for it."""
    return _on_sitting(who, plan, outage_id)[name]


def on_session(name: str, who: str) -> cmd.Command:
    """Return the act as `who` would ask for it."""
    return _on_session(who)[name]


@cache
def _on_sitting(who: str, plan: ev.SittingScheduled, outage_id: str) -> Mapping[str, cmd.Command]:
    return {
        "reschedule_sitting": cmd.RescheduleSitting(
            sitting_id=plan.sitting_id,
            planned_ms=plan.planned_ms + 60_000,
            examiner_ids=plan.examiner_ids,
        ),
        "cancel_sitting": cmd.CancelSitting(sitting_id=plan.sitting_id, reason=REASON),
        "sign_attestation": cmd.SignAttestation(
            sitting_id=plan.sitting_id, means="screen" if who == plan.candidate_id else "paper"
        ),
        "admit": cmd.Admit(sitting_id=plan.sitting_id),
        "mark_absent": cmd.MarkAbsent(sitting_id=plan.sitting_id),
        "start": cmd.Start(sitting_id=plan.sitting_id),
        "pause": cmd.Pause(sitting_id=plan.sitting_id, reason=REASON),
        "resume": cmd.Resume(sitting_id=plan.sitting_id),
        "declare_outage": cmd.DeclareOutage(
            sitting_id=plan.sitting_id, side="both", stream="audio", description="Sirène"
        ),
        "end_outage": cmd.EndOutage(sitting_id=plan.sitting_id, outage_id=outage_id),
        "withdraw_outage": cmd.WithdrawOutage(sitting_id=plan.sitting_id, outage_id=outage_id),
        "decide_extension": cmd.DecideExtension(
            sitting_id=plan.sitting_id, outage_id=outage_id, granted_s=10
        ),
        "set_muted": cmd.SetMuted(
            sitting_id=plan.sitting_id, participant_id=plan.examiner_ids[-1], audio=True, video=True
        ),
        "send_out": cmd.SendOut(
            sitting_id=plan.sitting_id, participant_id=plan.examiner_ids[-1], reason=REASON
        ),
        "let_back_in": cmd.LetBackIn(
            sitting_id=plan.sitting_id, participant_id=plan.examiner_ids[-1]
        ),
        "share_screen": cmd.ShareScreen(sitting_id=plan.sitting_id),
        "stop_screen": cmd.StopScreen(sitting_id=plan.sitting_id),
        "note_finding": cmd.NoteFinding(
            sitting_id=plan.sitting_id, outage_id=outage_id, text="Sirène entendue"
        ),
        "note_remarks": cmd.NoteRemarks(sitting_id=plan.sitting_id, text="J’ai perdu le fil."),
        "sign_incident_sheet": cmd.SignIncidentSheet(sitting_id=plan.sitting_id),
        "hand_incident_sheet": cmd.HandIncidentSheet(sitting_id=plan.sitting_id),
        "request_postponement": cmd.RequestPostponement(sitting_id=plan.sitting_id, reason=REASON),
        "agree_postponement": cmd.AgreePostponement(sitting_id=plan.sitting_id),
        "void_sitting": cmd.VoidSitting(sitting_id=plan.sitting_id, reason="Fraude"),
        "expel_candidate": cmd.ExpelCandidate(sitting_id=plan.sitting_id, reason="Fraude"),
        "withdraw_candidate": cmd.WithdrawCandidate(sitting_id=plan.sitting_id, cause="ill"),
        "close": cmd.Close(sitting_id=plan.sitting_id),
    }


@cache
def _on_session(who: str) -> Mapping[str, cmd.Command]:
    received = RECEIVED.get(who, who)
    station_id, seated = SEATED.get(who, ("station-1", "candidate"))
    means: ev.SignatureMeans = "paper" if who in RECEIVED else "screen"
    is_chair = who == "chair"
    (plan,) = defined().sittings
    later = replace(plan, sitting_id="sitting-2", planned_ms=DAY_MS + 7_200_000)
    partner = "invigilator" if who == "organiser" else "organiser"
    acts: tuple[cmd.Command, ...] = (
        cmd.OpenSession(),
        cmd.SuspendSession(reason=REASON),
        cmd.ContinueSession(),
        cmd.CancelSession(reason=REASON),
        cmd.MoveSession(reason=REASON, to_session_id="deis-2027"),
        cmd.AddOffice(office=replace(MARTINIQUE, office_id="guadeloupe")),
        cmd.AddDay(day=SessionDay(office_id="bretagne", start_ms=0, end_ms=1)),
        cmd.EnrolParticipant(
            participant=person("late", "Luc", "Tard", Role.EXAMINER, GRAND_EST, "remote")
        ),
        cmd.WithdrawParticipant(participant_id="examiner-3", reason=REASON),
        cmd.DeclareRelation(relation=KIN),
        cmd.WithdrawRelation(examiner_id=KIN.examiner_id, candidate_id=KIN.candidate_id),
        cmd.ScheduleSitting(plan=later),
        cmd.TakeDuty(),
        cmd.HandOverDuty(to_participant_id=DEPUTY.get(who, "organiser")),
        cmd.RecordStationTest(
            station="Poste 1",
            office_id=GRAND_EST.office_id,
            partner_id=partner,
            browser="Firefox 145",
            path="udp",
            is_good=True,
        ),
        cmd.RecordDeviceCheck(
            browser="Firefox 145", open_paths=("udp", "tcp"), path="udp", verdict="good"
        ),
        cmd.OpenTechnicalTest(),
        cmd.CloseTechnicalTest(),
        cmd.EnrolStation(station="Poste 2", room="Salle 1", day=DAY),
        cmd.WithdrawStation(station_id=station_id),
        cmd.AttestPresence(station_id=station_id, participant_id=seated),
        cmd.LeaveStation(station_id=station_id, participant_id=seated),
        cmd.RevokeInvitation(participant_id="candidate"),
        cmd.CheckIdentity(participant_id=received, document="passport"),
        cmd.AcceptSignIn(participant_id="examiner-1"),
        cmd.AskIdentityCheck(participant_id="examiner-1" if is_chair else "chair", reason=REASON),
        cmd.RefuseIdentity(participant_id=received, reason=REASON),
        cmd.RecordArrival(participant_id=received),
        cmd.SignAttendance(participant_id=received, means=means),
        cmd.CallHelp(),
        cmd.AnswerHelp(help_id="help-1"),
        cmd.OpenDeliberation(),
        cmd.BeginRollCall(),
        cmd.TryHearing(participant_id="examiner-1", hears=True, is_heard=True),
        cmd.AnswerRollCall(participant_id="chair", attendance="on_site"),
        cmd.ContinueWithout(participant_id="examiner-2", reason=REASON),
        cmd.RecuseMember(
            participant_id="examiner-2" if is_chair else who,
            candidate_id="candidate",
            reason=REASON,
        ),
        cmd.ShowDocument(title="Livret", sha256="ab" * 32, size_bytes=1),
        cmd.TakeUpCandidate(candidate_id="candidate"),
        cmd.ProposeDecision(candidate_id="candidate", outcome="full"),
        cmd.CastVote(candidate_id="candidate", ballot="for"),
        cmd.AdoptDecision(candidate_id="candidate"),
        cmd.CloseDeliberation(),
        cmd.SignMinutes(minutes_sha256="0" * 64, **SIGNED),  # type: ignore[arg-type]
        cmd.ExplainMissingSignature(participant_id="manager", reason=REASON),
        cmd.WriteAmendment(text=AMENDMENT),
        cmd.SignAmendment(
            amendment_id="amendment-1",
            sha256=hashlib.sha256(AMENDMENT.encode()).hexdigest(),
            **SIGNED,  # type: ignore[arg-type]
        ),
        cmd.DeliverMinutes(recipient="Direction départementale"),
        cmd.PublishResults(place="Site de la DREETS"),
        cmd.SendExtract(office_id="bretagne"),
        cmd.AcknowledgeExtract(),
        cmd.EnterAppeal(candidate_id="candidate", grounds="Coupures"),
        cmd.CloseAppeal(appeal_id="appeal-1", outcome="Rejeté"),
    )
    return {act.command: act for act in acts}
