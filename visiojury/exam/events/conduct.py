"""The sitting itself: clock, outages, extension, incident sheet, how it ends, help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen

from visiojury.exam.events.base import Occurred, Seconds, SittingEvent
from visiojury.exam.events.media import Cause, Direction, Stream
from visiojury.exam.events.reception import SignatureMeans
from visiojury.exam.people import Identifier, Milliseconds, Strict, Text

Side = Literal["candidate", "jury", "both", "service"]
"""Where a declared outage was; `service`: ours."""
Streams = Literal["audio", "video", "both"]
WithdrawalCause = Literal["ill", "left", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingStarted(SittingEvent):
    late_s: Seconds
    """How long after the planned instant, whatever the cause."""
    forfeited_s: Seconds
    """What the candidate's own lateness takes from their time, where the end is kept (D5)."""
    type: Literal["sitting.started"] = "sitting.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPaused(SittingEvent):
    reason: Text
    type: Literal["sitting.paused"] = "sitting.paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingResumed(SittingEvent):
    type: Literal["sitting.resumed"] = "sitting.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingClosed(SittingEvent):
    type: Literal["sitting.closed"] = "sitting.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance(Strict):
    """Why the sitting cannot be held: one participant's stream, since when, on whose side."""

    participant_id: Identifier
    stream: Stream
    since_ms: Milliseconds
    cause: Cause
    direction: Direction = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageOpened(SittingEvent):
    """`at_ms` is when it was concluded, `start_ms` when the outage began."""

    outage_id: Identifier
    start_ms: Milliseconds
    hindrances: Annotated[tuple[Hindrance, ...], MaxLen(64)]
    type: Literal["outage.opened"] = "outage.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageClosed(SittingEvent):
    """The final bounds: the union of all interruptions that made it up."""

    outage_id: Identifier
    start_ms: Milliseconds
    end_ms: Milliseconds
    hindrances: Annotated[tuple[Hindrance, ...], MaxLen(64)]
    type: Literal["outage.closed"] = "outage.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageDeclared(SittingEvent):
    """Somebody says that the sitting could not be held, and since when: their testimony (D7)."""

    outage_id: Identifier
    start_ms: Milliseconds
    side: Side
    stream: Streams
    description: Text
    type: Literal["outage.declared"] = "outage.declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOutageEnded(SittingEvent):
    outage_id: Identifier
    end_ms: Milliseconds
    type: Literal["outage.declared_ended"] = "outage.declared_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOutageWithdrawn(SittingEvent):
    """Who declared it takes it back before it is decided: it gives nothing any more."""

    outage_id: Identifier
    type: Literal["outage.declared_withdrawn"] = "outage.declared_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingNoted(SittingEvent):
    """What an office saw of an outage; a later note of the same office replaces it (D7)."""

    outage_id: Identifier
    office_id: Identifier
    text: Text
    type: Literal["finding.noted"] = "finding.noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarksNoted(SittingEvent):
    """The candidate's own remarks on what happened, for the incident sheet (D10)."""

    text: Text
    type: Literal["remarks.noted"] = "remarks.noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSheetSigned(SittingEvent):
    office_id: Identifier
    means: SignatureMeans
    type: Literal["incident_sheet.signed"] = "incident_sheet.signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSheetHanded(SittingEvent):
    """The jury was given the sheet that both offices signed."""

    type: Literal["incident_sheet.handed"] = "incident_sheet.handed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDecided(SittingEvent):
    """The chair confirmed, shortened or refused the time of one outage (D8)."""

    outage_id: Identifier
    provisional_s: Seconds
    granted_s: Seconds
    left_under_cap_s: Seconds
    reason: Text
    type: Literal["extension.decided"] = "extension.decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementAdvised(SittingEvent):
    """The cap is reached: the clock runs on and only a postponement remains."""

    type: Literal["postponement.advised"] = "postponement.advised"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementRequested(SittingEvent):
    reason: Text
    type: Literal["postponement.requested"] = "postponement.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementAgreed(SittingEvent):
    """One of the two offices agrees; the second one's agreement makes it so (D9)."""

    office_id: Identifier
    type: Literal["postponement.agreed"] = "postponement.agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPostponed(SittingEvent):
    """The performance is void; nothing of it counts."""

    type: Literal["sitting.postponed"] = "sitting.postponed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidingAgreed(SittingEvent):
    """One of the two offices holds that the performance cannot count (D9)."""

    office_id: Identifier
    reason: Text
    type: Literal["voiding.agreed"] = "voiding.agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingVoided(SittingEvent):
    """Both offices agreed: nothing of the performance reaches the deliberation."""

    reason: Text
    type: Literal["sitting.voided"] = "sitting.voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateExpelled(SittingEvent):
    reason: Text
    type: Literal["candidate.expelled"] = "candidate.expelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateWithdrew(SittingEvent):
    """The candidate does not take the exam, or not to its end: ill, gone (D12)."""

    cause: WithdrawalCause
    reason: Text
    type: Literal["candidate.withdrew"] = "candidate.withdrew"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantMuted(SittingEvent):
    """What nobody sees or hears of a person from now on; both false: all of it again."""

    participant_id: Identifier
    audio: bool
    video: bool
    type: Literal["participant.muted"] = "participant.muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantSentOut(SittingEvent):
    participant_id: Identifier
    reason: Text
    type: Literal["participant.sent_out"] = "participant.sent_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantLetBackIn(SittingEvent):
    participant_id: Identifier
    type: Literal["participant.let_back_in"] = "participant.let_back_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShared(SittingEvent):
    """Everybody in the sitting sees this person's screen, until it is stopped."""

    participant_id: Identifier
    type: Literal["screen.shared"] = "screen.shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenStopped(SittingEvent):
    participant_id: Identifier
    """Whose screen it was; nobody acted where its owner was no longer to be seen."""
    type: Literal["screen.stopped"] = "screen.stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCalled(Occurred):
    """A person in a room needs an office at once (D11)."""

    help_id: Identifier
    participant_id: Identifier
    type: Literal["help.called"] = "help.called"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAnswered(Occurred):
    help_id: Identifier
    type: Literal["help.answered"] = "help.answered"
