"""Datagrams on a byte stream: two bytes of length, then the datagram. Knows bytes only.

Source: RFC 4571 section 2, as ICE over TCP uses it for all it carries (RFC 6544 section 3).
"""

from __future__ import annotations

from media.errors import MalformedPacketError
from media.rtp import MAX_DATAGRAM_BYTES

_LENGTH_BYTES = 2


def frame(datagram: bytes | memoryview) -> bytes:
    return len(datagram).to_bytes(_LENGTH_BYTES, "big") + bytes(datagram)


class Deframer:
    """Cuts a byte stream into datagrams; holds what was fed and not taken yet."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        del self._pending[: self._at]
        self._at = 0
        self._pending += data

    def take(self) -> bytes | None:
        """Return the next datagram, None when it is not complete.

        Raises:
            MalformedPacketError: it is empty or longer than any we take; so is all that follows.
        """
        begin = self._at + _LENGTH_BYTES
        if begin > len(self._pending):
            return None
        size = int.from_bytes(self._pending[self._at : begin], "big")
        if not 0 < size <= MAX_DATAGRAM_BYTES:
            raise MalformedPacketError("no datagram of ours has that length")
        if begin + size > len(self._pending):
            return None
        self._at = begin + size
        return bytes(self._pending[begin : self._at])
