"""The header of an RTP packet, read once per packet received.

Source: RFC 3550 section 5.1, RFC 8285 (extensions), RFC 6464 (audio level), RFC 7983 (first
byte). Writing a header is `forwarding.Slot`'s affair.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from media.errors import MalformedPacketError

HEADER_BYTES = 12
MAX_DATAGRAM_BYTES = 1500

ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

_SSRC = struct.Struct("!I")
_FIXED = struct.Struct("!BBHII")
_ONE_BYTE_HIGH, _ONE_BYTE_LOW = 0xBE, 0xDE
_RESERVED = 15
"""An identifier that ends the reading. Source: RFC 8285 section 4.2."""
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
    extended: int = field(init=False)
    """The sequence number, unwrapped; set by the stream it belongs to."""
    clock: int = field(init=False)
    """When it was read, as abs-send-time; set by the stream it belongs to."""


def is_rtcp(second_byte: int) -> bool:
    """Tell RTCP from RTP on one port. Source: RFC 5761 section 4."""
    return 192 <= second_byte <= 223


def ssrc_of(data: Bytes) -> int:
    """Read the SSRC, which is not encrypted. Source: RFC 3711 section 3.1."""
    ssrc: int = _SSRC.unpack_from(data, 8)[0]
    return ssrc


def parse(data: Bytes, size: int) -> RTPPacket:
    """Read the header of the packet in the first `size` bytes of `data`.

    Raises:
        MalformedPacketError: a length in it points outside the packet.
    """
    if size < HEADER_BYTES:
        raise MalformedPacketError("not RTP")
    first, second, sequence_number, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacketError("not RTP")
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
    found = find_extension(data, packet, wanted)
    return None if found is None else bytes(data[found[0] : found[0] + found[1]])


def find_extension(data: Bytes, packet: RTPPacket, wanted: int) -> tuple[int, int] | None:
    """Return where the value of extension id `wanted` begins and its size, None as `extension`."""
    at, end = packet.extensions_at, packet.start
    if not at:
        return None
    high, low = data[at], data[at + 1]
    if high == _ONE_BYTE_HIGH and low == _ONE_BYTE_LOW:
        return _one_byte(data, at + 4, end, wanted)
    if (high << 8 | low) & 0xFFF0 == _TWO_BYTE_PROFILE:
        return _two_byte(data, at + 4, end, wanted)
    return None


def _one_byte(data: Bytes, at: int, end: int, wanted: int) -> tuple[int, int] | None:
    while at < end:
        head = data[at]
        at += 1
        if head == 0:  # padding
            continue
        identifier, size = head >> 4, (head & 15) + 1
        if identifier == wanted != _RESERVED:
            return (at, size) if at + size <= end else None
        if identifier == _RESERVED:
            return None
        at += size
    return None


def _two_byte(data: Bytes, at: int, end: int, wanted: int) -> tuple[int, int] | None:
    while at + 1 < end:
        if data[at] == 0:
            at += 1
            continue
        size = data[at + 1]
        if data[at] == wanted:
            return (at + 2, size) if at + 2 + size <= end else None
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
