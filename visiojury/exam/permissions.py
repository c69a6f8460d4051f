"""Who may do, see and read what: role × office × command × document, deny by default.

An act is allowed where `PERMISSIONS` names the role, on a sitting within the role's `REACH`; a
document is read where `DOCUMENTS` names the role, about what is within its reach (A4). What no
line names is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam import commands as cmd
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import IN_THE_ROOM, JURY, STAFF, Participant, Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState

_CHAIR = frozenset({Role.CHAIR})
_INVIGILATOR = frozenset({Role.INVIGILATOR})
_OFFICES = frozenset({Role.ORGANISER, Role.INVIGILATOR})
_ORGANISER = frozenset({Role.ORGANISER})
_SIGNERS = JURY | {Role.SESSION_MANAGER}
_DAY = "-2026-06-15"
"""How the subject of a sheet per office and day ends."""
_IN_A_ROOM = JURY | {Role.CANDIDATE, Role.ASSISTANT, Role.INVIGILATOR}

_HEADS = frozenset({Role.ORGANISER, Role.SESSION_MANAGER})

PERMISSIONS: dict[type[cmd.Command], frozenset[Role]] = {
    cmd.OpenSession: _ORGANISER,
    cmd.SuspendSession: _HEADS,
    cmd.ContinueSession: _HEADS,
    cmd.CancelSession: _HEADS,
    cmd.MoveSession: _HEADS,
    cmd.AddOffice: _ORGANISER,
    cmd.AddDay: _ORGANISER,
    cmd.EnrolParticipant: _ORGANISER,
    cmd.WithdrawParticipant: _ORGANISER,
    cmd.DeclareRelation: _ORGANISER,
    cmd.WithdrawRelation: _ORGANISER,
    cmd.ScheduleSitting: _ORGANISER,
    cmd.RescheduleSitting: _ORGANISER,
    cmd.CancelSitting: _ORGANISER,
    cmd.TakeDuty: _OFFICES | _HEADS,
    cmd.HandOverDuty: _OFFICES | _HEADS,
    cmd.RecordStationTest: _OFFICES,
    # Of one's own device: everybody who may have picture and voice.
    cmd.RecordDeviceCheck: IN_THE_ROOM | STAFF,
    # A technician is let in by it, and decides nothing.
    cmd.OpenTechnicalTest: _OFFICES | _HEADS,
    cmd.CloseTechnicalTest: _OFFICES | _HEADS,
    cmd.EnrolStation: _OFFICES,
    cmd.WithdrawStation: _OFFICES,
    cmd.AttestPresence: _OFFICES,
    cmd.LeaveStation: _OFFICES | {Role.STATION},
    cmd.RecordArrival: _OFFICES,
    cmd.CheckIdentity: _OFFICES,
    cmd.RefuseIdentity: _OFFICES,
    cmd.AcceptSignIn: _ORGANISER,
    # Whoever decides may doubt (design of identity, point 7).
    cmd.AskIdentityCheck: JURY,
    cmd.SignAttendance: _OFFICES | JURY | {Role.CANDIDATE, Role.ASSISTANT},
    cmd.SignAttestation: _INVIGILATOR | {Role.CANDIDATE},
    cmd.Admit: _INVIGILATOR,
    cmd.MarkAbsent: _INVIGILATOR,
    cmd.Start: _CHAIR,
    cmd.Pause: _CHAIR | _INVIGILATOR,
    cmd.Resume: _CHAIR,
    cmd.SetMuted: _CHAIR | _ORGANISER,
    cmd.SendOut: _CHAIR | _ORGANISER,
    cmd.LetBackIn: _CHAIR | _ORGANISER,
    # For what the exam needs: a presentation, a text to comment on.
    cmd.ShareScreen: JURY | {Role.CANDIDATE},
    cmd.StopScreen: JURY | _ORGANISER | {Role.CANDIDATE},
    cmd.DeclareOutage: JURY | _OFFICES,
    cmd.EndOutage: JURY | _OFFICES,
    cmd.WithdrawOutage: JURY | _OFFICES,
    cmd.DecideExtension: _CHAIR,
    cmd.NoteFinding: _OFFICES,
    cmd.NoteRemarks: _INVIGILATOR | {Role.CANDIDATE},
    cmd.SignIncidentSheet: _OFFICES,
    cmd.HandIncidentSheet: _OFFICES,
    cmd.RequestPostponement: JURY,
    cmd.AgreePostponement: _OFFICES,
    cmd.VoidSitting: _OFFICES,
    cmd.ExpelCandidate: _CHAIR | {Role.SESSION_MANAGER},
    cmd.WithdrawCandidate: _INVIGILATOR,
    cmd.Close: _CHAIR,
    cmd.CallHelp: _IN_A_ROOM | {Role.STATION},
    cmd.AnswerHelp: _OFFICES,
    cmd.OpenDeliberation: _CHAIR,
    cmd.BeginRollCall: _CHAIR,
    cmd.TryHearing: _CHAIR,
    cmd.AnswerRollCall: _CHAIR,
    cmd.ContinueWithout: _CHAIR,
    cmd.RecuseMember: JURY,
    cmd.ShowDocument: JURY,
    # Where the chair is out for a candidate, another member presides: the rules say who.
    cmd.TakeUpCandidate: JURY,
    cmd.ProposeDecision: JURY,
    cmd.CastVote: JURY,
    cmd.AdoptDecision: JURY,
    cmd.CloseDeliberation: _CHAIR,
    cmd.SignMinutes: _SIGNERS,
    cmd.ExplainMissingSignature: _CHAIR | _ORGANISER,
    cmd.WriteAmendment: _CHAIR | _ORGANISER,
    cmd.SignAmendment: _SIGNERS,
    cmd.DeliverMinutes: _ORGANISER,
    cmd.PublishResults: _ORGANISER,
    cmd.SendExtract: _ORGANISER,
    cmd.AcknowledgeExtract: _OFFICES,
    cmd.EnterAppeal: _ORGANISER,
    cmd.CloseAppeal: _ORGANISER,
    cmd.RevokeInvitation: _ORGANISER,
}

Reach = Literal["session", "office", "own"]
"""Of the sittings of a session: all, those that one's office hosts, those one takes part in."""

