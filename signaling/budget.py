"""How much of something somebody may still have: a rate with a burst. Reads no clock.

Source: the token bucket of RFC 2697 in its simplest form; ASVS 5 V2.4, V6.3 (anti-automation).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

MOST_KNOWN = 10_000
"""Whom budgets are kept for; who spent nothing for the longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Rate:
    per_s: float
    burst: float


class Budget:
    """What one of them may still spend."""

    __slots__ = ("_left", "_rate", "_then_s")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._then_s = now_s

    def spend(self, now_s: float) -> bool:
        """Take one, if there is one left."""
        regained = (now_s - self._then_s) * self._rate.per_s
        self._left, self._then_s = min(self._rate.burst, self._left + regained), now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait_s(self) -> float:
        """How long after the last `spend` there is one again."""
        return max(0.0, (1 - self._left) / self._rate.per_s)


class Budgets:
    """A budget for each of many, in bounded memory."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._of: OrderedDict[Hashable, Budget] = OrderedDict()

    def spend(self, key: Hashable, now_s: float) -> float:
        """Take one of `key`'s; return 0, or the seconds after which there is one again."""
        budget = self._of.pop(key, None) or Budget(self._rate, now_s)
        self._of[key] = budget
        if len(self._of) > MOST_KNOWN:
            self._of.popitem(last=False)
        return 0.0 if budget.spend(now_s) else budget.wait_s
