"""How many datagrams one peer may have handled: what is beyond is its own loss, and nobody else's.

Only authentic datagrams are counted, so that nobody can spend what is another's by writing their
address on a packet. Refilled every 100 ms, so that a packet costs one subtraction.
Source: OWASP ASVS 5.0, 17.2.5.
"""

from __future__ import annotations

PER_S = 1_500
"""Some three times what a camera in three sizes, its repair and a microphone need."""
BURST = 3_000


class Allowance:
    def __init__(self, *, now: float) -> None:
        self._left = float(BURST)
        self._refilled_at = now

    def spend(self) -> bool:
        """Take one datagram; False when there is none left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refill(self, now: float) -> None:
        more = (now - self._refilled_at) * PER_S
        self._left = min(BURST, self._left + more)
        self._refilled_at = now
