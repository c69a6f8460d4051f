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
from typing import TYPE_CHECKING

from media.kinds import Stream
from media.rtcp import SenderReport
from media.rtp import HEADER_BYTES, RTPPacket
from media.sdp import SlotPlan
from media.vp8 import VP8Descriptor

if TYPE_CHECKING:
    from media.uplink import UplinkStream

_HEADER = struct.Struct("!BBHII")
_VERSION = 0x80


class Slot:
    """Rewrites the packets of the source it shows, one source at a time."""

    def __init__(self, plan: SlotPlan, *, place: int) -> None:
        self.plan = plan
        self.ssrc = plan.ssrc
        self.place = place
        self.packets = 0
        self.octets = 0
        self._types = (plan.payload_type, plan.payload_type | 128)
        """Without the marker bit and with it."""
        self._is_video = plan.stream is Stream.VIDEO
        self._clock_rate_hz = plan.stream.clock_rate_hz
        self.source: UplinkStream | None = None
        self._is_switching = True
        self._first = 0
        """The first packet of this source that is shown; an earlier one would come too late."""
        self._sequence_shift = 0
        self._timestamp_shift = 0
        self._picture_shift = 0
        self._tl0_shift = 0
        self._highest = -1
        """Unwrapped sequence number of the last packet, as its source counts."""
        self._last: RTPPacket | None = None
        """The one with it; None before the first."""
        self._last_sent_at = 0.0
        self._last_vp8: VP8Descriptor | None = None

    @property
    def highest(self) -> int | None:
        """The last packet sent, in numbers that never wrap; None before the first."""
        return None if self._last is None else self._highest + self._sequence_shift

    @property
    def waits_for_key_frame(self) -> bool:
        return self._is_video and self._is_switching

    def show(self, source: UplinkStream | None) -> None:
        """Show another source from now on; the same one again changes nothing."""
        if source is not self.source:
            self.source = source
            self._is_switching = True

    def begin_again(self) -> None:
        """After a silence with losses: go on contiguously, a picture with its next key frame.

        A receiver that waits for hundreds of lost packets shows nothing meanwhile.
        """
        self._is_switching = True

    def write(
        self,
        out: memoryview,
        payload: memoryview,
        packet: RTPPacket,
        vp8: VP8Descriptor | None,
        now: float,
    ) -> int:
        """Write the packet as this receiver must see it.

        Args:
            out: receives header and payload.
            payload: of the packet as received, decrypted.
            packet: its header.
            vp8: its descriptor, when it is video and has a payload.
            now: when its datagram was read.

        Returns:
            The length written; 0 when this receiver must not see this packet.
        """
        if self._is_switching:
            if self._is_video and not (vp8 is not None and vp8.is_key):
                return 0
            self._switch(packet, vp8, now)
        elif packet.extended < self._first:
            return 0
        extended = packet.extended
        _HEADER.pack_into(
            out,
            0,
            _VERSION,
            self._types[packet.marker],
            extended + self._sequence_shift & 0xFFFF,
            packet.timestamp + self._timestamp_shift & 0xFFFFFFFF,
            self.ssrc,
        )
        octets = len(payload)
        length = HEADER_BYTES + octets
        out[HEADER_BYTES:length] = payload
        if extended > self._highest:
            self._highest = extended
            self._last = packet
            self._last_sent_at = now
            if vp8 is not None:
                self._last_vp8 = vp8
        if vp8 is not None and (self._picture_shift or self._tl0_shift):
            self._write_ids(out, vp8)
        self.packets += 1
        self.octets += octets
        return length

    def sender_report(self, report: SenderReport) -> SenderReport | None:
        """Map a report of the source shown onto this slot; None before its first packet."""
        if self._is_switching:
            return None
        timestamp = report.rtp_timestamp + self._timestamp_shift & 0xFFFFFFFF
        return SenderReport(self.ssrc, report.ntp, timestamp, self.packets, self.octets)

    def _switch(self, packet: RTPPacket, vp8: VP8Descriptor | None, now: float) -> None:
        self._is_switching = False
        self._first = packet.extended
        self._highest = -1
        last, last_vp8 = self._last, self._last_vp8
        if last is None:
            return
        self._sequence_shift += last.extended + 1 - packet.extended
        elapsed = max(1, round((now - self._last_sent_at) * self._clock_rate_hz))
        self._timestamp_shift += last.timestamp + elapsed - packet.timestamp
        if vp8 is not None and last_vp8 is not None:
            self._picture_shift += last_vp8.picture_id + 1 - vp8.picture_id
            self._tl0_shift += last_vp8.tl0_index + 1 - vp8.tl0_index

    def _write_ids(self, out: memoryview, vp8: VP8Descriptor) -> None:
        at = HEADER_BYTES + vp8.picture_id_at
        picture = vp8.picture_id + self._picture_shift
        if vp8.picture_id_bits == 15:
            out[at] = 0x80 | picture >> 8 & 0x7F
            out[at + 1] = picture & 0xFF
        elif vp8.picture_id_bits == 7:
            out[at] = picture & 0x7F
        if vp8.tl0_index_at:
            out[HEADER_BYTES + vp8.tl0_index_at] = vp8.tl0_index + self._tl0_shift & 0xFF


class Places:
    """Which place of a receiver each other peer has. A place is one sound and one picture.

    Who left keeps the place in case of return, until all others are taken.
    """

    def __init__(self) -> None:
        self._of: dict[str, int] = {}
        """Oldest first; those not shown stay until their place is needed."""
        self._shown: set[str] = set()

    def assign(self, wanted: list[str], *, count: int) -> dict[str, int]:
        """Give a place below `count` to as many of `wanted` as there are, the first ones first."""
        self._shown = set(wanted)
        self._of = {peer: place for peer, place in self._of.items() if place < count}
        for peer in wanted:
            if peer not in self._of:
                place = self._free(count)
                if place is None:
                    break
                self._of[peer] = place
        return {peer: self._of[peer] for peer in wanted if peer in self._of}

    def _free(self, count: int) -> int | None:
        taken = set(self._of.values())
        never_used = next((place for place in range(count) if place not in taken), None)
        if never_used is not None:
            return never_used
        for peer, place in self._of.items():
            if peer not in self._shown:
                del self._of[peer]
                return place
        return None
