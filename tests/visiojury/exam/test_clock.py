"""The exam clock: the time lost comes back, exactly, once, under the cap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visiojury.exam.clock import (
    Lost,
    Pause,
    Reading,
    cap_s,
    counted_ms,
    given_ms,
    read,
    whole_seconds,
)

DURATION_S = 1800
CAP_MS = 600_000


def clock(
    now_ms: int,
    *,
    duration_s: int = DURATION_S,
    adjustment_s: int = 0,
    pauses: list[Pause] | None = None,
    outages: list[Lost] | None = None,
) -> Reading:
    return read(
        now_ms=now_ms,
        started_ms=0,
        duration_s=duration_s,
        adjustment_s=adjustment_s,
        pauses=pauses or [],
        outages=outages or [],
    )


# --- examples -------------------------------------------------------------------------------


def test_an_undisturbed_sitting_runs_down() -> None:
    reading = clock(60_000)
    assert (reading.end_due_ms, reading.remaining_ms, reading.runs) == (1_800_000, 1_740_000, True)


def test_after_the_end_the_clock_goes_below_zero_and_nothing_stops() -> None:
    reading = clock(1_801_000)
    assert (reading.remaining_ms, reading.runs) == (-1_000, True)


@pytest.mark.requirement("B7")
def test_the_adjustment_is_added_and_is_no_base_of_the_cap() -> None:
    reading = clock(0, adjustment_s=600)
    assert (reading.end_due_ms, reading.cap_ms) == (2_400_000, CAP_MS)


def test_remaining_stands_still_while_an_outage_is_open() -> None:
    lost = [Lost(100_000, None, None)]
    readings = [clock(now_ms, outages=lost) for now_ms in (100_000, 101_500, 130_001)]
    assert {reading.remaining_ms for reading in readings} == {1_700_000}
    assert not any(reading.runs for reading in readings)


def test_what_the_display_took_before_the_outage_was_found_comes_back() -> None:
    before = clock(102_000)
    found = clock(102_000, outages=[Lost(100_000, None, None)])
    assert found.remaining_ms - before.remaining_ms == 2_000


def test_a_length_is_given_in_whole_seconds_rounded_up() -> None:
    assert given_ms(Lost(0, 6_001, None), [], 9_000) == 7_000
    assert given_ms(Lost(0, 6_000, None), [], 9_000) == 6_000
    assert whole_seconds(0) == 0


@pytest.mark.requirement("D8")
def test_the_chairs_decision_replaces_the_provisional_length() -> None:
    assert given_ms(Lost(0, 6_000, 2), [], 9_000) == 2_000
    assert given_ms(Lost(0, 6_000, 0), [], 9_000) == 0


def test_at_the_cap_the_clock_runs_on() -> None:
    lost = [Lost(0, None, None)]
    assert not clock(CAP_MS - 1, outages=lost).runs
    at, after = clock(CAP_MS, outages=lost), clock(CAP_MS + 5_000, outages=lost)
    assert at.runs
    assert after.extension_ms == CAP_MS
    assert at.remaining_ms - after.remaining_ms == 5_000


@pytest.mark.requirement("D8")
@pytest.mark.parametrize(("duration_s", "expected"), [(1800, 600), (100, 33), (61, 20), (60, 20)])
def test_the_cap_is_a_third_never_more(duration_s: int, expected: int) -> None:
    assert cap_s(duration_s) == expected
    assert 3 * cap_s(duration_s) <= duration_s


def test_a_pause_moves_the_end_outside_the_cap() -> None:
    pauses = [Pause(10_000, "Malaise", 5_010_000)]
    reading = clock(5_010_000, pauses=pauses)
    assert (reading.remaining_ms, reading.extension_ms) == (1_790_000, 0)


def test_an_open_pause_stops_the_clock() -> None:
    readings = [clock(now, pauses=[Pause(10_000, "Alarme")]) for now in (10_000, 99_000)]
    assert {reading.remaining_ms for reading in readings} == {1_790_000}
    assert not any(reading.runs for reading in readings)


@pytest.mark.parametrize(
    ("pause", "counted"),
    [
        (Pause(0, "", 5_000), 10_000),  # before
        (Pause(5_000, "", 13_000), 7_000),  # over its start
        (Pause(12_000, "", 15_000), 7_000),  # within
        (Pause(18_000, "", 30_000), 8_000),  # over its end
        (Pause(5_000, "", 30_000), 0),  # around it
        (Pause(15_000, ""), 5_000),  # still open
    ],
)
def test_time_that_a_pause_gave_back_is_not_given_again(pause: Pause, counted: int) -> None:
    assert counted_ms(Lost(10_000, 20_000, None), [pause], 40_000) == counted


# --- properties -----------------------------------------------------------------------------

instants = st.integers(0, 3_600_000)


@st.composite
def disjoint(draw: st.DrawFn, most: int) -> list[tuple[int, int]]:
    """Intervals that do not overlap, in order."""
    bounds = sorted(draw(st.lists(instants, max_size=2 * most, unique=True)))
    return [(start, end) for start, end in pairwise(bounds)][::2]


@st.composite
def sittings(draw: st.DrawFn) -> tuple[list[Pause], list[Lost], int]:
    """Pauses and outages that may overlap each other, as they stand at an instant after them."""
    pauses = [Pause(start, "", end) for start, end in draw(disjoint(3))]
    lost = []
    for start, end in draw(disjoint(5)):
        plain = Lost(start, end, None)
        most = whole_seconds(counted_ms(plain, pauses, end))
        lost.append(Lost(start, end, draw(st.none() | st.integers(0, most))))
    return pauses, lost, draw(st.integers(3_600_000, 4_000_000))


@pytest.mark.requirement("D8")
@given(sittings(), st.integers(60, 7200))
def test_the_cap_is_never_passed(
    sitting: tuple[list[Pause], list[Lost], int], duration_s: int
) -> None:
    pauses, lost, now_ms = sitting
    reading = clock(now_ms, duration_s=duration_s, pauses=pauses, outages=lost)
    given_back = sum(given_ms(one, pauses, now_ms) for one in lost)
    assert reading.extension_ms == min(given_back, reading.cap_ms)
    assert 3 * reading.extension_ms <= duration_s * 1000


def covered(intervals: list[tuple[int, int]]) -> int:
    total, reached = 0, 0
    for start, end in sorted(intervals):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


@pytest.mark.requirement("D8")
@given(sittings())
def test_no_instant_is_given_back_twice(sitting: tuple[list[Pause], list[Lost], int]) -> None:
    """Pauses and outages together give back their union, but for the rounding."""
    pauses, lost, now_ms = sitting
    undecided = [Lost(one.start_ms, one.end_ms, None) for one in lost]
    reading = clock(now_ms, duration_s=360_000, pauses=pauses, outages=undecided)
    given_back = reading.end_due_ms - 360_000_000
    union = covered(
        [(p.start_ms, p.end_ms or 0) for p in pauses]
        + [(one.start_ms, one.end_ms or 0) for one in undecided]
    )
    assert union <= given_back < union + 1000 * (len(lost) + 1)


@pytest.mark.requirement("D5")
@given(sittings(), st.integers(1, 1_000_000), st.sets(st.integers(0, 1_000_000), max_size=6))
def test_remaining_stands_still_in_an_outage_then_falls(
    sitting: tuple[list[Pause], list[Lost], int], length_ms: int, polls: set[int]
) -> None:
    pauses, lost, start_ms = sitting
    begun = clock(start_ms, pauses=pauses, outages=[*lost, Lost(start_ms, None, None)])
    left_ms = begun.cap_ms - begun.extension_ms
    for poll in sorted({*polls, length_ms}):
        now_ms = start_ms + poll
        reading = clock(now_ms, pauses=pauses, outages=[*lost, Lost(start_ms, None, None)])
        assert reading.remaining_ms == begun.remaining_ms - max(0, poll - left_ms)
        assert reading.runs is (poll >= left_ms)


@given(sittings(), st.integers(0, 100_000), st.integers(0, 100_000))
def test_with_nothing_open_the_end_stays_where_it_is(
    sitting: tuple[list[Pause], list[Lost], int], first: int, second: int
) -> None:
    """Whenever it is asked: a busy event loop may be late, the end may not."""
    pauses, lost, now_ms = sitting
    readings = [clock(now_ms + wait, pauses=pauses, outages=lost) for wait in (first, second)]
    assert readings[0].end_due_ms == readings[1].end_due_ms
    assert readings[0].remaining_ms - readings[1].remaining_ms == second - first


@given(st.integers(0, 10**12))
def test_whole_seconds_favour_the_candidate_by_less_than_one(length_ms: int) -> None:
    assert 0 <= whole_seconds(length_ms) * 1000 - length_ms < 1000
