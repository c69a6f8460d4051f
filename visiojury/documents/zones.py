"""Whose time it is: an office's wall clock, and what French calls it.

Zone data comes from the pinned package, not from the machine: the same record must give the
same hour everywhere. Source: requirement S5 (every time shown says whose).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from visiojury.documents import french
from visiojury.documents.errors import DocumentError

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
PLACES = {
    "Europe/Paris": "de Paris",
    "America/Cayenne": "de la Guyane",
    "America/Guadeloupe": "de la Guadeloupe",
    "America/Marigot": "de Saint-Martin",
    "America/Martinique": "de la Martinique",
    "America/Miquelon": "de Saint-Pierre-et-Miquelon",
    "America/St_Barthelemy": "de Saint-Barthélemy",
    "Indian/Mayotte": "de Mayotte",
    "Indian/Reunion": "de La Réunion",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of an office."""

    zone: ZoneInfo
    place: str

    @property
    def whose(self) -> str:
        """Return « heure de Paris »."""
        return f"heure {self.place}"

    def date(self, instant_ms: int) -> str:
        return french.date(french.local(instant_ms, self.zone))

    def hour(self, instant_ms: int) -> str:
        return french.hour(french.local(instant_ms, self.zone))

    def time(self, instant_ms: int) -> str:
        return french.time(french.local(instant_ms, self.zone))

    def precise_time(self, instant_ms: int) -> str:
        return french.precise_time(french.local(french.tenth(instant_ms), self.zone))

    def shows_same(self, other: Clock, instant_ms: int) -> bool:
        """Return whether both clocks show the same at this instant."""
        mine = french.local(instant_ms, self.zone).utcoffset()
        return mine == french.local(instant_ms, other.zone).utcoffset()


@lru_cache(maxsize=64)
def clock(time_zone: str) -> Clock:
    """Return the clock of a zone by its IANA name.

    Raises:
        DocumentError: `time_zone_unknown`.
    """
    if not _NAME.fullmatch(time_zone):
        raise DocumentError("time_zone_unknown", time_zone)
    source = files("tzdata").joinpath("zoneinfo", *time_zone.split("/"))
    try:
        with source.open("rb") as file:
            zone = ZoneInfo.from_file(file, key=time_zone)
    except (OSError, ValueError):
        raise DocumentError("time_zone_unknown", time_zone) from None
    return Clock(zone, PLACES.get(time_zone, f"du fuseau {time_zone}"))
