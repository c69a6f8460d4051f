"""The session, its people and its programme; who is on duty; tests of stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le

from visiojury.exam.events.base import Occurred, Seconds, SittingEvent
from visiojury.exam.people import (
    Diploma,
    Identifier,
    Milliseconds,
    Name,
    Office,
    Participant,
    Percent,
    RelationKind,
    Route,
    SessionDay,
    Text,
)

Purpose = Literal["exam", "rehearsal"]
HeldBy = Literal["state", "establishment"]
NetworkPath = Literal["udp", "tcp", "turn"]

# --- the session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(Occurred):
    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: tuple[Office, ...]
    days: tuple[SessionDay, ...] = ()
    """The calendar; an office without a day in it is held to no hours."""
    held_by: HeldBy = "state"
    exception_reason: Text = ""
    """Why a session of a training establishment may be held by video (S3)."""
    exception_author_id: Identifier | None = None
    """The organiser who accepts that exception."""
    reference: Name | None = None
    """Date of the reference data it was entered from; None: entered without any."""
    results_ms: Milliseconds | None = None
    """When results appear (B2)."""
    results_place: Name | None = None
    """Where they appear: an address of the web (B2)."""
    follows_session_id: Identifier | None = None
    """The session that was moved, of which this one is the continuation (D12)."""
    type: Literal["session.created"] = "session.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Occurred):
    """Everything was there: from now on the day may be held."""

    type: Literal["session.opened"] = "session.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSuspended(Occurred):
    reason: Text
    type: Literal["session.suspended"] = "session.suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContinued(Occurred):
    type: Literal["session.continued"] = "session.continued"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCancelled(Occurred):
    reason: Text
    type: Literal["session.cancelled"] = "session.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMoved(Occurred):
    """What was not held is held in another session."""

    reason: Text
    to_session_id: Identifier
    type: Literal["session.moved"] = "session.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeJoined(Occurred):
    office: Office
    type: Literal["office.joined"] = "office.joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAdded(Occurred):
    day: SessionDay
    type: Literal["day.added"] = "day.added"


# --- its people


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantEnrolled(Occurred):
    participant: Participant
    type: Literal["participant.enrolled"] = "participant.enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantWithdrawn(Occurred):
    participant_id: Identifier
    reason: Text
    type: Literal["participant.withdrawn"] = "participant.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationDeclared(Occurred):
    """A link between an examiner and a candidate: out of that sitting, out of that vote (B8)."""

    examiner_id: Identifier
    candidate_id: Identifier
    kind: RelationKind
    type: Literal["relation.declared"] = "relation.declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationWithdrawn(Occurred):
    """It was declared by mistake."""

    examiner_id: Identifier
    candidate_id: Identifier
    type: Literal["relation.withdrawn"] = "relation.withdrawn"


# --- its programme


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingScheduled(SittingEvent):
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: tuple[Identifier, ...]
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60)]
    """Regulatory duration: the base of the one-third cap."""
    adjustment_percent: Percent = 0
    """Share of the duration given more on medical prescription (B7)."""
    adjustment_s: Seconds = 0
    """That share in seconds; not in the cap's base."""
    room: Name | None = None
    """The room of the host office; None: not told yet."""
    station: Name | None = None
    """The station that the candidate sits at, as it was tested (B5)."""
    follows_sitting_id: Identifier | None = None
    """The sitting that did not count, which this one replaces (D9)."""
    late_ends_on_time: bool = False
    """The diploma's rule: a late candidate does not push the end back (D5)."""
    is_remote: bool = True
    """Whether candidate and jury are in different places."""
    type: Literal["sitting.scheduled"] = "sitting.scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingRescheduled(SittingEvent):
    """All that may change before the candidate is admitted, as it is from now on."""

    planned_ms: Milliseconds
    room: Name | None
    station: Name | None
    examiner_ids: tuple[Identifier, ...]
    type: Literal["sitting.rescheduled"] = "sitting.rescheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingCancelled(SittingEvent):
    reason: Text
    type: Literal["sitting.cancelled"] = "sitting.cancelled"


# --- the day


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTaken(Occurred):
    """An agent of an office, or the session manager, is there and can be reached (D3)."""

    participant_id: Identifier
    type: Literal["duty.taken"] = "duty.taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHandedOver(Occurred):
    participant_id: Identifier
    to_participant_id: Identifier
    type: Literal["duty.handed_over"] = "duty.handed_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalTestOpened(Occurred):
    """The staff of both offices see and hear each other from now on (B5).

    The deliberation ends it, and so does the end of a session that is given up.
    """

    participant_id: Identifier
    """Who opened it, of whichever office."""
    type: Literal["technical_test.opened"] = "technical_test.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalTestClosed(Occurred):
    participant_id: Identifier
    type: Literal["technical_test.closed"] = "technical_test.closed"


Verdict = Literal["good", "fair", "poor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChecked(Occurred):
    """Somebody tried their own device and network, by a call with themselves (B5).

    It went through the relay; what was measured is what their page says: a testimony.
    """

    participant_id: Identifier
    """A person or a station."""
    browser: Name
    open_paths: tuple[NetworkPath, ...]
    """Those by which the relay was reached."""
    path: NetworkPath | None
    """The one the call took; None: there was no way."""
    verdict: Verdict
    rtt_ms: Annotated[int, Ge(0)] | None
    lost_permille: Annotated[int, Ge(0), Le(1000)] | None
    """Of packets there and back."""
    jitter_ms: Annotated[int, Ge(0)] | None
    bitrate_bps: Annotated[int, Ge(0)] | None
    frames_per_s: Annotated[int, Ge(0)] | None
    """None: no camera."""
    type: Literal["device.checked"] = "device.checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationTested(Occurred):
    """Both offices tried a station with the links of the day (B5). A test is never the exam."""

    station: Name
    office_id: Identifier
    """Where the station stands."""
    partner_id: Identifier
    """The agent of another office who tested with the one who records it."""
    browser: Name
    path: NetworkPath
    quality: Percent | None
    """Score from 0 to 100 that the relay measured; None: nothing arrived there."""
    is_good: bool
    remarks: Text = ""
    type: Literal["station.tested"] = "station.tested"
