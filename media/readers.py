"""Reads the head of a picture's payload by its codec."""

from __future__ import annotations

from media import h264, vp8
from media.kinds import Codec
from media.pictures import PictureDescriptor
from media.rtp import Bytes

_READERS = {Codec.VP8: vp8.parse, Codec.H264: h264.parse}


def describe(codec: Codec, data: Bytes, start: int, end: int) -> PictureDescriptor:
    """Read the payload `data[start:end]` of a picture in that codec.

    Raises:
        MalformedPacketError: it is not of that codec, or is cut.
    """
    return _READERS[codec](data, start, end)
