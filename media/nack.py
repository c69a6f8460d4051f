"""Which packets of one stream are missing, and when to ask their sender for them.

Asked at once, then again each time a repetition should have come, until it comes or is given up.
Times are seconds on the caller's monotonic clock. Source: RFC 4585 section 6.2.1, RFC 4588.
"""

from __future__ import annotations

MAX_MISSING = 128
"""Numbers followed at a time; when more are missing, none is asked for: the stream begins again."""
MAX_TRIES = 8
PATIENCE_S = 0.5
"""With two round trips more, how long a packet may be missing before it is given up."""
NO_REPAIR_S = 0.1
"""The same where the sender repeats nothing: after that it is not late but lost."""
UNKNOWN_RTT_S = 0.1
_MARGIN_S = 0.01


class MissingPackets:
    """Knows numbers only, unwrapped ones."""

    def __init__(self, *, asks: bool) -> None:
        self._asks = asks
        self._since: dict[int, float] = {}
        """When each was found missing; oldest first."""
        self._tries: dict[int, int] = {}
        self._next: dict[int, float] = {}
        self.due_at = float("inf")
        """When `take_due` has something to do; the path of a packet compares it with the time."""

    def __len__(self) -> int:
        return len(self._since)

    def gap(self, first: int, last: int, *, now: float) -> bool:
        """Account for numbers skipped, `first` to `last`; False when they are too many to ask."""
        if last - first + 1 + len(self._since) > MAX_MISSING:
            self.clear()
            return False
        for number in range(first, last + 1):
            self._since[number] = self._next[number] = now
            self._tries[number] = 0
        self.due_at = now
        return True

    def arrived(self, number: int) -> bool:
        """Tell whether a number below the highest was missing, and follow it no longer."""
        if number not in self._since:
            return False
        self._forget(number)
        return True

    def waits_for(self, number: int) -> bool:
        return number in self._since

    def take_due(self, *, rtt_s: float | None, now: float) -> tuple[list[int], int]:
        """Return the numbers to ask for now, and how many were given up."""
        rtt_s = UNKNOWN_RTT_S if rtt_s is None else rtt_s
        patience_s = PATIENCE_S + 2 * rtt_s if self._asks else NO_REPAIR_S
        given_up = [
            number
            for number, since in self._since.items()
            if now - since >= patience_s or self._tries[number] >= MAX_TRIES
        ]
        for number in given_up:
            self._forget(number)
        due = [number for number, at in self._next.items() if at <= now]
        for number in due:
            self._tries[number] += 1
            self._next[number] = now + (1.25 * rtt_s + _MARGIN_S if self._asks else patience_s)
        self.due_at = min(self._next.values(), default=float("inf"))
        return (due if self._asks else []), len(given_up)

    def clear(self) -> None:
        self._since.clear()
        self._tries.clear()
        self._next.clear()
        self.due_at = float("inf")

    def _forget(self, number: int) -> None:
        del self._since[number], self._tries[number], self._next[number]
