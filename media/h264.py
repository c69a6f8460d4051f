"""H.264 in RTP packets: where frames begin, and those that a receiver can begin with.

Only the heads of NAL units are read, and the first bit of a slice. An encoder of a browser sends
its parameter sets with each IDR picture; since nobody keeps them for those who come later, only a
packet with a sequence parameter set is one to begin with. Source: RFC 6184 sections 5.2 to 5.8
(packetization modes 0 and 1), ITU-T H.264 sections 7.3.1, 7.3.3, 7.4.1.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from media.errors import MalformedPacketError
from media.pictures import PictureDescriptor
from media.rtp import Bytes

_SLICE, _PARTITION, _IDR, _SEI, _SPS, _PPS, _DELIMITER = 1, 2, 5, 6, 7, 8, 9
_STAP_A, _FU_A = 24, 28
_LAST_WHOLE = 23
"""Types up to this one are a NAL unit by itself."""
_SLICES = frozenset({_SLICE, _PARTITION, _IDR})
_BEFORE_SLICES = frozenset({_SEI, _SPS, _PPS, _DELIMITER})
_FRAGMENT_START, _FIRST_MACROBLOCK = 0x80, 0x80
"""A slice whose first bit is set begins with macroblock 0: Exp-Golomb of zero is one bit."""


def parse(data: Bytes, start: int, end: int) -> PictureDescriptor:
    """Read the heads of the NAL units in the payload `data[start:end]`.

    A frame in several packets may have several that could start it; the first of them does.

    Raises:
        MalformedPacketError: a NAL unit is empty or ends outside the payload, or it is of a
            packetization that was not negotiated.
    """
    starts = is_key = False
    for kind, body in _units(data, start, end):
        is_key = is_key or kind == _SPS
        starts = starts or kind in _BEFORE_SLICES
        if kind in _SLICES:
            starts = starts or bool(data[body] & _FIRST_MACROBLOCK)
    return PictureDescriptor(starts, is_key)


def _units(data: Bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the type of each NAL unit that begins here, and where its body does."""
    kind = data[start] & 31 if start < end else 0
    if kind == _STAP_A:
        yield from _aggregated(data, start + 1, end)
    elif kind == _FU_A:
        if end - start < 3:
            raise MalformedPacketError("H.264 fragment without a body")
        if data[start + 1] & _FRAGMENT_START:
            yield data[start + 1] & 31, start + 2
    elif 0 < kind <= _LAST_WHOLE and end - start >= 2:
        yield kind, start + 1
    else:
        raise MalformedPacketError("no NAL unit of H.264")


def _aggregated(data: Bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the units of a STAP-A: each has its size before it (RFC 6184 section 5.7.1)."""
    if at >= end:
        raise MalformedPacketError("H.264 aggregate of nothing")
    while at < end:
        size = int.from_bytes(data[at : at + 2]) if end - at > 2 else 0
        if size < 2 or at + 2 + size > end:
            raise MalformedPacketError("H.264 aggregate outside the packet")
        yield data[at + 2] & 31, at + 3
        at += 2 + size
