"""One cell -> one value, as people of a French office write it. Each raises CellError."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from visiojury.exam.enrolment import IDENTIFIER
from visiojury.imports.report import CellError
from visiojury.imports.table import folded

T = TypeVar("T")

LONGEST_NAME = 200
LONGEST_IDENTIFIER = 64
SHORTEST_S, LONGEST_S = 60, 6 * 3600
YEARS = range(2000, 2100)

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?: ?h ?(\d{2})?|:(\d{2})(?::00)?)", re.ASCII | re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2}) ?h ?(\d{2})?", re.ASCII | re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,3}(?:,\d{1,3})?) ?(?:min|mn)?", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:,\d{1,3})?) ?%?", re.ASCII)


def text(cell: str) -> str:
    """Return a cell as it is read: composed, its ends trimmed, its letters untouched."""
    plain = unicodedata.normalize("NFC", cell).strip()
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in plain):
        raise CellError("cell_control")
    if len(plain) > LONGEST_NAME:
        raise CellError("cell_too_long", most=LONGEST_NAME)
    if not plain:
        raise CellError("cell_missing")
    return plain


def identifier(cell: str) -> str:
    plain = text(cell)
    if not IDENTIFIER.fullmatch(plain) or len(plain) > LONGEST_IDENTIFIER:
        raise CellError("cell_identifier")
    return plain


def names(cell: str) -> tuple[str, ...]:
    """Return the names of a list, set apart by commas or bars."""
    return tuple(text(part) for part in re.split(r"[,|]", cell) if part.strip())


def choice(terms: Mapping[str, T]) -> Callable[[str], T]:
    """Return a parser of one of `terms`, whatever its case and accents."""
    known = {folded(term): value for term, value in terms.items()}

    def parse(cell: str) -> T:
        try:
            return known[folded(cell)]
        except KeyError:
            raise CellError("cell_choice", choices=", ".join(terms)) from None

    return parse


def day(cell: str) -> date:
    """Return the date of `22/11/2026`."""
    found = _DATE.fullmatch(text(cell))
    if found is not None and int(found[3]) in YEARS:
        with suppress(ValueError):
            return date(int(found[3]), int(found[2]), int(found[1]))
    raise CellError("cell_date")


def hour(cell: str) -> time:
    """Return the time of `14h05`, `14:05` or `14 h`."""
    found = _TIME.fullmatch(text(cell))
    if found is not None:
        with suppress(ValueError):
            return time(int(found[1]), int(found[2] or found[3] or 0))
    raise CellError("cell_time")


def duration_s(cell: str) -> int:
    """Return the seconds of `45`, `45 min`, `22,5` or `1h15`."""
    plain = text(cell)
    if found := _HOURS.fullmatch(plain):
        seconds = int(found[1]) * 3600 + int(found[2] or 0) * 60
    elif found := _MINUTES.fullmatch(plain):
        seconds = round(float(found[1].replace(",", ".")) * 60)
    else:
        raise CellError("cell_duration")
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise CellError("cell_duration")
    return seconds


def percent(cell: str) -> int:
    """Return the whole per cents of `33`, `33 %` or `33,3` (which means a third, like 33)."""
    found = _PERCENT.fullmatch(text(cell))
    if found is None:
        raise CellError("cell_percent")
    value = round(float(found[1].replace(",", ".")))
    if value > 100:
        raise CellError("cell_percent")
    return value


def instant_ms(on: date, at: time, zone: str) -> int:
    """Return the instant of a local date and time, which must exist once that day.

    Raises:
        CellError: `cell_time_skipped`, `cell_time_twice`: the night the clocks change.
    """
    local = datetime.combine(on, at, ZoneInfo(zone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        is_skipped = local.replace(fold=1).timestamp() < local.timestamp()
        raise CellError("cell_time_skipped" if is_skipped else "cell_time_twice")
    return int(local.timestamp()) * 1000


YES_NO: dict[str, Any] = {"oui": True, "non": False}
