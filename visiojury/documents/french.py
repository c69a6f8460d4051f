"""French typography: instants, lengths of time, numbers, lists. Strings only, no exam rule.

Seconds carry a decimal comma; what belongs together is joined by a non-breaking space.
Source: Lexique des règles typographiques en usage à l'Imprimerie nationale (hours, spaces).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def local(instant_ms: int, zone: ZoneInfo) -> datetime:
    """Return the wall clock at an instant (milliseconds since the epoch, UTC) in `zone`."""
    seconds, milliseconds = divmod(instant_ms, 1000)
    whole = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    return whole.astimezone(zone)


def date(when: datetime) -> str:
    """Return « 1er juin 2026 »."""
    day = "1er" if when.day == 1 else str(when.day)
    return NBSP.join((day, MONTHS[when.month - 1], str(when.year)))


def hour(when: datetime) -> str:
    """Return « 9 h 05 », for what is planned to the minute."""
    return f"{when.hour}{NBSP}h{NBSP}{when.minute:02d}"


def time(when: datetime) -> str:
    """Return « 9 h 05 min 03 s »; what is left of the second is dropped."""
    return f"{hour(when)}{NBSP}min{NBSP}{when.second:02d}{NBSP}s"


def precise_time(when: datetime) -> str:
    """Return « 9 h 05 min 03,2 s », of an instant already rounded by `tenth`."""
    tenths = when.microsecond // 100_000
    return f"{hour(when)}{NBSP}min{NBSP}{when.second:02d},{tenths}{NBSP}s"


def tenth(instant_ms: int) -> int:
    """Return the instant or length rounded to a tenth of a second, halves up."""
    return (instant_ms + 50) // 100 * 100


def length(milliseconds: int) -> str:
    """Return « 1 min 06,4 s », to the tenth of a second."""
    tenths = tenth(milliseconds) // 100
    seconds, tenths = divmod(tenths, 10)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return f"{seconds},{tenths}{NBSP}s"
    return f"{_leading(hours, minutes)}{NBSP}{seconds:02d},{tenths}{NBSP}s"


def seconds(count: int) -> str:
    """Return « 45 s », « 30 min » or « 1 h 10 min 05 s », of whole seconds."""
    minutes, rest = divmod(count, 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return f"{rest}{NBSP}s"
    lead = _leading(hours, minutes)
    return f"{lead}{NBSP}{rest:02d}{NBSP}s" if rest else lead


def _leading(hours: int, minutes: int) -> str:
    if hours:
        return f"{hours}{NBSP}h{NBSP}{minutes:02d}{NBSP}min"
    return f"{minutes}{NBSP}min"


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return « 0 voix », « 1 écriture », « 3 écritures »: the plural begins at two."""
    noun = singular if count < 2 else plural or f"{singular}s"
    return f"{number(count)}{NBSP}{noun}"


def number(count: int) -> str:
    """Return « 12 345 »."""
    return f"{count:,}".replace(",", NBSP)


def listed(items: Sequence[str]) -> str:
    """Return « a, b et c »."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} et {items[-1]}"
