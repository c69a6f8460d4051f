"""RTP as a browser would send it, without a picture in it."""

from __future__ import annotations

import random
import struct
import time

AUDIO_TYPE, VIDEO_TYPE = 111, 96
ABS_SEND_TIME_ID, TRANSPORT_CC_ID = 3, 4
AUDIO_BYTES, VIDEO_BYTES = 80, 1100
PACKETS_PER_FRAME = 5
FRAMES_PER_S = 30
KEY_FRAME_EVERY = 60

_HEADER = struct.Struct("!BBHII")
_NUMBER = struct.Struct("!BHx")
_NOISE = random.Random(1).randbytes(VIDEO_BYTES)


class Numbers:
    """The running numbers of one stream."""

    def __init__(self, ssrc: int) -> None:
        self.ssrc = ssrc
        self.sequence = random.randrange(1 << 16)
        self.timestamp = random.randrange(1 << 32)
        self.frame = 0
        self.transport = 0
        """Of the packets of a camera that are numbered for its path, if they are."""


def audio(numbers: Numbers, size: int = AUDIO_BYTES) -> bytes:
    """Build the next packet of 20 ms of sound, with `size` bytes of it."""
    numbers.sequence += 1
    numbers.timestamp += 960
    head = _header(0x80, AUDIO_TYPE, numbers)
    return head + _NOISE[:size]


def frame(
    numbers: Numbers,
    *,
    is_key: bool | None = None,
    count: int = PACKETS_PER_FRAME,
    last_size: int = VIDEO_BYTES,
    is_numbered: bool = True,
) -> list[bytes]:
    """Build all packets of the next picture, each with its time of sending.

    Args:
        numbers: of its stream.
        is_key: whether it needs no other picture; None: as its turn comes.
        count: of packets.
        last_size: bytes of payload in the last packet; the others are full.
        is_numbered: whether each packet carries its number on the path (transport-cc).
    """
    numbers.frame += 1
    numbers.timestamp += 90_000 // FRAMES_PER_S
    is_key = numbers.frame % KEY_FRAME_EVERY == 1 if is_key is None else is_key
    sent = struct.pack("!B", ABS_SEND_TIME_ID << 4 | 2) + _abs_send_time()
    packets = []
    for index in range(count):
        numbers.sequence += 1
        extension = struct.pack("!HH", 0xBEDE, 1 + is_numbered) + sent
        if is_numbered:
            numbers.transport += 1
            extension += _NUMBER.pack(TRANSPORT_CC_ID << 4 | 1, numbers.transport & 0xFFFF)
        marker = 128 if index == count - 1 else 0
        descriptor = struct.pack(
            "!BBHB", 0x80 | 0x10 * (index == 0), 0x80, 0x8000 | numbers.frame & 0x7FFF, not is_key
        )
        head = _header(0x90, VIDEO_TYPE | marker, numbers)
        size = VIDEO_BYTES if not marker else last_size
        packets.append(head + extension + descriptor + _NOISE[len(descriptor) : size])
    return packets


def _header(first: int, second: int, numbers: Numbers) -> bytes:
    return _HEADER.pack(
        first, second, numbers.sequence & 0xFFFF, numbers.timestamp & 0xFFFFFFFF, numbers.ssrc
    )


def _abs_send_time() -> bytes:
    """Seconds in 6.18 fixed point."""
    return (int(time.monotonic() * (1 << 18)) & 0xFFFFFF).to_bytes(3)
