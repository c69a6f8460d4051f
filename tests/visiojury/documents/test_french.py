"""French typography and clocks: pure strings."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visiojury.documents import french, words, zones
from visiojury.documents.errors import DocumentError
from visiojury.exam import events as ev
from visiojury.exam.people import Attendance, Role
from visiojury.exam.transitions import SittingState


def plain(text: str) -> str:
    return text.replace(french.NBSP, " ")


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0,0 s"),
        (49, "0,0 s"),
        (50, "0,1 s"),
        (6_120, "6,1 s"),
        (59_949, "59,9 s"),
        (59_950, "1 min 00,0 s"),
        (66_400, "1 min 06,4 s"),
        (3_600_000, "1 h 00 min 00,0 s"),
        (3_661_000, "1 h 01 min 01,0 s"),
    ],
)
def test_lengths_have_a_decimal_comma_and_carry_over(milliseconds: int, expected: str) -> None:
    assert plain(french.length(milliseconds)) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 s"), (45, "45 s"), (600, "10 min"), (605, "10 min 05 s"), (4200, "1 h 10 min")],
)
def test_whole_seconds_are_said_without_a_comma(count: int, expected: str) -> None:
    assert plain(french.seconds(count)) == expected


def test_dates_and_hours() -> None:
    assert plain(french.date(datetime(2026, 6, 1))) == "1er juin 2026"  # noqa: DTZ001
    assert plain(french.date(datetime(2026, 8, 15))) == "15 août 2026"  # noqa: DTZ001
    assert plain(french.hour(datetime(2026, 8, 15, 9, 5))) == "9 h 05"  # noqa: DTZ001


def test_numbers_and_lists() -> None:
    assert plain(french.number(12345)) == "12 345"
    assert plain(french.counted(0, "voix", "voix")) == "0 voix"
    assert plain(french.counted(1, "membre")) == "1 membre"
    assert plain(french.counted(2, "membre")) == "2 membres"
    assert french.listed(["a"]) == "a"
    assert french.listed(["a", "b", "c"]) == "a, b et c"


def test_no_breakable_space_stands_inside_an_instant() -> None:
    clock = zones.clock("Europe/Paris")
    assert " " not in clock.precise_time(1_781_514_000_123)
    assert " " not in clock.date(1_781_514_000_123)


@pytest.mark.requirement("S5")
@pytest.mark.parametrize(
    ("zone", "expected", "whose"),
    [
        ("Europe/Paris", "11 h 00 min 03,2 s", "heure de Paris"),
        ("America/Martinique", "5 h 00 min 03,2 s", "heure de la Martinique"),
        ("Indian/Reunion", "13 h 00 min 03,2 s", "heure de La Réunion"),
        ("Indian/Mayotte", "12 h 00 min 03,2 s", "heure de Mayotte"),
        ("UTC", "9 h 00 min 03,2 s", "heure du fuseau UTC"),
    ],
)
def test_an_instant_is_read_on_the_offices_clock(zone: str, expected: str, whose: str) -> None:
    clock = zones.clock(zone)
    assert plain(clock.precise_time(1_781_514_003_249)) == expected
    assert clock.whose == whose


def test_an_instant_rounded_up_to_the_next_minute_reads_as_that_minute() -> None:
    assert plain(zones.clock("UTC").precise_time(59_960)) == "0 h 01 min 00,0 s"


def test_clocks_that_show_the_same_that_day_are_the_same() -> None:
    paris, berlin = zones.clock("Europe/Paris"), zones.clock("Europe/Berlin")
    assert paris.shows_same(berlin, 1_781_514_000_000)
    assert not paris.shows_same(zones.clock("Indian/Reunion"), 1_781_514_000_000)


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Nowhere",
        "../../etc/passwd",
        "/etc/localtime",
        "",
        "Europe",
        "Europe/../Europe/Paris",
        "é",
        "zone.tab",
    ],
)
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        zones.clock(name)
    assert refusal.value.code == "time_zone_unknown"


@given(st.integers(0, 10**13), st.sampled_from(sorted(zones.PLACES)))
def test_any_instant_can_be_told(instant_ms: int, zone: str) -> None:
    clock = zones.clock(zone)
    assert clock.time(instant_ms).endswith("s")
    assert clock.date(instant_ms)


def test_every_code_has_its_word() -> None:
    assert set(words.ROLES) == set(Role)
    assert set(words.STATES) == set(SittingState)
    assert set(words.DOCUMENTS) == set(get_args(ev.DocumentKind))
    assert set(words.ROUTES) == set(get_args(ev.Route))
    assert set(words.ATTENDANCE) == set(get_args(Attendance))
    assert set(words.STREAMS) == set(get_args(ev.Stream))
    assert set(words.CAUSES) == set(get_args(ev.Cause))
    assert set(words.OUTCOMES) == set(get_args(ev.Outcome))
    assert set(words.PARTS) == {"server", "relay"}
    assert words.authentication("passkey") == "passkey"
