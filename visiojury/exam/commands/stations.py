"""Acts on stations, each within an agent's own office (docs/adr/0090)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen, MinLen

from visiojury.exam.people import Identifier, Name, Strict

CalendarDay = Annotated[str, MinLen(10), MaxLen(10)]
"""As `2026-06-15` (ISO 8601)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationCommand(Strict):
    """Base of the acts on one station that is enrolled."""

    station_id: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolStation(Strict):
    """For the actor's own office."""

    station: Name
    room: Name
    day: CalendarDay
    command: Literal["enrol_station"] = "enrol_station"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawStation(StationCommand):
    command: Literal["withdraw_station"] = "withdraw_station"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestPresence(StationCommand):
    participant_id: Identifier
    command: Literal["attest_presence"] = "attest_presence"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveStation(StationCommand):
    """A person steps away: an agent says so, or it is said at the station."""

    participant_id: Identifier
    command: Literal["leave_station"] = "leave_station"
