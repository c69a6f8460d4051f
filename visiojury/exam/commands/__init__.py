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
    DeclareOutage,
    EndOutage,
    ExpelCandidate,
    HandIncidentSheet,
    LetBackIn,
    NoteFinding,
    NoteRemarks,
    Pause,
    RequestPostponement,
    Resume,
    SendOut,
    SetMuted,
    ShareScreen,
    SignIncidentSheet,
    Start,
    StopScreen,
    VoidSitting,
    WithdrawCandidate,
    WithdrawOutage,
)
from visiojury.exam.commands.jury import (
    MOST_FILE_BYTES,
    AdoptDecision,
    AnswerRollCall,
    BeginRollCall,
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
    CloseTechnicalTest,
    ContinueSession,
    DeclareRelation,
    EnrolParticipant,
    HandOverDuty,
    MoveSession,
    OpenSession,
    OpenTechnicalTest,
    RecordDeviceCheck,
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
    AcceptSignIn,
    Admit,
    AskIdentityCheck,
    CheckIdentity,
    MarkAbsent,
    RecordArrival,
    RefuseIdentity,
    SignAttendance,
    SignAttestation,
)
from visiojury.exam.commands.stations import (
    AttestPresence,
    EnrolStation,
    LeaveStation,
    StationCommand,
    WithdrawStation,
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
    | OpenTechnicalTest
    | CloseTechnicalTest
    | RecordDeviceCheck
    | RecordStationTest
    | EnrolStation
    | WithdrawStation
    | AttestPresence
    | LeaveStation
    | RevokeInvitation
    | CheckIdentity
    | AcceptSignIn
    | AskIdentityCheck
    | RefuseIdentity
    | RecordArrival
    | SignAttendance
    | SignAttestation
    | Admit
    | MarkAbsent
    | Start
    | Pause
    | SetMuted
    | SendOut
    | LetBackIn
    | ShareScreen
    | StopScreen
    | Resume
    | DecideExtension
    | DeclareOutage
    | EndOutage
    | WithdrawOutage
    | NoteFinding
    | NoteRemarks
    | SignIncidentSheet
    | HandIncidentSheet
    | RequestPostponement
    | AgreePostponement
    | VoidSitting
    | ExpelCandidate
    | WithdrawCandidate
    | Close
    | CallHelp
    | AnswerHelp
    | OpenDeliberation
    | BeginRollCall
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
    "AcceptSignIn",
    "AcknowledgeExtract",
    "AddDay",
    "AddOffice",
    "Admit",
    "AdoptDecision",
    "AgreePostponement",
    "AnswerHelp",
    "AnswerRollCall",
    "AskIdentityCheck",
    "AttestPresence",
    "BeginRollCall",
    "CallHelp",
    "CancelSession",
    "CancelSitting",
    "CastVote",
    "CheckIdentity",
    "Close",
    "CloseAppeal",
    "CloseDeliberation",
    "CloseTechnicalTest",
    "Command",
    "ContinueSession",
    "ContinueWithout",
    "DecideExtension",
    "DeclareOutage",
    "DeclareRelation",
    "DeliverMinutes",
    "EndOutage",
    "EnrolParticipant",
    "EnrolStation",
    "EnterAppeal",
    "ExpelCandidate",
    "ExplainMissingSignature",
    "HandIncidentSheet",
    "HandOverDuty",
    "LeaveStation",
    "LetBackIn",
    "MarkAbsent",
    "MoveSession",
    "NoteFinding",
    "NoteRemarks",
    "OpenDeliberation",
    "OpenSession",
    "OpenTechnicalTest",
    "Pause",
    "ProposeDecision",
    "PublishResults",
    "RecordArrival",
    "RecordDeviceCheck",
    "RecordStationTest",
    "RecuseMember",
    "RefuseIdentity",
    "RequestPostponement",
    "RescheduleSitting",
    "Resume",
    "RevokeInvitation",
    "ScheduleSitting",
    "SendExtract",
    "SendOut",
    "SessionDefinition",
    "SetMuted",
    "ShareScreen",
    "ShowDocument",
    "SignAmendment",
    "SignAttendance",
    "SignAttestation",
    "SignIncidentSheet",
    "SignMinutes",
    "SittingCommand",
    "SittingPlan",
    "Start",
    "StationCommand",
    "StopScreen",
    "SuspendSession",
    "TakeDuty",
    "TakeUpCandidate",
    "TryHearing",
    "VoidSitting",
    "WithdrawCandidate",
    "WithdrawOutage",
    "WithdrawParticipant",
    "WithdrawRelation",
    "WithdrawStation",
    "WriteAmendment",
]
