"""A sitting as intervals of time: how the exam went, and how each person was there.

Made once, from the record alone, while the sitting lasts and afterwards: the documents draw it
(`timeline.py`) and so do the pages (`signaling/timeline_view.py`), so that both show the same.
Of quality the record holds what was concluded (degraded, recovered), not the samples beside it.
Source: requirements D6, D7, D8, J7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from visiojury.documents.facts import Facts, Stretch
from visiojury.exam.sitting import Sitting

Kind = Literal["held", "extension", "pause", "outage", "present", "degraded", "missing"]


@dataclass(frozen=True, slots=True)
class Interval:
    start_ms: int
    end_ms: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Band:
    participant_id: str | None
    """None: the exam itself."""
    intervals: tuple[Interval, ...]
    """In the order they are drawn: the later lie over the earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of a sitting from its start up to `end_ms`."""

    start_ms: int
    end_ms: int
    due_ms: int
    """When the end is, or was, due."""
    is_over: bool
    bands: tuple[Band, ...]


def course(facts: Facts, sitting: Sitting, *, now_ms: int) -> Course | None:
    """Return a sitting's course up to its end, or up to `now_ms`; None before it starts.

    What lasts still ends at `now_ms`; only an extension may reach past it, up to the end due.
    """
    reading = sitting.read_clock(now_ms)
    if reading is None:
        return None
    start_ms, end_ms, due_ms = reading.started_ms, reading.at_ms, reading.end_due_ms
    is_over = sitting.ended_ms is not None
    exam = [
        *_clipped([Interval(start_ms, end_ms, "held")], start_ms, end_ms),
        # What was given is at the end of what is due; who closes before has not used it up.
        *_clipped(
            [Interval(due_ms - reading.extension_ms, due_ms, "extension")],
            start_ms,
            end_ms if is_over else due_ms,
        ),
        *_clipped(_stops(sitting, end_ms), start_ms, end_ms),
    ]
    members = [sitting.plan.candidate_id, *sitting.plan.examiner_ids]
    if sitting.plan.assistant_id is not None:
        members.insert(1, sitting.plan.assistant_id)
    people = [
        Band(who, tuple(_clipped(_person(facts, who, end_ms), start_ms, end_ms))) for who in members
    ]
    return Course(
        start_ms=start_ms,
        end_ms=end_ms,
        due_ms=due_ms,
        is_over=is_over,
        bands=(Band(None, tuple(exam)), *people),
    )


def _stops(sitting: Sitting, end_ms: int) -> Iterator[Interval]:
    for pause in sitting.pauses:
        yield Interval(pause.start_ms, _until(pause.end_ms, end_ms), "pause")
    for outage in sitting.outages:
        yield Interval(outage.start_ms, _until(outage.end_ms, end_ms), "outage")


def _person(facts: Facts, who: str, end_ms: int) -> Iterator[Interval]:
    told: tuple[tuple[Kind, Iterable[Stretch]], ...] = (
        ("present", facts.connections),
        ("degraded", facts.degraded),
        ("missing", facts.interruptions),
    )
    for kind, stretches in told:
        for one in facts.carried(who, stretches):
            yield Interval(one.start_ms, _until(one.end_ms, end_ms), kind)


def _clipped(intervals: Iterable[Interval], start_ms: int, end_ms: int) -> Iterator[Interval]:
    for one in intervals:
        inside = Interval(max(one.start_ms, start_ms), min(one.end_ms, end_ms), one.kind)
        if inside.end_ms > inside.start_ms:
            yield inside


def _until(instant_ms: int | None, end_ms: int) -> int:
    return end_ms if instant_ms is None else instant_ms
