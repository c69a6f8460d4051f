"""The sitting itself: clock, outages, extension, postponement, help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen

from visiojury.exam.events.base import Occurred, Seconds, SittingEvent
from visiojury.exam.events.media import Cause, Stream
from visiojury.exam.people import Identifier, Milliseconds, Strict, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingStarted(SittingEvent):
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
class HelpCalled(Occurred):
    """A person in a room needs an office at once (D11)."""

    help_id: Identifier
    participant_id: Identifier
    type: Literal["help.called"] = "help.called"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAnswered(Occurred):
    help_id: Identifier
    type: Literal["help.answered"] = "help.answered"
