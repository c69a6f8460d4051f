"""How much a sender is told it may send.

A browser trusts this number in its first two seconds and grows by some 8 % a second afterwards,
so the first number decides how long the picture stays poor. We begin generously, and believe
the estimate alone as soon as it has once found the path too narrow.
"""

from __future__ import annotations

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
