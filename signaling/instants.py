"""One clock for everything that is recorded: UTC milliseconds that never jump.

The wall clock is read once, at start; from then on instants follow the monotonic clock, so that
a correction of the machine's time in the middle of an oral takes no second from anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

MS = 1000


class Instants:
    def __init__(self, wall_s: Callable[[], float], monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._anchor_s = wall_s() - monotonic_s()
        self.boot_id = secrets.token_hex(8)
        """Names this run of the server: monotonic values compare within it only."""

    def now_ms(self) -> int:
        return self.at_ms(self._monotonic_s())

    def at_ms(self, monotonic_s: float) -> int:
        """Return the instant of a value of this machine's monotonic clock."""
        return round((self._anchor_s + monotonic_s) * MS)

    def monotonic_ms(self) -> int:
        return round(self._monotonic_s() * MS)
