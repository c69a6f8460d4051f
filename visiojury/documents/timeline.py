"""A sitting drawn on a line of time, and the same said in words for who cannot see it.

The intervals are those of `intervals.py`, one band for the exam and one for each person. Numbers
are shares of the width; the template only places them. Source: requirements J7, D7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visiojury.documents import french
from visiojury.documents.intervals import Band, course
from visiojury.documents.telling import Data, Tale, Times
from visiojury.exam.clock import SECOND_MS
from visiojury.exam.sitting import Sitting

_MINUTE_MS = 60 * SECOND_MS
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120)
_MOST_TICKS = 8
_DIGITS = 5
"""A hundred-thousandth of the width is thinner than any printer's dot."""


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
    if sitting.ended_ms is None:
        return None
    drawn = course(told.facts, sitting, now_ms=sitting.ended_ms)
    if drawn is None:
        return None
    axis = _Axis(drawn.start_ms, max(drawn.end_ms, drawn.start_ms + _MINUTE_MS))
    return {
        "bands": [_band(told, band, axis) for band in drawn.bands],
        "ticks": list(_ticks(axis, times)),
        "clock": times.main.whose,
        "words": _in_words(told, sitting, times, drawn.bands),
    }


def _band(told: Tale, band: Band, axis: _Axis) -> Data:
    return {
        "label": "Épreuve" if band.participant_id is None else told.name(band.participant_id),
        "spans": [
            {"start": axis.share(one.start_ms), "end": axis.share(one.end_ms), "shade": one.kind}
            for one in band.intervals
        ],
    }


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


def _in_words(told: Tale, sitting: Sitting, times: Times, bands: Sequence[Band]) -> str:
    """Return what the drawing shows, for a screen reader: the tables have every figure."""
    assert sitting.started_ms is not None
    assert sitting.ended_ms is not None
    start, end = times.main.time(sitting.started_ms), times.main.time(sitting.ended_ms)
    people = [band.participant_id for band in bands if band.participant_id is not None]
    degraded = sum(one.kind == "degraded" for band in bands for one in band.intervals)
    poor = f" {french.counted(degraded, 'dégradation')} de la qualité." if degraded else ""
    return (
        f"Chronologie de l’épreuve de {told.name(sitting.plan.candidate_id)}, de {start} à {end},"
        f" {times.main.whose} : {french.counted(len(sitting.outages), 'défaillance')},"
        f" {french.counted(len(sitting.pauses), 'pause')}.{poor}"
        f" Connexions de {french.listed([told.name(who) for who in people])}."
        " Les tableaux donnent chaque début et chaque fin."
    )
