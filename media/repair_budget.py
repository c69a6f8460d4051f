"""How much one receiver may have repeated to it."""

from __future__ import annotations

REPEATS_PER_S = 300.0
"""For one receiver: a third of what seven pictures take."""
MAX_REPEATS = 150.0
"""At once."""


class RepeatBudget:
    """How many packets one receiver may be repeated now. Times are seconds, monotonic."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left = MAX_REPEATS
        self._at: float | None = None

    def spend(self, now: float) -> bool:
        if self._at is not None:
            self._left = min(MAX_REPEATS, self._left + (now - self._at) * REPEATS_PER_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
