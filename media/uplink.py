"""One stream received: counted, its frames put together, its interruptions found.

Times are seconds on the caller's monotonic clock; sending what is asked for here is the
caller's affair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.cache import AUDIO_PACKETS, VIDEO_PACKETS, PacketCache
from media.interruption import AudioWatch, StreamChange, VideoWatch
from media.keyframes import KeyFrameRequester
from media.kinds import Stream
from media.nack import MissingPackets
from media.pictures import PictureDescriptor
from media.quality import Rate, Reception
from media.rtcp import ReportBlock, SenderReport
from media.rtp import RTPPacket, SequenceUnwrapper, abs_send_time
from media.sdp import Uplink

if TYPE_CHECKING:
    from media.forwarding import Slot
    from media.peer import Connection

_FRAMES_OPEN = 16
"""Frames put together at a time; the oldest is given up."""
SILENCE_S = 0.5
"""After this long without a packet, the first one back calls for a key frame at once."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture all of whose packets arrived; numbers are unwrapped."""

    first: int
    last: int
    is_key: bool


class _OpenFrame:
    __slots__ = ("count", "first", "is_key", "last")

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self.count = 0
        self.is_key = False


class FrameAssembler:
    """Tells when all packets of a picture are here, in whatever order. Keeps no payload."""

    def __init__(self) -> None:
        self._open: dict[int, _OpenFrame] = {}

    def add(self, packet: RTPPacket, descriptor: PictureDescriptor) -> Frame | None:
        """Account for one packet; return the frame it completes."""
        frame = self._open.get(packet.timestamp)
        if frame is None:
            if len(self._open) >= _FRAMES_OPEN:
                del self._open[next(iter(self._open))]
            frame = self._open[packet.timestamp] = _OpenFrame()
        frame.count += 1
        if descriptor.starts_frame and (frame.first is None or packet.extended < frame.first):
            frame.first = packet.extended
        frame.is_key = frame.is_key or descriptor.is_key
        if packet.marker:
            frame.last = packet.extended
        first, last = frame.first, frame.last
        if first is None or last is None or frame.count != last - first + 1:
            return None
        del self._open[packet.timestamp]
        return Frame(first, last, frame.is_key)


class UplinkStream:
    """What is known of one stream of one connection. The watch outlives the connection."""

    def __init__(
        self,
        plan: Uplink,
        watch: AudioWatch | VideoWatch | None,
        connection: Connection | None = None,
        *,
        rid: str = "",
        now: float,
    ) -> None:
        self.plan = plan
        self.rid = rid
        """Name of the layer, when the camera sends several."""
        self.layers: list[UplinkStream] = [self]
        """All of the camera, smallest first."""
        self.stream = plan.stream
        self.connection = connection
        """The one it comes over."""
        self.ssrc = plan.ssrc
        self.rtx_ssrc = plan.rtx_ssrc
        self.targets: list[tuple[Slot, Connection]] = []
        """Who looks at it; kept by its room."""
        self.waiting: list[tuple[Slot, Connection]] = []
        """Who will, from its next key frame on, and looks at another layer meanwhile."""
        self.bitrate_bps = 0
        """In the second before the last judgement."""
        self._measured = (0, now)
        self.reception = Reception(plan.stream.clock_rate_hz)
        self.rate = Rate(now=now)
        self.frames = 0
        self.key_frames = KeyFrameRequester()
        self._watch = watch
        self._unwrapper = SequenceUnwrapper()
        self._assembler = FrameAssembler()
        self._sr: tuple[int, float] = (0, now)
        self._arrived_at = now
        self._silence_s = math.inf if plan.stream is Stream.SCREEN else SILENCE_S
        """A screen on which nothing moves is sent about once a second, and not as key frames."""
        self.cache = PacketCache(AUDIO_PACKETS if plan.stream is Stream.AUDIO else VIDEO_PACKETS)
        self.missing = MissingPackets(asks=plan.answers_nack)

    def count(self, packet: RTPPacket, *, now: float) -> None:
        """Account for a packet and unwrap its sequence number."""
        highest = self._unwrapper.highest
        packet.extended = self._unwrapper.unwrap(packet.sequence_number)
        packet.clock = abs_send_time(now)
        is_silence_over = now - self._arrived_at > self._silence_s
        if highest is not None and packet.extended != highest + 1:
            self._out_of_order(packet.extended, highest, is_silence_over=is_silence_over, now=now)
        if is_silence_over:
            self.key_frames.want(now=now, urgent=True)
        self._arrived_at = now
        self.reception.add(packet.extended, packet.timestamp, now=now)
        self.rate.bytes += packet.end

    def _out_of_order(
        self, extended: int, highest: int, *, is_silence_over: bool, now: float
    ) -> None:
        if extended <= highest:
            self.missing.arrived(extended)
        elif is_silence_over or not self.missing.gap(highest + 1, extended - 1, now=now):
            self.missing.clear()
            self.key_frames.want(now=now, urgent=True)
            self._begin_again()

    def measure(self, now: float) -> None:
        """Bring `bitrate_bps` up to date."""
        octets, at = self._measured
        self._measured = (self.rate.bytes, now)
        self.bitrate_bps = int((self.rate.bytes - octets) * 8 / max(now - at, 0.001))

    def misses(self, sequence_number: int) -> bool:
        """Tell whether a packet of that number is still waited for."""
        highest = self._unwrapper.highest
        if highest is None:
            return False
        return self.missing.waits_for(highest - (highest - sequence_number & 0xFFFF))

    def take_missing(self, *, rtt_s: float | None, now: float) -> list[int]:
        """Return what to ask the sender for now; want a key frame for what is given up."""
        numbers, given_up = self.missing.take_due(rtt_s=rtt_s, now=now)
        if given_up and self.stream is not Stream.AUDIO:
            self.key_frames.want(now=now, urgent=False)
        return numbers

    def _begin_again(self) -> None:
        """Let receivers go on as after a switch: they need not know what will never come."""
        for slot, _ in self.targets:
            slot.begin_again()

    def watch_audio(self, packet: RTPPacket, *, now: float) -> Iterable[StreamChange]:
        assert isinstance(self._watch, AudioWatch)
        media_s = packet.timestamp / self.stream.clock_rate_hz
        return self._watch.packet(packet.extended, media_s, now=now)

    def watch_video(
        self, packet: RTPPacket, descriptor: PictureDescriptor, *, now: float
    ) -> Iterable[StreamChange]:
        if descriptor.is_key:
            self.key_frames.arrived()
        frame = self._assembler.add(packet, descriptor)
        if frame is None:
            return ()
        self.frames += 1
        if self._watch is None or self.layers[0] is not self:
            return ()  # A larger layer may stop: the picture goes on without.
        assert isinstance(self._watch, VideoWatch)
        return self._watch.frame(frame.first, frame.last, is_key=frame.is_key, now=now)

    def note_sender_report(self, report: SenderReport, *, now: float) -> None:
        self._sr = (report.ntp >> 16 & 0xFFFFFFFF, now)

    def report(self, *, now: float) -> ReportBlock | None:
        """Build the receiver report block; None before the first packet."""
        if self.ssrc is None or not self.reception.packets:
            return None
        last_sr, at = self._sr
        return self.reception.report(self.ssrc, last_sr=last_sr, delay_s=now - at)
