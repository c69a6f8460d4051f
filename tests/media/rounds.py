"""A relay's round, all turns at one instant."""

from __future__ import annotations

from media.rounds import Rounds


def whole_round(rounds: Rounds, now: float) -> None:
    rounds.begin(now, due=now)
    while rounds.turn(now):
        pass
