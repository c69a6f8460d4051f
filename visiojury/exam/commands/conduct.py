"""Acts of the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.events import Side, SignatureMeans, Streams, WithdrawalCause
from visiojury.exam.people import Identifier, Milliseconds, Strict, Text

Reason = Annotated[Text, MinLen(1)]


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
class SetMuted(SittingCommand):
    """What nobody sees or hears of a person from now on; both false: all of it again."""

    participant_id: Identifier
    audio: bool
    video: bool
    command: Literal["set_muted"] = "set_muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOut(SittingCommand):
    """The person waits outside, neither seeing nor hearing, until let back in."""

    participant_id: Identifier
    reason: Reason
    command: Literal["send_out"] = "send_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetBackIn(SittingCommand):
    participant_id: Identifier
    command: Literal["let_back_in"] = "let_back_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareScreen(SittingCommand):
    """One's own screen is shown to everybody in the sitting."""

    command: Literal["share_screen"] = "share_screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopScreen(SittingCommand):
    """The screen shown in the sitting is shown no longer: one's own, or anybody's by the chair."""

    command: Literal["stop_screen"] = "stop_screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideExtension(SittingCommand):
    outage_id: Identifier
    granted_s: Annotated[int, Ge(0), Le(24 * 3600)]
    reason: Text = ""
    command: Literal["decide_extension"] = "decide_extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareOutage(SittingCommand):
    """An outage that nothing measured: noise, an alarm, an echo."""

    side: Side
    stream: Streams
    description: Reason
    start_ms: Milliseconds | None = None
    """None: now."""
    end_ms: Milliseconds | None = None
    """None: it lasts still."""
    command: Literal["declare_outage"] = "declare_outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOutage(SittingCommand):
    """The end of a declared outage; a found one ends by itself."""

    outage_id: Identifier
    end_ms: Milliseconds | None = None
    """None: now."""
    command: Literal["end_outage"] = "end_outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOutage(SittingCommand):
    outage_id: Identifier
    command: Literal["withdraw_outage"] = "withdraw_outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFinding(SittingCommand):
    outage_id: Identifier
    text: Reason
    command: Literal["note_finding"] = "note_finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRemarks(SittingCommand):
    text: Reason
    command: Literal["note_remarks"] = "note_remarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIncidentSheet(SittingCommand):
    """An agent signs for their office: with their own key, or on the printed sheet."""

    means: SignatureMeans = "screen"
    command: Literal["sign_incident_sheet"] = "sign_incident_sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandIncidentSheet(SittingCommand):
    command: Literal["hand_incident_sheet"] = "hand_incident_sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidSitting(SittingCommand):
    """One office's word; the other office's makes it so."""

    reason: Reason
    command: Literal["void_sitting"] = "void_sitting"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpelCandidate(SittingCommand):
    reason: Reason
    command: Literal["expel_candidate"] = "expel_candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCandidate(SittingCommand):
    cause: WithdrawalCause
    reason: Text = ""
    command: Literal["withdraw_candidate"] = "withdraw_candidate"


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
