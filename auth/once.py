"""Memory of what may be used only once, bounded, that never says yes twice.

Entries are ordered by the instant from which their bearer refuses them anyway. When one is dropped,
because that instant passed or because the memory is full, a floor rises to it: whatever ends at or
before the floor is refused, remembered or not. Under a flood the window of acceptance thus shrinks
instead of letting a replay through, and a clock set back replays nothing.
"""

from __future__ import annotations

import heapq
import math


class OnceMemory:
    """Remembers at most `capacity` keys. Reads no clock; belongs to one task."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: set[str] = set()
        self._by_end: list[tuple[float, str]] = []
        self._floor = -math.inf

    def __len__(self) -> int:
        return len(self._known)

    def first_use(self, key: str, *, until: float, now: float) -> bool:
        """Return whether `key` is used for the first time, and remember it.

        Args:
            key: what may be used once; always comes with the same `until`.
            until: from then on the caller refuses `key` by itself. Same clock as `now`.
            now: current time.
        """
        while self._by_end and self._by_end[0][0] <= now:
            self._drop_first()
        if key in self._known or until <= self._floor:
            return False
        self._known.add(key)
        heapq.heappush(self._by_end, (until, key))
        if len(self._known) > self._capacity:
            self._drop_first()
        return True

    def _drop_first(self) -> None:
        until, key = heapq.heappop(self._by_end)
        self._known.discard(key)
        self._floor = max(self._floor, until)
