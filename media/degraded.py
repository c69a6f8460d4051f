"""When a participant's quality is degraded, with hysteresis: it does not flicker.

Degraded: a score of at most 40 for 5 s; over: more than 60 for 5 s. Both are dated at the first
second of the five. Times are seconds on the caller's monotonic clock. Source: requirement D6.
"""

from __future__ import annotations

from dataclasses import dataclass

BAD_SCORE, GOOD_SCORE = 40, 60
HOLD_S = 5.0


@dataclass(frozen=True, slots=True)
class QualityStep:
    is_degraded: bool
    since: float
    detected: float


class DegradedWatch:
    """One participant's, fed with a score a second."""

    def __init__(self) -> None:
        self.is_degraded = False
        self._turning_since: float | None = None

    def add(self, score: int | None, *, now: float) -> QualityStep | None:
        """Account for a score; None (nothing is measured) neither degrades nor heals."""
        if score is None or not self._is_turning(score):
            self._turning_since = None
            return None
        if self._turning_since is None:
            self._turning_since = now
        if now - self._turning_since < HOLD_S:
            return None
        since, self._turning_since = self._turning_since, None
        self.is_degraded = not self.is_degraded
        return QualityStep(self.is_degraded, since, now)

    def _is_turning(self, score: int) -> bool:
        return score > GOOD_SCORE if self.is_degraded else score <= BAD_SCORE
