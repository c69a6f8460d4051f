"""The last packets of one stream received, for receivers that miss one.

A ring: a packet overwrites the one that came `size` packets before it. Holds payloads as they
came, never looked into. A full ring of pictures takes at most `VIDEO_PACKETS` datagrams of 1,500
bytes, 384 KB. Source: RFC 4585 section 6.2.1 (what a NACK asks for).
"""

from __future__ import annotations

from media.rtp import RTPPacket

VIDEO_PACKETS = 256
"""A second at the highest bitrate; whoever misses more gets a key frame."""
AUDIO_PACKETS = 64

Kept = tuple[int, int, bool, bytes]
"""Unwrapped number, timestamp and marker as received; payload.

Bare values: the garbage collector has nothing to follow in the thousands that are kept.
"""


class PacketCache:
    """Made with the stream; takes memory only from its first packet on."""

    __slots__ = ("_mask", "_ring", "_size")

    def __init__(self, size: int) -> None:
        """Keep `size` packets, a power of two."""
        assert size & (size - 1) == 0
        self._size = size
        self._mask = size - 1
        self._ring: list[Kept | None] = []

    def put(self, packet: RTPPacket, data: memoryview) -> bytes:
        """Keep a packet whose number is unwrapped; return its payload."""
        ring = self._ring
        if not ring:
            ring = self._ring = [None] * self._size
        payload = bytes(data[packet.start : packet.end])
        extended = packet.extended
        ring[extended & self._mask] = (extended, packet.timestamp, packet.marker, payload)
        return payload

    def get(self, extended: int) -> Kept | None:
        """Return the packet of that number; None when it never came or is no longer kept."""
        kept = self._ring[extended & self._mask] if self._ring else None
        return kept if kept is not None and kept[0] == extended else None
