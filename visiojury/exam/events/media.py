"""Media, as the relay observed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred
from visiojury.exam.people import Identifier, Milliseconds, Name

Stream = Literal["audio", "video"]
Cause = Literal["uplink", "capture", "downlink", "relay"]
Direction = Literal["sent", "received"]
"""As the participant sees it."""
Witness = Literal["reports", "page"]
"""Who tells what a participant receives: its connection's reports, or its page, as testimony."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaBound(Occurred):
    """Media of a participant is now carried by the connection with this certificate."""

    participant_id: Identifier
    fingerprint: Name
    device_key: Name
    checked_by: Identifier | None
    """Who had checked the person's identity by then; of a station, who enrolled it."""
    type: Literal["media.bound"] = "media.bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted(Occurred):
    participant_id: Identifier
    stream: Stream
    type: Literal["media.started"] = "media.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInterrupted(Occurred):
    """Occurred at the last good packet or frame; noticed at `detected_ms`."""

    participant_id: Identifier
    stream: Stream
    cause: Cause
    detected_ms: Milliseconds
    type: Literal["media.interrupted"] = "media.interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRestored(Occurred):
    participant_id: Identifier
    stream: Stream
    cause: Cause
    type: Literal["media.restored"] = "media.restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownlinkInterrupted(Occurred):
    """What others send does not reach this participant, since `at_ms`."""

    participant_id: Identifier
    stream: Stream
    cause: Cause
    witness: Witness
    detected_ms: Milliseconds
    type: Literal["downlink.interrupted"] = "downlink.interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownlinkRestored(Occurred):
    participant_id: Identifier
    stream: Stream
    cause: Cause
    witness: Witness
    type: Literal["downlink.restored"] = "downlink.restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDegraded(Occurred):
    """The score of a participant's media was at most 40 of 100 for five seconds since `at_ms`."""

    participant_id: Identifier
    type: Literal["quality.degraded"] = "quality.degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRecovered(Occurred):
    """It was above 60 for five seconds since `at_ms`."""

    participant_id: Identifier
    type: Literal["quality.recovered"] = "quality.recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSwitched(Occurred):
    """The owner switched the microphone or camera on or off: not an interruption."""

    participant_id: Identifier
    stream: Stream
    is_on: bool
    type: Literal["media.switched"] = "media.switched"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDisconnected(Occurred):
    """The connection is gone: left, closed or silent for 30 s."""

    participant_id: Identifier
    type: Literal["media.disconnected"] = "media.disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInterrupted(Occurred):
    """We were not there: from `at_ms` (last mark of life) until media flows again."""

    part: Literal["server", "relay"]
    resumed_ms: Milliseconds
    type: Literal["service.interrupted"] = "service.interrupted"
