"""How much a sender is told it may send, where it does not learn that itself from `arrivals`.

A browser trusts this number in its first two seconds and grows by some 8 % a second afterwards,
so the first number decides how long the picture stays poor. We begin generously, and believe
the estimate alone as soon as it has once found the path too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

START_BPS = 1_500_000
"""Enough for a sharp 640x480 picture at once; what an office's uplink carries."""
MAX_BPS = 2_500_000
"""Eleven receivers each get a copy of whatever is sent."""
MIN_BPS = 100_000
"""Below this there is no picture worth having; sound needs some 40 kbit/s of it."""


class UplinkLimit:
    def __init__(self) -> None:
        self.bps = START_BPS
        self._was_overused = False

    def update(self, estimate_bps: int, *, is_overused: bool) -> bool:
        """Account for an estimate; tell whether the limit moved.

        Until the first overuse the estimate only follows what is sent, which is no limit.
        """
        self._was_overused = self._was_overused or is_overused
        floor = MIN_BPS if self._was_overused else START_BPS
        before, self.bps = self.bps, max(floor, min(MAX_BPS, estimate_bps))
        return self.bps != before


@dataclass(slots=True)
class Burst:
    """Packets sent together: to an estimator of delays, one packet."""

    sent: int
    """Abs-send-time of the last of them."""
    size: int
    """Payload bytes of all."""
    arrived_at: float
    first_sent: int


BURST_UNITS = (5 << 18) // 1000
"""Five milliseconds of abs-send-time, as the estimator groups packets itself."""


class Bursts:
    """Groups packets before they reach the estimator, whose work is by far the dearest per call."""

    def __init__(self) -> None:
        self._current: Burst | None = None

    def add(self, sent: int, size: int, *, now: float) -> Burst | None:
        """Account for a packet; return the burst before it when it begins another.

        Args:
            sent: its abs-send-time, 24 bits.
            size: its payload, in bytes.
            now: when its datagram was read.
        """
        burst = self._current
        if burst is not None and sent - burst.first_sent & 0xFFFFFF <= BURST_UNITS:
            burst.sent, burst.arrived_at = sent, now
            burst.size += size
            return None
        self._current = Burst(sent, size, now, sent)
        return burst
