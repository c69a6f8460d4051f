"""Degraded quality: five seconds each way, dated at the first of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.degraded import HOLD_S, DegradedWatch, QualityStep

pytestmark = pytest.mark.requirement("D6")


def run(scores: list[int | None]) -> list[QualityStep]:
    watch = DegradedWatch()
    steps = (watch.add(score, now=float(second)) for second, score in enumerate(scores))
    return [step for step in steps if step is not None]


def test_five_bad_seconds_are_degraded_since_the_first() -> None:
    assert run([90, 90, *[40] * 6]) == [QualityStep(is_degraded=True, since=2.0, detected=7.0)]


def test_it_is_over_after_five_good_seconds() -> None:
    steps = run([*[10] * 6, *[61] * 6])
    assert steps[1:] == [QualityStep(is_degraded=False, since=6.0, detected=11.0)]


def test_between_the_two_bounds_nothing_changes() -> None:
    assert run([41] * 20) == []
    assert len(run([*[10] * 6, *[60] * 20])) == 1


def test_one_better_second_begins_the_wait_anew() -> None:
    assert run([*[10] * 5, 41, *[10] * 5]) == []


def test_what_is_not_measured_neither_degrades_nor_heals() -> None:
    assert run([*[10] * 4, None, *[10] * 4]) == []
    assert len(run([*[10] * 6, *[None] * 20])) == 1


@given(st.lists(st.none() | st.integers(0, 100)))
def test_steps_alternate_and_are_never_closer_than_the_wait(scores: list[int | None]) -> None:
    steps = run(scores)
    assert [step.is_degraded for step in steps] == [i % 2 == 0 for i in range(len(steps))]
    for step in steps:
        assert step.detected - step.since >= HOLD_S
