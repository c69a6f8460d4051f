"""What a slow receiver over TCP is not sent any more. Knows sizes and RTP headers, not sockets.

TCP keeps what cannot leave yet; UDP would have lost it. So that a backlog never becomes delay,
pictures are given up first, each to its end, then everything. Source: design of the relay
("video is dropped before audio, and to the end of the frame").
"""

from __future__ import annotations

from collections.abc import Callable

from media.rtp import HEADER_BYTES, is_rtcp

PICTURE_BYTES = 48 << 10
"""Beyond this, no picture is begun or continued: 0.3 s of a camera."""
MOST_BYTES = 96 << 10
"""Beyond this, nothing is sent; the rest is room for sound, checks and reports."""
_TIMESTAMP, _SSRC = slice(4, 8), slice(8, 12)
"""The first names one picture of the second."""


class Backlog:
    """Of one connection."""

    def __init__(self, is_sound: Callable[[int], bool]) -> None:
        """Begin with nothing given up.

        Args:
            is_sound: tells the payload types of sound from those of pictures.
        """
        self._is_sound = is_sound
        self._given_up: dict[bytes, bytes] = {}
        """The picture of each stream of which a part was not sent; streams are ours, so few."""

    def admits(self, datagram: bytes | memoryview, waiting_bytes: int) -> bool:
        """Tell whether to send this, with so much not yet taken by the network."""
        if waiting_bytes > MOST_BYTES:
            return False
        if waiting_bytes <= PICTURE_BYTES and not self._given_up:
            return True
        number = payload_type(datagram)
        if number is None or self._is_sound(number):
            return True
        ssrc, timestamp = bytes(datagram[_SSRC]), bytes(datagram[_TIMESTAMP])
        if waiting_bytes > PICTURE_BYTES:
            self._given_up[ssrc] = timestamp
            return False
        if self._given_up.get(ssrc) == timestamp:
            return False
        self._given_up.pop(ssrc, None)
        return True


def payload_type(datagram: bytes | memoryview) -> int | None:
    """Return the payload type of an RTP packet; None for anything else.

    Source: RFC 7983 section 7, RFC 5761 section 4.
    """
    if len(datagram) < HEADER_BYTES or not 128 <= datagram[0] < 192 or is_rtcp(datagram[1]):
        return None
    return datagram[1] & 127
