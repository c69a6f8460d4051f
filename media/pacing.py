"""When packets of pictures leave for a receiver known to be narrow: spread out, not in a burst.

A key frame is ten pictures large. What a narrow link cannot take at once waits in front of it, in
a queue that is often shorter than the key frame; what does not fit is lost, and so is the frame.
Here it waits instead, and leaves a little faster than the link takes it, so that it is never idle.
Sound never waits. Knows sizes and instants (seconds, monotonic clock), not what a packet is.

Source: RFC 8083 section 7.2 and draft-ietf-rmcat-gcc-02 section 5 (pacing); the arithmetic is
the virtual scheduling of ITU-T I.371 annex A.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from media.forwarding import Slot

FACTOR = 1.25
"""Times what the receiver can take: what it named is below what its link carries."""
BURST_S, BURST_BYTES = 0.01, 4 << 10
"""The larger of both leaves at once: nearly every picture but a key frame."""
MAX_HELD_S, MAX_HELD_BYTES = 1.0, 512 << 10
"""Beyond the smaller of both, nothing more is taken: a picture older than that helps nobody."""


class Waiting(NamedTuple):
    """A packet that a slot has written, not yet encrypted."""

    slot: Slot
    era: int
    """The slot's when it was written."""
    data: bytes

    @property
    def is_void(self) -> bool:
        """Whether it must not be sent any more: it shows what the slot no longer does."""
        return self.era != self.slot.era


class Pacer:
    """Of one receiver, all its pictures in one queue."""

    __slots__ = ("_byte_s", "_free_at", "_held", "_held_bytes", "_slack_s")

    def __init__(self, path_bps: float) -> None:
        self._held: deque[Waiting] = deque()
        self._held_bytes = 0
        self._free_at = 0.0
        """When all that left so far is through, at our pace."""
        self.adapt(path_bps)

    def adapt(self, path_bps: float) -> None:
        """Pace by another figure of what the receiver can take."""
        self._byte_s = 8 / (FACTOR * path_bps)
        self._slack_s = max(BURST_S, BURST_BYTES * self._byte_s)

    @property
    def is_full(self) -> bool:
        return self._held_bytes >= min(MAX_HELD_BYTES, MAX_HELD_S / self._byte_s)

    def passes(self, size: int, now: float) -> bool:
        """Tell whether a packet of that many bytes may leave now, and count it as gone."""
        return not self._held and self._spend(size, now)

    def hold(self, waiting: Waiting) -> None:
        """Keep a packet that may not leave yet."""
        self._held.append(waiting)
        self._held_bytes += len(waiting.data)

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def take(self, now: float) -> Waiting | None:
        """Return the oldest packet when it may leave now, or is void; None: nothing is due."""
        if not self._held:
            return None
        first = self._held[0]
        if not first.is_void and not self._spend(len(first.data), now):
            return None
        self._held_bytes -= len(first.data)
        return self._held.popleft()

    def _spend(self, size: int, now: float) -> bool:
        free_at = max(self._free_at, now - self._slack_s)
        if free_at > now:
            return False
        self._free_at = free_at + size * self._byte_s
        return True
