"""Exam time: what remains, what outages gave back, how much more they may.

End due = start + regulatory duration + adjustment + pauses + extension, less what a late
candidate forfeits. While an outage is open the extension grows with it, so the remaining time
stands still, until the cap. No stretch of time is given twice: pauses come first, then outages
in the order they are handed in.
Source: instruction DGCS/SD4A/2026/19, annex 1 (extension within one third of the duration
foreseen) and annex 2 (by the length of the failure, at the examiners' discretion).
Requirements D5, D8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

SECOND_MS = 1000
CAP_SHARE = 3
"""The extension may not pass one third of the regulatory duration."""


class Span(Protocol):
    """A stretch of time; `end_ms` None: it lasts still."""

    @property
    def start_ms(self) -> int: ...

    @property
    def end_ms(self) -> int | None: ...


@dataclass(slots=True)
class Pause:
    start_ms: int
    reason: str
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """What the clock needs to know of one outage."""

    start_ms: int
    end_ms: int | None
    granted_s: int | None
    """The chair's decision; None while it is provisional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The clock at one instant; `runs` says whether `remaining_ms` falls by one a millisecond."""

    at_ms: int
    started_ms: int
    end_due_ms: int
    remaining_ms: int
    extension_ms: int
    cap_ms: int
    runs: bool


def cap_s(duration_s: int) -> int:
    """Return the most whole seconds that may be added to a sitting."""
    return duration_s // CAP_SHARE


def whole_seconds(length_ms: int) -> int:
    """Round up, in the candidate's favour (design: whole seconds, never minutes)."""
    return -(-length_ms // SECOND_MS)


def counted_ms(lost: Span, given: Iterable[Span], now_ms: int) -> int:
    """Return the length of an outage up to `now_ms`, less what `given` gave back already."""
    end_ms = now_ms if lost.end_ms is None else min(lost.end_ms, now_ms)
    total_ms, reached_ms = 0, lost.start_ms
    for span in sorted(given, key=lambda span: span.start_ms):
        total_ms += max(0, min(span.start_ms, end_ms) - reached_ms)
        reached_ms = max(reached_ms, now_ms if span.end_ms is None else span.end_ms)
    return total_ms + max(0, end_ms - reached_ms)


def given_ms(lost: Lost, given: Iterable[Span], now_ms: int) -> int:
    """Return what one outage adds now: decided, provisional, or growing while it is open."""
    if lost.granted_s is not None:
        return lost.granted_s * SECOND_MS
    length_ms = counted_ms(lost, given, now_ms)
    return length_ms if lost.end_ms is None else whole_seconds(length_ms) * SECOND_MS


def read(
    *,
    now_ms: int,
    started_ms: int,
    duration_s: int,
    adjustment_s: int,
    pauses: Sequence[Pause],
    outages: Sequence[Lost],
    forfeited_s: int = 0,
) -> Reading:
    """Return the clock at `now_ms`, an instant not before the start.

    Args:
        now_ms: the instant to read it at.
        started_ms: when the sitting started.
        duration_s: regulatory duration, the base of the cap.
        adjustment_s: extra time on medical prescription.
        pauses: of which none overlaps another.
        outages: those that count first, first.
        forfeited_s: what the candidate's own lateness takes (D5); the cap stays as it is.
    """
    cap_ms = cap_s(duration_s) * SECOND_MS
    total_ms = sum(
        given_ms(lost, [*pauses, *outages[:position]], now_ms)
        for position, lost in enumerate(outages)
    )
    extension_ms = min(cap_ms, total_ms)
    paused_ms = sum(
        (now_ms if pause.end_ms is None else min(pause.end_ms, now_ms)) - pause.start_ms
        for pause in pauses
    )
    held_s = duration_s + adjustment_s - forfeited_s
    end_due_ms = started_ms + held_s * SECOND_MS + paused_ms + extension_ms
    is_paused = any(pause.end_ms is None for pause in pauses)
    is_lost = any(lost.end_ms is None for lost in outages)
    return Reading(
        at_ms=now_ms,
        started_ms=started_ms,
        end_due_ms=end_due_ms,
        remaining_ms=end_due_ms - now_ms,
        extension_ms=extension_ms,
        cap_ms=cap_ms,
        runs=not is_paused and (not is_lost or total_ms >= cap_ms),
    )
