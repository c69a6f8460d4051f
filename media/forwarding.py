"""One slot of a receiver: what must change in a packet so that sources can be switched.

A receiver sees one endless stream per slot. Within one source every number moves by a constant;
at a switch the constants are chosen anew, so that sequence numbers stay contiguous, timestamps
go forward by the time that passed, and VP8 picture ids and TL0 indices go on. A picture slot
begins with a key frame, never before. Writes headers into a buffer it is given; encrypts and
sends nothing. Times are seconds on the caller's monotonic clock.

Source: RFC 3550 section 5.1, RFC 7667 section 3.7 (selective forwarding), RFC 7741 section 4.2.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING

from media.cache import Kept
from media.errors import MalformedPacketError
from media.formats import Format
from media.kinds import Codec, Stream
from media.pictures import PictureDescriptor
from media.readers import describe
from media.rtcp import SenderReport
from media.rtp import HEADER_BYTES, MAX_DATAGRAM_BYTES, RTPPacket, abs_send_time
from media.sdp import SlotPlan

if TYPE_CHECKING:
    from media.uplink import UplinkStream

_HEAD = struct.Struct("!HHIIQ")
"""With one header extension, the time of sending (RFC 8285 section 4.2)."""
_LAYOUTS = [struct.Struct(f"{_HEAD.format}{octets}s") for octets in range(MAX_DATAGRAM_BYTES + 1)]
"""The same with a payload of so many octets, written in one go."""
_CLOCK = slice(_HEAD.size - 3, _HEAD.size)
_VERSION, _EXTENDED = 0x80 << 8, 0x90 << 8
_MARKER = 0x80
_ONE_WORD = 0xBEDE_0001 << 32
"""One-byte heads, one word of them."""
_STRETCHES = 4
"""Switches looked back through for a packet that is to be repeated."""


class _Stretch:
    """Packets of one stream, from one switch to the next: every number moves by a constant."""

    __slots__ = ("begins", "picture", "sent_as", "sequence", "stream", "timestamp", "tl0")

    def __init__(self, stream: UplinkStream | None, sent_as: Format, begins: int) -> None:
        self.stream = stream
        self.sent_as = sent_as
        self.begins = begins
        """The first packet shown, as received: an earlier one would come too late."""
        self.sequence = self.timestamp = self.picture = self.tl0 = 0


Found = tuple[_Stretch, Kept]
"""A packet that was sent, and how it was written."""


class Slot:
    """Rewrites the packets of the source it shows, one source at a time."""

    def __init__(self, plan: SlotPlan, *, place: int) -> None:
        self.plan = plan
        self.ssrc = plan.ssrc
        self.place = place
        self.packets = 0
        self.octets = 0
        self._is_video = plan.stream is not Stream.AUDIO
        self._clock_rate_hz = plan.stream.clock_rate_hz
        self._version, self._extension, self._head_bytes = _VERSION, 0, HEADER_BYTES
        """Without the extension, the payload is written over where it would be."""
        if plan.abs_send_time_id is not None:
            self._version, self._head_bytes = _EXTENDED, _HEAD.size
            self._extension = _ONE_WORD | (plan.abs_send_time_id << 4 | 2) << 24
        self._first_bytes = self._both(plan.formats[0])
        """Without the marker bit and with it."""
        self.camera: UplinkStream | None = None
        """Whom it shows: the microphone, or the smallest layer of the camera."""
        self.source: UplinkStream | None = None
        """The layer it shows, or waits for while there is none."""
        self.wanted: UplinkStream | None = None
        """The layer it is to show from that one's next key frame on."""
        self._measured = (0, 0.0)
        self._is_switching = True
        self._stretch = _Stretch(None, plan.formats[0], 0)
        self._past: deque[_Stretch] = deque(maxlen=_STRETCHES)
        """What may be repeated: never a source that is no longer shown."""
        self._highest = -1
        """Unwrapped sequence number of the last packet, as its source counts."""
        self._last_timestamp: int | None = None
        """Of that packet; None before the first."""
        self._last_sent_at = 0.0
        self._last_picture: PictureDescriptor | None = None
        self._repeats = 0
        self.era = 0
        """Another one: what was written before must not leave any more."""
        self.held = 0
        """Packets written that wait to leave, the last ones."""

    def _both(self, sent_as: Format) -> tuple[int, int]:
        first = self._version | sent_as.payload_type
        return first, first | _MARKER

    @property
    def highest_sent(self) -> int | None:
        """The last packet that left, in numbers that never wrap; None before the first."""
        return None if self._last_timestamp is None else self._written - self.held

    @property
    def _written(self) -> int:
        """The last packet written, in the same numbers."""
        return self._highest + self._stretch.sequence

    @property
    def waits_for_key_frame(self) -> bool:
        return self._is_video and self._is_switching

    def show(self, source: UplinkStream | None) -> None:
        """Show another source from now on; the same one again changes nothing."""
        if source is not self.camera:
            self.camera = self.source = self.wanted = source
            self.abandon()

    def abandon(self) -> None:
        """Let nothing of what was written leave any more, nor be repeated; go on at a key frame."""
        self._is_switching = True
        self._past.clear()
        self.era += 1

    def move(self, layer: UplinkStream) -> None:
        """Show another layer of the same camera, from its next key frame on."""
        if layer is not self.source:
            self.source = layer
            self._is_switching = True

    def pause(self) -> None:
        """Show nothing of the camera for now."""
        self.source = None
        self.abandon()

    def measure(self, now: float) -> float:
        """Return the bits per second sent since the last call."""
        octets, at = self._measured
        self._measured = (self.octets, now)
        return (self.octets - octets) * 8 / max(now - at, 0.001)

    def begin_again(self) -> None:
        """After a silence with losses: go on contiguously, a picture with its next key frame.

        A receiver that waits for hundreds of lost packets shows nothing meanwhile.
        """
        self._is_switching = True

    def write(
        self,
        out: memoryview,
        payload: bytes,
        packet: RTPPacket,
        descriptor: PictureDescriptor | None,
        now: float,
    ) -> int:
        """Write the packet as this receiver must see it.

        Args:
            out: receives header and payload.
            payload: of the packet as received, decrypted.
            packet: its header.
            descriptor: its descriptor, when it is video and has a payload.
            now: when its datagram was read.

        Returns:
            The length written; 0 when this receiver must not see this packet.
        """
        if self._is_switching:
            if self._is_video and not (descriptor is not None and descriptor.is_key):
                return 0
            self._switch(packet, descriptor, now)
        extended, stretch = packet.extended, self._stretch
        if extended < stretch.begins:
            return 0
        head, octets = self._head_bytes, len(payload)
        _LAYOUTS[octets].pack_into(
            out,
            0,
            self._first_bytes[packet.marker],
            extended + stretch.sequence & 0xFFFF,
            packet.timestamp + stretch.timestamp & 0xFFFFFFFF,
            self.ssrc,
            self._extension | packet.clock,
            payload,
        )
        length = head + octets
        if head == HEADER_BYTES:
            out[head:length] = payload
        if extended > self._highest:
            self._highest = extended
            self._last_timestamp = packet.timestamp
            self._last_sent_at = now
            if descriptor is not None:
                self._last_picture = descriptor
        if descriptor is not None and (stretch.picture or stretch.tl0):
            _write_ids(out, head, descriptor, stretch)
        self.packets += 1
        self.octets += octets
        return length

    def stamp(self, out: memoryview, now: float) -> None:
        """Say in a packet written earlier that it leaves now."""
        if self._extension:
            out[_CLOCK] = abs_send_time(now).to_bytes(3)

    def find(self, sequence_number: int) -> Found | None:
        """Find a packet that this slot sent, by its number there; None when it is not kept."""
        last = self._written
        behind = last - sequence_number & 0xFFFF
        if self._last_timestamp is None or behind >= 0x8000:
            return None
        for stretch in reversed(self._past):
            extended = last - behind - stretch.sequence
            if extended >= stretch.begins:
                kept = stretch.stream.cache.get(extended) if stretch.stream is not None else None
                return None if kept is None else (stretch, kept)
        return None

    def repeat(self, out: memoryview, found: Found, now: float) -> int:
        """Write a packet once more, as RTX where negotiated; return the length written."""
        stretch, (extended, timestamp, marker, payload) = found
        plan, head = self.plan, self._head_bytes
        sequence = extended + stretch.sequence
        sent_as = stretch.sent_as
        if sent_as.rtx_payload_type is None:
            kind, ssrc, number = sent_as.payload_type, plan.ssrc, sequence
        else:
            kind, ssrc, number = sent_as.rtx_payload_type, plan.rtx_ssrc, self._repeats
        _HEAD.pack_into(
            out,
            0,
            self._version | (kind | _MARKER if marker else kind),
            number & 0xFFFF,
            timestamp + stretch.timestamp & 0xFFFFFFFF,
            ssrc,
            self._extension | abs_send_time(now),
        )
        if sent_as.rtx_payload_type is not None:
            self._repeats += 1
            out[head] = sequence >> 8 & 0xFF
            out[head + 1] = sequence & 0xFF
            head += 2
        out[head : head + len(payload)] = payload
        descriptor = _descriptor(payload, sent_as.codec) if self._is_video else None
        if descriptor is not None:
            _write_ids(out, head, descriptor, stretch)
        return head + len(payload)

    def sender_report(self, report: SenderReport) -> SenderReport | None:
        """Map a report of the source shown onto this slot; None before its first packet."""
        if self._is_switching:
            return None
        timestamp = report.rtp_timestamp + self._stretch.timestamp & 0xFFFFFFFF
        return SenderReport(self.ssrc, report.ntp, timestamp, self.packets, self.octets)

    def _switch(self, packet: RTPPacket, descriptor: PictureDescriptor | None, now: float) -> None:
        self._is_switching = False
        assert self.source is not None, "its packet is shown"
        sent_as = self.plan.format_of(self.source.plan.codec)
        assert sent_as is not None, "its room shows nothing that cannot be played"
        before, stretch = self._stretch, _Stretch(self.source, sent_as, packet.extended)
        self._stretch, self._first_bytes = stretch, self._both(sent_as)
        self._past.append(stretch)
        highest, self._highest = self._highest, -1
        timestamp, last_picture = self._last_timestamp, self._last_picture
        if timestamp is None:
            return
        stretch.sequence = before.sequence + highest + 1 - packet.extended
        elapsed = max(1, round((now - self._last_sent_at) * self._clock_rate_hz))
        stretch.timestamp = before.timestamp + timestamp + elapsed - packet.timestamp
        if descriptor is not None and last_picture is not None:
            stretch.picture = before.picture + last_picture.picture_id + 1 - descriptor.picture_id
            stretch.tl0 = before.tl0 + last_picture.tl0_index + 1 - descriptor.tl0_index


def _descriptor(payload: bytes, codec: Codec) -> PictureDescriptor | None:
    try:
        return describe(codec, payload, 0, len(payload))
    except MalformedPacketError:  # it went out as it came, and does so again
        return None


def _write_ids(
    out: memoryview, start: int, descriptor: PictureDescriptor, stretch: _Stretch
) -> None:
    at = start + descriptor.picture_id_at
    picture = descriptor.picture_id + stretch.picture
    if descriptor.picture_id_bits == 15:
        out[at] = 0x80 | picture >> 8 & 0x7F
        out[at + 1] = picture & 0xFF
    elif descriptor.picture_id_bits == 7:
        out[at] = picture & 0x7F
    if descriptor.tl0_index_at:
        out[start + descriptor.tl0_index_at] = descriptor.tl0_index + stretch.tl0 & 0xFF
