"""Where a calendar day begins, for whoever lives by a time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Return the first instant of `day` there. Raises: ValueError, OverflowError."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
