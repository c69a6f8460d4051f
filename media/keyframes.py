"""When a source is asked for a key frame: merged, throttled, repeated until one comes.

Times are seconds on the caller's monotonic clock. Sending the PLI is the caller's affair.
"""

from __future__ import annotations

MERGE_S = 0.05
"""Requests for a new slot this close to each other share one PLI."""
THROTTLE_S = 0.5
"""Receivers that lost packets share one PLI in this time."""
REPEAT_S = 0.5
"""A key frame asked for and not come is asked for again; the PLI may have been lost."""
MAX_REPEATS = 20
"""Then the source is taken to have none to give, until someone asks again."""


class KeyFrameRequester:
    """Requests for one video source."""

    def __init__(self) -> None:
        self._wanted_at: float | None = None
        """When the next PLI may go; None while no key frame is wanted."""
        self._sent_at = float("-inf")
        self._repeats = 0

    def want(self, *, now: float, urgent: bool) -> None:
        """Ask for a key frame; `urgent` when somebody sees nothing until it comes."""
        due = max(now, self._sent_at + (MERGE_S if urgent else THROTTLE_S))
        if self._wanted_at is None or due < self._wanted_at:
            self._wanted_at = due
        self._repeats = 0

    def is_due(self, now: float) -> bool:
        """Tell whether a PLI is to be sent now, and count it as sent."""
        if self._wanted_at is None or now < self._wanted_at:
            return False
        self._sent_at = now
        self._repeats += 1
        self._wanted_at = None if self._repeats > MAX_REPEATS else now + REPEAT_S
        return True

    def arrived(self) -> None:
        """A key frame began to arrive."""
        self._wanted_at = None
