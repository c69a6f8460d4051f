"""What people ask for. Each is one act; `command` is its stable name on the wire.

One module an area; they are used through this one.
"""

from __future__ import annotations

from visiojury.exam.commands.after import (
    AcknowledgeExtract,
    CloseAppeal,
    DeliverMinutes,
    EnterAppeal,
    ExplainMissingSignature,
    PublishResults,
    SendExtract,
    SignAmendment,
    SignMinutes,
    WriteAmendment,
)
from visiojury.exam.commands.base import (
    SittingCommand,
)
from visiojury.exam.commands.conduct import (
    AgreePostponement,
    AnswerHelp,
    CallHelp,
    Close,
    DecideExtension,
    Pause,
    RequestPostponement,
    Resume,
    Start,
)
from visiojury.exam.commands.jury import (
    MOST_FILE_BYTES,
    AdoptDecision,
    AnswerRollCall,
    CastVote,
    CloseDeliberation,
    ContinueWithout,
    OpenDeliberation,
    ProposeDecision,
    RecuseMember,
    ShowDocument,
    TakeUpCandidate,
    TryHearing,
)
from visiojury.exam.commands.planning import (
    AddDay,
    AddOffice,
    CancelSession,
    CancelSitting,
    ContinueSession,
    DeclareRelation,
    EnrolParticipant,
    HandOverDuty,
    MoveSession,
    OpenSession,
    RecordStationTest,
    RescheduleSitting,
    RevokeInvitation,
    ScheduleSitting,
    SessionDefinition,
    SittingPlan,
    SuspendSession,
    TakeDuty,
    WithdrawParticipant,
    WithdrawRelation,
)
from visiojury.exam.commands.reception import (
    Admit,
    CheckIdentity,
    MarkAbsent,
    SignAttestation,
)

Command = (
    OpenSession
    | SuspendSession
    | ContinueSession
    | CancelSession
    | MoveSession
    | AddOffice
    | AddDay
    | EnrolParticipant
    | WithdrawParticipant
    | DeclareRelation
    | WithdrawRelation
    | ScheduleSitting
    | RescheduleSitting
    | CancelSitting
    | TakeDuty
    | HandOverDuty
    | RecordStationTest
    | RevokeInvitation
    | CheckIdentity
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
    | TryHearing
    | AnswerRollCall
    | ContinueWithout
    | RecuseMember
    | ShowDocument
    | TakeUpCandidate
    | ProposeDecision
    | CastVote
    | AdoptDecision
    | CloseDeliberation
    | SignMinutes
    | ExplainMissingSignature
    | WriteAmendment
    | SignAmendment
    | DeliverMinutes
    | PublishResults
    | SendExtract
    | AcknowledgeExtract
    | EnterAppeal
    | CloseAppeal
)

__all__ = [
    "MOST_FILE_BYTES",
    "AcknowledgeExtract",
    "AddDay",
    "AddOffice",
    "Admit",
    "AdoptDecision",
    "AgreePostponement",
    "AnswerHelp",
    "AnswerRollCall",
    "CallHelp",
    "CancelSession",
    "CancelSitting",
    "CastVote",
    "CheckIdentity",
    "Close",
    "CloseAppeal",
    "CloseDeliberation",
    "Command",
    "ContinueSession",
    "ContinueWithout",
    "DecideExtension",
    "DeclareRelation",
    "DeliverMinutes",
    "EnrolParticipant",
    "EnterAppeal",
    "ExplainMissingSignature",
    "HandOverDuty",
    "MarkAbsent",
    "MoveSession",
    "OpenDeliberation",
    "OpenSession",
    "Pause",
    "ProposeDecision",
    "PublishResults",
    "RecordStationTest",
    "RecuseMember",
    "RequestPostponement",
    "RescheduleSitting",
    "Resume",
    "RevokeInvitation",
    "ScheduleSitting",
    "SendExtract",
    "SessionDefinition",
    "ShowDocument",
    "SignAmendment",
    "SignAttestation",
    "SignMinutes",
    "SittingCommand",
    "SittingPlan",
    "Start",
    "SuspendSession",
    "TakeDuty",
    "TakeUpCandidate",
    "TryHearing",
    "WithdrawParticipant",
    "WithdrawRelation",
    "WriteAmendment",
]