REACH: dict[Role, Reach] = {
    Role.ORGANISER: "session",
    Role.SESSION_MANAGER: "session",
    Role.INVIGILATOR: "office",
    Role.CHAIR: "own",
    Role.EXAMINER: "own",
    Role.CANDIDATE: "own",
    Role.ASSISTANT: "own",
    # A station takes part where those who are at it do.
    Role.STATION: "own",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a kind of document, and what one of it is about."""

    about: Literal["session", "office", "office_day", "sitting", "reach"]
    """`reach`: one for each reader, as far as their reach goes."""
    roles: frozenset[Role]


DOCUMENTS: dict[str, Reading] = {
    "convocation": Reading("sitting", _OFFICES),
    "attestation": Reading("sitting", _OFFICES),
    "attendance": Reading("office_day", _OFFICES),
    # The sheet is handed to the jury. Source: instruction, annex 3.
    "incident": Reading("sitting", _OFFICES | JURY),
    "minutes": Reading("session", JURY | {Role.ORGANISER, Role.SESSION_MANAGER}),
    "signatures": Reading("session", JURY | {Role.ORGANISER, Role.SESSION_MANAGER}),
    "results": Reading("session", frozenset({Role.ORGANISER, Role.SESSION_MANAGER})),
    "extract": Reading("office", _OFFICES),
    "archive": Reading("session", _ORGANISER),
    "record": Reading("session", _ORGANISER),
    # What their pages show while it happens, and the minutes draw.
    "timeline": Reading("sitting", JURY | _OFFICES | {Role.SESSION_MANAGER}),
    # Who is here, of those whom the reader sees (J1).
    "register": Reading("reach", JURY | _OFFICES | {Role.SESSION_MANAGER}),
}
"""By the kind that begins a document's name."""

WATCHERS = _OFFICES | {Role.SESSION_MANAGER}
"""Who watches the rooms of a day on one screen; each those within their reach."""

IDENTITY_CHECKED_BY: dict[Role, Role] = {
    Role.CANDIDATE: Role.INVIGILATOR,
    Role.ASSISTANT: Role.INVIGILATOR,
    Role.EXAMINER: Role.ORGANISER,
    Role.CHAIR: Role.ORGANISER,
}
"""Who compares whom with a document. Source: instruction, annex 1 (the days of the session)."""

SECOND_FACTOR = JURY | _OFFICES | {Role.SESSION_MANAGER}
"""Roles that vote or decide: their invitation needs a code besides the link."""


def is_allowed(role: Role, command: type[cmd.Command]) -> bool:
    return role in PERMISSIONS.get(command, frozenset())


def check_allowed(role: Role, command: cmd.Command) -> None:
    """Raises: NotAllowedError, `not_allowed`."""
    if not is_allowed(role, type(command)):
        raise NotAllowedError("not_allowed", role=role.value, command=command.command)


def reach_of(session: Session, me: Participant) -> Reach | None:
    """Return how far a person's role reaches; an organiser of another office hosts, no more."""
    reach = REACH.get(me.role)
    if me.role is Role.ORGANISER and me.office_id != session.info.organising_office_id:
        return "office"
    return reach


def organises(session: Session, me: Participant) -> bool:
    """Return whether `me` acts for the organising office, and not for one that hosts."""
    return me.role is Role.ORGANISER and reach_of(session, me) == "session"


def concerns(session: Session, me: Participant, sitting: Sitting) -> bool:
    """Return whether `me` has anything to do with `sitting`."""
    match reach_of(session, me):
        case "session":
            return True
        case "office":
            return sitting.plan.host_office_id == me.office_id
        case "own":
            at_mine = session.stations.people_at(me.participant_id)
            people = [session.participants[who] for who in at_mine] or [me]
            return any(_takes_part(session, person, sitting) for person in people)
        case None:
            return False


def _takes_part(session: Session, person: Participant, sitting: Sitting) -> bool:
    is_void = sitting.state is not SittingState.CLOSED
    if person.role in JURY and session.deliberation.opened_ms is not None and is_void:
        return False  # Only what counts reaches the deliberation (D9).
    return person.participant_id in sitting.members()


def may_read(session: Session, me: Participant, kind: str, subject: str = "") -> bool:
    """Return whether `me` may read a document: a kind, and the sitting or office it is about."""
    reading = DOCUMENTS.get(kind)
    if reading is None or me.role not in reading.roles:
        return False
    reach = reach_of(session, me)
    if reading.about == "reach":
        return reach is not None
    if reading.about == "sitting":
        return subject in session.sittings and concerns(session, me, session.sittings[subject])
    if reading.about == "session":
        return reach == "session" or me.role in JURY
    office_id = subject[: -len(_DAY)] if reading.about == "office_day" else subject
    return reach == "session" or (reach == "office" and office_id == me.office_id)
