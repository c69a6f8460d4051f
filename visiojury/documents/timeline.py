"""A sitting drawn on a line of time, and the same said in words for who cannot see it.

One band for the exam (held, paused, failing, prolonged), one for each person (connected, sound
or picture missing). Numbers are shares of the width; the template only places them.
Source: requirements J7, D7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from visiojury.documents import french
from visiojury.documents.facts import Interruption
from visiojury.documents.telling import Data, Tale, Times
from visiojury.exam.clock import SECOND_MS
from visiojury.exam.sitting import Sitting

Shade = Literal["held", "pause", "outage", "extension", "present", "missing"]
_MINUTE_MS = 60 * SECOND_MS
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120)
_MOST_TICKS = 8
_DIGITS = 5
"""A hundred-thousandth of the width is thinner than any printer's dot."""


@dataclass(frozen=True, slots=True)
class _Span:
    start_ms: int
    end_ms: int
    shade: Shade


@dataclass(frozen=True, slots=True)
class _Axis:
    """From which instant to which the drawing goes."""

    start_ms: int
    end_ms: int

    def share(self, instant_ms: int) -> float:
        inside = min(max(instant_ms, self.start_ms), self.end_ms)
        return round((inside - self.start_ms) / (self.end_ms - self.start_ms), _DIGITS)


def timeline(told: Tale, sitting: Sitting, times: Times) -> Data | None:
    """Return the drawing of a sitting that has begun and ended; None of any other."""
    reading = sitting.read_clock(sitting.ended_ms or 0)
    if sitting.started_ms is None or sitting.ended_ms is None or reading is None:
        return None
    end_ms = max(sitting.ended_ms, sitting.started_ms + _MINUTE_MS)
    axis = _Axis(sitting.started_ms, end_ms)
    members = [sitting.plan.candidate_id, *sitting.plan.examiner_ids]
    if sitting.plan.assistant_id is not None:
        members.insert(1, sitting.plan.assistant_id)
    exam = list(_exam(sitting, sitting.started_ms, sitting.ended_ms, reading.extension_ms))
    return {
        "bands": [
            _band("Épreuve", exam, axis),
            *(_band(told.name(who), _person(told, who, axis), axis) for who in members),
        ],
        "ticks": list(_ticks(axis, times)),
        "clock": times.main.whose,
        "words": _in_words(told, sitting, times, members),
    }


def _band(label: str, spans: Iterable[_Span], axis: _Axis) -> Data:
    seen = [s for s in spans if s.end_ms > axis.start_ms and s.start_ms < axis.end_ms]
    return {
        "label": label,
        "spans": [
            {
                "start": axis.share(span.start_ms),
                "end": axis.share(span.end_ms),
                "shade": span.shade,
            }
            for span in seen
        ],
    }


def _exam(sitting: Sitting, start_ms: int, end_ms: int, extension_ms: int) -> Iterator[_Span]:
    """Return the exam's spans, the later drawn over the earlier."""
    yield _Span(start_ms, end_ms, "held")
    if extension_ms:
        yield _Span(max(start_ms, end_ms - extension_ms), end_ms, "extension")
    for pause in sitting.pauses:
        yield _Span(pause.start_ms, pause.end_ms or end_ms, "pause")
    for outage in sitting.outages:
        yield _Span(outage.start_ms, outage.end_ms or end_ms, "outage")


def _person(told: Tale, participant_id: str, axis: _Axis) -> Iterator[_Span]:
    for connection in told.facts.connections:
        if connection.participant_id == participant_id:
            end_ms = axis.end_ms if connection.end_ms is None else connection.end_ms
            yield _Span(connection.start_ms, end_ms, "present")
    for found in _missing(told, participant_id):
        yield _Span(found.start_ms, found.end_ms or axis.end_ms, "missing")


def _missing(told: Tale, participant_id: str) -> list[Interruption]:
    return [i for i in told.facts.interruptions if i.participant_id == participant_id]


def _ticks(axis: _Axis, times: Times) -> Iterator[Data]:
    """Return the hours under the drawing: round ones, few enough to be read."""
    length_min = (axis.end_ms - axis.start_ms) / _MINUTE_MS
    step_ms = _MINUTE_MS * next(
        (step for step in _STEPS_MIN if length_min / step <= _MOST_TICKS), _STEPS_MIN[-1] * 4
    )
    instant_ms = -(-axis.start_ms // step_ms) * step_ms
    while instant_ms <= axis.end_ms:
        yield {"at": axis.share(instant_ms), "label": times.main.hour(instant_ms)}
        instant_ms += step_ms


def _in_words(told: Tale, sitting: Sitting, times: Times, members: Iterable[str]) -> str:
    """Return what the drawing shows, for a screen reader: the tables have every figure."""
    assert sitting.started_ms is not None
    assert sitting.ended_ms is not None
    start, end = times.main.time(sitting.started_ms), times.main.time(sitting.ended_ms)
    present = french.listed([told.name(who) for who in members])
    return (
        f"Chronologie de l’épreuve de {told.name(sitting.plan.candidate_id)}, de {start} à {end},"
        f" {times.main.whose} : {french.counted(len(sitting.outages), 'défaillance')},"
        f" {french.counted(len(sitting.pauses), 'pause')}. Connexions de {present}."
        " Les tableaux donnent chaque début et chaque fin."
    )
