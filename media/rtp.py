"""The header of an RTP packet, read once per packet received.

Source: RFC 3550 section 5.1, RFC 8285 (extensions), RFC 6464 (audio level), RFC 7983 (first
byte). Writing a header is `forwarding.Slot`'s affair.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from media.errors import MalformedPacketError

HEADER_BYTES = 12
MAX_DATAGRAM_BYTES = 1500

ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

_FIXED = struct.Struct("!BBHII")
_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x1000

Bytes = bytes | bytearray | memoryview


@dataclass(slots=True)
class RTPPacket:
    """The fields the relay uses; `start` and `end` bound the payload, padding excluded."""

    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    start: int
    end: int
    extensions_at: int
    """Where the extension block begins; 0 when there is none."""
    extended: int = 0
    """The sequence number, unwrapped; set by the stream it belongs to."""
    clock: int = 0
    """When it was read, as abs-send-time; set by the stream it belongs to."""


def is_rtcp(second_byte: int) -> bool:
    """Tell RTCP from RTP on one port. Source: RFC 5761 section 4."""
    return 192 <= second_byte <= 223


def parse(data: Bytes, size: int) -> RTPPacket:
    """Read the header of the packet in the first `size` bytes of `data`.

    Raises:
        MalformedPacketError: a length in it points outside the packet.
    """
    if size < HEADER_BYTES or data[0] >> 6 != 2:
        raise MalformedPacketError("not RTP")
    first, second, sequence_number, timestamp, ssrc = _FIXED.unpack_from(data)
    start = HEADER_BYTES + 4 * (first & 15)
    extensions_at = 0
    if first & 16:
        if start + 4 > size:
            raise MalformedPacketError("extension outside the packet")
        extensions_at = start
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    end = size - data[size - 1] if first & 32 else size
    if start > end or (first & 32 and end == size):
        raise MalformedPacketError("payload outside the packet")
    return RTPPacket(
        second & 127,
        second > 127,
        sequence_number,
        timestamp,
        ssrc,
        start,
        end,
        extensions_at,
    )


def abs_send_time(now: float) -> int:
    """Return an instant as that extension carries it: 24 bits, of which 18 are of a second."""
    return int(now * (1 << 18)) & 0xFFFFFF


def extension(data: Bytes, packet: RTPPacket, wanted: int) -> bytes | None:
    """Return the value of extension id `wanted`, None when the packet has none or it is broken."""
    at = packet.extensions_at
    if not at or at + 4 == packet.start:  # none, or an empty block
        return None
    profile = data[at] << 8 | data[at + 1]
    if profile == _ONE_BYTE_PROFILE:
        head, end = data[at + 4], at + 6 + (data[at + 4] & 15)
        if head >> 4 == wanted and head and end <= packet.start:  # the first one, as mostly
            return bytes(data[at + 5 : end])
        return _one_byte(data, at + 4, packet.start, wanted)
    if profile & 0xFFF0 == _TWO_BYTE_PROFILE:
        return _two_byte(data, at + 4, packet.start, wanted)
    return None


def _one_byte(data: Bytes, at: int, end: int, wanted: int) -> bytes | None:
    while at < end:
        head = data[at]
        at += 1
        if head == 0:  # padding
            continue
        if head >> 4 == 15:  # reserved: stop reading (RFC 8285 section 4.2)
            return None
        size = (head & 15) + 1
        if head >> 4 == wanted:
            return bytes(data[at : at + size]) if at + size <= end else None
        at += size
    return None


def _two_byte(data: Bytes, at: int, end: int, wanted: int) -> bytes | None:
    while at + 1 < end:
        if data[at] == 0:
            at += 1
            continue
        size = data[at + 1]
        if data[at] == wanted:
            return bytes(data[at + 2 : at + 2 + size]) if at + 2 + size <= end else None
        at += 2 + size
    return None


class SequenceUnwrapper:
    """Sixteen-bit sequence numbers to integers that never wrap.

    A number is taken as the one nearest to the highest so far, so that reordering of up to
    half the range is understood. Source: RFC 3550 appendix A.1, without its probation.
    """

    def __init__(self) -> None:
        self.highest: int | None = None

    def unwrap(self, sequence_number: int) -> int:
        highest = self.highest
        if highest is None:
            # One cycle up, so that packets just before the first stay positive.
            self.highest = extended = sequence_number + 0x1_0000
            return extended
        step = (sequence_number - highest) & 0xFFFF
        if step < 0x8000:
            self.highest = extended = highest + step
            return extended
        return highest + step - 0x1_0000
