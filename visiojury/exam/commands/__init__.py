"""What people ask for. Each is one act; `command` is its stable name on the wire.

One module an area; they are used through this one.
"""

from __future__ import annotations

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
    OpenDeliberation,
    ProposeDecision,
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
    | AnswerRollCall
    | ProposeDecision
    | CastVote
    | AdoptDecision
    | CloseDeliberation
    | RevokeInvitation
)

__all__ = [
    "Admit",
    "AdoptDecision",
    "AgreePostponement",
    "AnswerHelp",
    "AnswerRollCall",
    "CallHelp",
    "CastVote",
    "CheckIdentity",
    "Close",
    "CloseDeliberation",
    "Command",
    "DecideExtension",
    "MarkAbsent",
    "OpenDeliberation",
    "Pause",
    "ProposeDecision",
    "RequestPostponement",
    "Resume",
    "RevokeInvitation",
    "SessionDefinition",
    "SignAttestation",
    "SittingCommand",
    "SittingPlan",
    "Start",
]
