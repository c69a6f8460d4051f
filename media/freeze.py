"""Freezes of a picture: counted and timed, never declared. A longer one becomes an interruption.

A frame that completes later than three times the average gap, or 150 ms over it, whichever is
more, ends a freeze. Times are seconds on the caller's monotonic clock.
Source: W3C webrtc-stats, `freezeCount` (average over the last 30 frames).
"""

from __future__ import annotations

from collections import deque

FRAMES = 30
FACTOR, MARGIN_S = 3, 0.150


class FreezeCounter:
    def __init__(self) -> None:
        self.count = 0
        self.total_s = 0.0
        """How long pictures stood still, in all."""
        self._last: float | None = None
        self._gaps: deque[float] = deque()
        self._sum_s = 0.0

    def frame(self, now: float) -> None:
        """A frame is complete."""
        last, self._last = self._last, now
        if last is None:
            return
        gap_s = now - last
        gaps = self._gaps
        if len(gaps) == FRAMES:
            average_s = self._sum_s / FRAMES
            if gap_s >= max(FACTOR * average_s, average_s + MARGIN_S):
                self.count += 1
                self.total_s += gap_s
            self._sum_s -= gaps.popleft()
        gaps.append(gap_s)
        self._sum_s += gap_s

    def restart(self) -> None:
        """The next frame follows no other: the camera was off, or the connection is new."""
        self._last = None
