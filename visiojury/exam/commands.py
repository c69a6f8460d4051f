"""What people ask for. Each is one act; `command` is its stable name on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from visiojury.exam.events import Ballot, DocumentKind, Outcome, Purpose, Route
from visiojury.exam.people import (
    Attendance,
    Diploma,
    Identifier,
    Milliseconds,
    Name,
    Office,
    Participant,
    Strict,
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPlan(Strict):
    """A sitting as the organiser enters it."""

    sitting_id: Identifier
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: Annotated[tuple[Identifier, ...], MaxLen(10)]
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60), Le(6 * 3600)]
    adjustment_s: Annotated[int, Ge(0), Le(6 * 3600)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDefinition(Strict):
    """A whole session as the organiser enters it."""

    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: Annotated[tuple[Office, ...], MaxLen(30)]
    participants: Annotated[tuple[Participant, ...], MaxLen(200)]
    sittings: Annotated[tuple[SittingPlan, ...], MaxLen(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingCommand(Strict):
    sitting_id: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity(Strict):
    participant_id: Identifier
    document: DocumentKind
    command: Literal["check_identity"] = "check_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAttestation(SittingCommand):
    command: Literal["sign_attestation"] = "sign_attestation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(SittingCommand):
    command: Literal["admit"] = "admit"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAbsent(SittingCommand):
    command: Literal["mark_absent"] = "mark_absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(SittingCommand):
    command: Literal["start"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(SittingCommand):
    reason: Text
    command: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(SittingCommand):
    command: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideExtension(SittingCommand):
    outage_id: Identifier
    granted_s: Annotated[int, Ge(0), Le(24 * 3600)]
    reason: Text = ""
    command: Literal["decide_extension"] = "decide_extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPostponement(SittingCommand):
    reason: Text
    command: Literal["request_postponement"] = "request_postponement"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreePostponement(SittingCommand):
    command: Literal["agree_postponement"] = "agree_postponement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(SittingCommand):
    command: Literal["close"] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHelp(Strict):
    command: Literal["call_help"] = "call_help"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHelp(Strict):
    help_id: Identifier
    command: Literal["answer_help"] = "answer_help"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeliberation(Strict):
    command: Literal["open_deliberation"] = "open_deliberation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRollCall(Strict):
    participant_id: Identifier
    attendance: Attendance
    command: Literal["answer_roll_call"] = "answer_roll_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDecision(Strict):
    candidate_id: Identifier
    outcome: Outcome
    blocks: Annotated[tuple[Name, ...], MaxLen(30)] = ()
    command: Literal["propose_decision"] = "propose_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(Strict):
    candidate_id: Identifier
    ballot: Ballot
    command: Literal["cast_vote"] = "cast_vote"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptDecision(Strict):
    candidate_id: Identifier
    command: Literal["adopt_decision"] = "adopt_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDeliberation(Strict):
    command: Literal["close_deliberation"] = "close_deliberation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation(Strict):
    """End a person's access at once: the link, and every connection made with it."""

    participant_id: Identifier
    command: Literal["revoke_invitation"] = "revoke_invitation"


Command = (
    CheckIdentity
    | SignAttestation
    | Admit
    | MarkAbsent
    | Start
    | Pause
    | Resume
    | DecideExtension
    | RequestPostponement
    | AgreePostponement
    | Close
    | CallHelp
    | AnswerHelp
    | OpenDeliberation
    | AnswerRollCall
    | ProposeDecision
    | CastVote
    | AdoptDecision
    | CloseDeliberation
    | RevokeInvitation
)
