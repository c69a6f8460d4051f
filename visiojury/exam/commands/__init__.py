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
    RevokeInvitation,
    SessionDefinition,
    SittingPlan,
)
from visiojury.exam.commands.reception import (
    Admit,
    CheckIdentity,
    MarkAbsent,
    SignAttestation,
)

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
    | RevokeInvitation
)

__all__ = [
    "AcknowledgeExtract",
    "Admit",
    "AdoptDecision",
    "AgreePostponement",
    "AnswerHelp",
    "AnswerRollCall",
    "CallHelp",
    "CastVote",
    "CheckIdentity",
    "Close",
    "CloseAppeal",
    "CloseDeliberation",
    "Command",
    "ContinueWithout",
    "DecideExtension",
    "DeliverMinutes",
    "EnterAppeal",
    "ExplainMissingSignature",
    "MarkAbsent",
    "OpenDeliberation",
    "Pause",
    "ProposeDecision",
    "PublishResults",
    "RecuseMember",
    "RequestPostponement",
    "Resume",
    "RevokeInvitation",
    "SendExtract",
    "SessionDefinition",
    "ShowDocument",
    "SignAmendment",
    "SignAttestation",
    "SignMinutes",
    "SittingCommand",
    "SittingPlan",
    "Start",
    "TakeUpCandidate",
    "TryHearing",
    "WriteAmendment",
]
