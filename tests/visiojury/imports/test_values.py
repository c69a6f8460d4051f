"""Cells as people of a French office write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visiojury.imports import values
from visiojury.imports.report import CellError

READ: list[tuple[Callable[[str], object], str, object]] = [
    (values.day, "22/11/2026", date(2026, 11, 22)),
    (values.day, " 1/2/2027 ", date(2027, 2, 1)),
    (values.hour, "14h05", time(14, 5)),
    (values.hour, "14:05", time(14, 5)),
    (values.hour, "14:05:00", time(14, 5)),
    (values.hour, "9 H 30", time(9, 30)),
    (values.hour, "14 h", time(14)),
    (values.duration_s, "45", 2700),
    (values.duration_s, "45 min", 2700),
    (values.duration_s, "22,5", 1350),
    (values.duration_s, "1h15", 4500),
    (values.duration_s, "6 h", 21_600),
    (values.percent, "33", 33),
    (values.percent, "33,3 %", 33),
    (values.percent, "0", 0),
    (values.text, "  Zoé\u00a0", "Zoé"),
    (values.text, "Zoe\u0301", "Zoé"),
    (values.text, "=1+1", "=1+1"),
    (values.text, "李小龙", "李小龙"),
    (values.names, "Keller Hélène, Nguyen Paul|Diallo", ("Keller Hélène", "Nguyen Paul", "Diallo")),
    (values.identifier, "a.b-1", "a.b-1"),
    (values.choice({"sur site": 1}), "SUR-SITE", 1),
]
REFUSED: list[tuple[Callable[[str], object], str, str]] = [
    *((values.day, cell, "cell_date") for cell in ("31/02/2026", "2026-11-22", "1/1/26", "x")),
    (values.day, "01/01/1999", "cell_date"),
    (values.day, "\u0662\u0662/11/2026", "cell_date"),
    *((values.hour, cell, "cell_time") for cell in ("24h00", "14", "14h60", "14:05:30", "")),
    *((values.duration_s, cell, "cell_duration") for cell in ("0", "0h00", "6h01", "1.5", "-5")),
    *((values.percent, cell, "cell_percent") for cell in ("101", "-1", "1/3")),
    (values.text, "a\x07", "cell_control"),
    (values.text, "a\nb", "cell_control"),
    (values.text, "a" * 201, "cell_too_long"),
    (values.text, "\u00a0", "cell_missing"),
    (values.identifier, "a b", "cell_identifier"),
    (values.identifier, "a" * 65, "cell_identifier"),
    (values.choice({"VAE": 1}), "autre", "cell_choice"),
]


@pytest.mark.parametrize(("parse", "cell", "value"), READ)
def test_it_is_read(parse: Callable[[str], object], cell: str, value: object) -> None:
    assert parse(cell) == value


@pytest.mark.parametrize(("parse", "cell", "code"), REFUSED)
def test_it_is_refused(parse: Callable[[str], object], cell: str, code: str) -> None:
    with pytest.raises(CellError) as refused:
        parse(cell)
    # An empty cell is missing, whatever its column asks for.
    assert refused.value.code == (code if cell else "cell_missing")


def outcome(read: Callable[[], object]) -> object:
    """Return what is read, or the code of the refusal; anything else is a crash."""
    try:
        return read()
    except CellError as error:
        return error.code


PARSERS = st.sampled_from(
    [values.day, values.hour, values.duration_s, values.percent, values.text, values.identifier]
)
NEARLY = st.text("0123456789/:,h %-", max_size=12) | st.text(max_size=20)


@given(parse=PARSERS, cell=NEARLY)
def test_any_cell_is_read_or_refused(parse: Callable[[str], object], cell: str) -> None:
    assert outcome(lambda: parse(cell)) is not None


@given(at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001 - local, on purpose
def test_a_local_time_is_the_instant_it_names_or_is_refused(at: datetime) -> None:
    local = at.replace(second=0, microsecond=0)
    paris = ZoneInfo("Europe/Paris")
    found = {
        instant
        for offset_h in (1, 2)
        if (instant := local.replace(tzinfo=UTC).timestamp() - offset_h * 3600)
        and datetime.fromtimestamp(instant, paris).replace(tzinfo=None) == local
    }
    code = {0: "cell_time_skipped", 2: "cell_time_twice"}.get(len(found))
    read = outcome(lambda: values.instant_ms(local.date(), local.time(), "Europe/Paris"))
    assert read == (code or int(found.pop()) * 1000)


@pytest.mark.requirement("S5")
def test_an_hour_is_that_of_the_office() -> None:
    on, at = date(2027, 6, 15), time(14, 5)
    paris = values.instant_ms(on, at, "Europe/Paris")
    assert values.instant_ms(on, at, "Indian/Reunion") == paris - 2 * 3_600_000
    assert values.instant_ms(on, at, "America/Miquelon") == paris + 4 * 3_600_000


def test_the_nights_when_clocks_change_are_told_apart() -> None:
    with pytest.raises(CellError) as skipped:
        values.instant_ms(date(2027, 3, 28), time(2, 30), "Europe/Paris")
    with pytest.raises(CellError) as twice:
        values.instant_ms(date(2027, 10, 31), time(2, 30), "Europe/Paris")
    assert (skipped.value.code, twice.value.code) == ("cell_time_skipped", "cell_time_twice")
