"""The VP8 payload descriptor: frame starts, key frames, and the ids a slot must rewrite.

Source: RFC 7741 sections 4.2 and 4.3. The picture itself is never looked into, but for the
one bit that tells a key frame.
"""

from __future__ import annotations

from media.errors import MalformedPacketError
from media.pictures import PictureDescriptor
from media.rtp import Bytes


def parse(data: Bytes, start: int, end: int) -> PictureDescriptor:
    """Read the descriptor of the payload `data[start:end]`.

    Raises:
        MalformedPacketError: the payload ends inside its descriptor.
    """
    try:
        return _parse(data, start, end)
    except IndexError as error:
        raise MalformedPacketError("VP8 descriptor outside the packet") from error


def _parse(data: Bytes, start: int, end: int) -> PictureDescriptor:
    first, at = data[start], start + 1
    picture_id = picture_id_at = bits = tl0_index = tl0_index_at = 0
    if first & 0x80:
        flags = data[at]
        at += 1
        if flags & 0x80:
            picture_id_at = at - start
            picture_id, bits = data[at], 7
            at += 1
            if picture_id & 0x80:
                picture_id, bits = (picture_id & 0x7F) << 8 | data[at], 15
                at += 1
        if flags & 0x40:
            tl0_index_at, tl0_index = at - start, data[at]
            at += 1
        if flags & 0x30:
            at += 1
    if at >= end:
        raise MalformedPacketError("VP8 descriptor outside the packet")
    starts_frame = first & 0x17 == 0x10
    is_key = starts_frame and not data[at] & 1
    return PictureDescriptor(
        starts_frame, is_key, picture_id, picture_id_at, bits, tl0_index, tl0_index_at
    )
