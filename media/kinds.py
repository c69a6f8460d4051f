"""The few closed sets of words that every module of the relay shares."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

GoneReason: TypeAlias = Literal["silence", "consent", "closed", "left", "handshake"]
"""Why a peer is no longer in its room; a room that is closed is left by all. `consent`: media may
still come, but no check any more (RFC 7675)."""
Witness: TypeAlias = Literal["relay", "reports", "page"]
"""Who saw it: the relay itself, the peer's receiver reports, or its page, as testimony."""


class Codec(StrEnum):
    """What is forwarded, as an `rtpmap` names it in lower case."""

    OPUS = "opus/48000/2"
    VP8 = "vp8/90000"
    H264 = "h264/90000"


class Stream(StrEnum):
    """What a participant sends, and what a slot shows: sound, the camera's picture, a screen."""

    AUDIO = "audio"
    VIDEO = "video"
    SCREEN = "screen"

    @property
    def media(self) -> Literal["audio", "video"]:
        """Kind of its m-line (RFC 8866 section 5.14)."""
        return "audio" if self is Stream.AUDIO else "video"

    @property
    def clock_rate_hz(self) -> int:
        """RTP clock of the codecs we accept of this kind (RFC 7587, RFC 7741, RFC 6184)."""
        return 48_000 if self is Stream.AUDIO else 90_000


WATCHED = (Stream.AUDIO, Stream.VIDEO)
"""What interruptions are looked for in: a screen may stand still, and never costs exam time."""


class Direction(StrEnum):
    """As the participant sees it."""

    SENT = "sent"
    RECEIVED = "received"


class Cause(StrEnum):
    """On whose side an interruption lies."""

    UPLINK = "uplink"
    CAPTURE = "capture"
    DOWNLINK = "downlink"
    RELAY = "relay"


class TransportState(StrEnum):
    OK = "ok"
    SUSPECT = "suspect"
    LOST = "lost"
    GONE = "gone"
