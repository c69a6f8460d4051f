"""The rules' data as values: diplomas, offices, territories, pooling, thresholds. Reads nothing.

Each class is one kind of entry of the files in `data/`; a field without a default must be given.
Source: requirements S4 to S7, B2, B9, A2, A3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from annotated_types import Ge, Le

from visiojury.exam.advice import Planning
from visiojury.exam.people import Diploma, Identifier, Name, Route, Text

Authority = Literal["regional_directorate", "rectorate", "accredited_centre"]
Kind = Literal["state_diploma", "titre_professionnel"]
Days = Annotated[int, Ge(1), Le(36_525)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiplomaEntry:
    title: Name
    kind: Kind
    authority: Authority
    blocks: tuple[Name, ...] = ()
    """Blocks or domains that can be granted alone; empty where no source gives them."""
    commission_minimum: Annotated[int, Ge(2), Le(12)] = 2
    needs_session_manager: bool = False
    late_ends_on_time: bool = False
    """Who comes late does not push the end back (D5)."""
    is_of_transport: bool = False
    """Its minutes go out within the shorter delay (A3)."""
    durations_s: Mapping[Name, Annotated[int, Ge(60), Le(6 * 3600)]] = field(default_factory=dict)
    """Regulatory duration by kind of oral; empty where no source gives one."""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeEntry:
    name: Name
    region: Name
    time_zone: Name
    address: Text = ""
    contact: Text = ""
    rooms: tuple[Name, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryEntry:
    """A territory outside the scope (S5)."""

    name: Name
    time_zones: tuple[Name, ...]
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolingEntry:
    """Who organises a diploma's sessions for the candidates of which offices (S6)."""

    diploma: Identifier
    route: Route
    organised_by: Identifier
    rule: Name
    """What a refusal quotes."""
    hosts: tuple[Identifier, ...] = ()
    """Offices of the candidates; empty: the whole territory."""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Days within which minutes are sent (A3)."""

    minutes_days: Days
    transport_minutes_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days that things are kept (A2); the record and its documents never under five years."""

    record_days: Annotated[int, Ge(1826), Le(36_525)]
    quality_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The data in force on one day."""

    day: date
    diplomas: Mapping[str, DiplomaEntry]
    offices: Mapping[str, OfficeEntry]
    territories: Mapping[str, TerritoryEntry]
    pooling: Mapping[str, PoolingEntry]
    planning: Planning
    deadlines: Deadlines
    retention: Retention

    def diploma(self, code: str) -> Diploma | None:
        """Return the diploma as a session carries it; None: not in the data."""
        entry = self.diplomas.get(code)
        if entry is None:
            return None
        return Diploma(
            code=code,
            title=entry.title,
            blocks=entry.blocks,
            commission_minimum=entry.commission_minimum,
            minutes_days=(
                self.deadlines.transport_minutes_days
                if entry.is_of_transport
                else self.deadlines.minutes_days
            ),
            kind=entry.kind,
            needs_session_manager=entry.needs_session_manager,
            late_ends_on_time=entry.late_ends_on_time,
        )

    def pooling_of(self, diploma: str, route: Route) -> list[PoolingEntry]:
        """Return what the pooling table says of a diploma by this route (S6)."""
        return [
            entry
            for entry in self.pooling.values()
            if (entry.diploma, entry.route) == (diploma, route)
        ]
