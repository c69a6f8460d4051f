"""Which layer of each camera a receiver gets: what it shows, within what it can take.

Sound comes first and is never left out; then each picture gets its smallest layer, the largest
shown first; then they grow in the same order. One picture is sent whatever the estimate says.
Heights are pixels, nominal: the largest layer counts as 720, each one below it as half, for the
picture itself is never looked into. Knows numbers only. Source: RFC 7667 section 3.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOP_HEIGHT = 720
UNKNOWN_HEIGHT = TOP_HEIGHT
"""Of a slot of which the receiver has said nothing."""
_ENOUGH = 0.75
"""A layer may be enlarged by a third before the next one is worth its bitrate."""
_STEADINESS = 0.8
"""Bitrates vary; each change of layer costs a key frame."""
SOUND_BPS = 50_000
START_BPS = 20_000_000
"""No limit, until an estimate has once been too low: a camera of one layer has nothing smaller."""
MIN_BPS, MAX_BPS = 100_000, START_BPS
_CERTAINTY = 0.95
"""Of what is sent: an estimate below this share of it tells of a narrow path."""
_FAR = 0.6
"""Below this share what is sent arrives in parts and pictures break: no second to lose."""
_GROWTH = 1.15
"""A second, while nothing speaks against it."""
_HOLD_S, _MAX_HOLD_S = 8.0, 64.0
"""After the path was found too narrow; doubled each time that trying again failed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture a receiver may be sent."""

    height: int
    """As shown; 0 when it is not."""
    bitrates_bps: Sequence[int]
    """Of its layers now, smallest first; 0 for one that does not flow."""
    current: int = -1
    """The layer it has; none of those up to it is given up for a small excess."""

    def cost_bps(self, layer: int) -> float:
        return self.bitrates_bps[layer] * (_STEADINESS if layer <= self.current else 1.0)


def choose(wishes: Sequence[Wish], budget_bps: float) -> list[int | None]:
    """Return the layer for each wish, None for a picture that is not sent."""
    chosen: list[int | None] = [None] * len(wishes)
    order = sorted(range(len(wishes)), key=lambda index: -wishes[index].height)
    order = [index for index in order if wishes[index].height > 0]
    left_bps = budget_bps
    for rank, index in enumerate(order):
        cost_bps = wishes[index].cost_bps(0)
        if rank == 0 or cost_bps <= left_bps:
            chosen[index] = 0
            left_bps -= cost_bps
    for index in order:
        wish, current = wishes[index], chosen[index]
        if current is None:
            continue
        for layer in range(_wanted(wish), 0, -1):
            more_bps = wish.cost_bps(layer) - wish.cost_bps(0)
            if wish.bitrates_bps[layer] > 0 and more_bps <= left_bps:
                chosen[index] = layer
                left_bps -= more_bps
                break
    return chosen


def _wanted(wish: Wish) -> int:
    """Return the smallest layer that is sharp enough for the height shown."""
    top = len(wish.bitrates_bps) - 1
    return next(
        (i for i in range(top) if TOP_HEIGHT >> (top - i) >= _ENOUGH * wish.height),
        top,
    )


class Capacity:
    """What one receiver can take, from the limits (REMB) it names. Seconds, monotonic clock.

    A browser's estimate never exceeds one and a half times what it is sent, so it tells of a
    narrow path only when it is below that; else we try a little more each second.
    """

    def __init__(self) -> None:
        self.bps: float = START_BPS
        self.path_bps: float | None = None
        """What its path carries at least; None until it was once found narrow."""
        self._sent_bps = 0.0
        self._found_bps = 0.0
        self._reported_bps: int | None = None
        self._hold_s = _HOLD_S
        self._held_until = float("-inf")

    def report(self, bitrate_bps: int) -> bool:
        """Account for a limit that the receiver named; tell whether to believe it at once."""
        self._reported_bps = bitrate_bps
        if self._found_bps:
            self.path_bps = max(self._found_bps, bitrate_bps)
        return bitrate_bps < min(_FAR * self._sent_bps, _STEADINESS * self.bps)

    def judge(self, sent_bps: float, *, now: float) -> float:
        """Return what may be sent now; called once a second, with what was sent in it."""
        self._sent_bps = sent_bps
        reported_bps, self._reported_bps = self._reported_bps, None
        if reported_bps is not None and self._is_limit(reported_bps):
            self.believe(reported_bps, now=now)
        elif now >= self._held_until:
            self.bps = min(MAX_BPS, max(self.bps, reported_bps or 0) * _GROWTH)
        return self.bps

    def believe(self, limit_bps: int, *, now: float) -> None:
        """Send no more than that for a while: the path was found too narrow."""
        if now >= self._held_until:
            is_trial_failed = now - self._held_until < _HOLD_S
            self._hold_s = min(_MAX_HOLD_S, 2 * self._hold_s) if is_trial_failed else _HOLD_S
            self._held_until = now + self._hold_s
        self.bps = max(MIN_BPS, min(self.bps, limit_bps))
        self.path_bps = self._found_bps = max(MIN_BPS, limit_bps)

    @property
    def is_far_exceeded(self) -> bool:
        """Whether so much was sent in the last second that most of it is lost on the path."""
        return self.bps < _FAR * self._sent_bps

    def _is_limit(self, reported_bps: int) -> bool:
        return reported_bps < _CERTAINTY * self._sent_bps
