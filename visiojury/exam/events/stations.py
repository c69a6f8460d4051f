"""Stations: enrolled, placed, and who is at them (docs/adr/0090, 0091)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.access import Passkey
from visiojury.exam.events.base import Occurred
from visiojury.exam.people import Identifier, Milliseconds, Name

Factor = Literal["code", "totp", "passkey"]
"""What a person signs in with at a station: that of their own link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEnrolled(Occurred):
    """An agent gave a shared device of their office a place in the session, for one day."""

    station_id: Identifier
    station: Name
    """As it is called, and was tested (B5)."""
    room: Name
    office_id: Identifier
    start_ms: Milliseconds
    end_ms: Milliseconds
    """The calendar day, in the office's own time; the end is the next day's beginning."""
    type: Literal["station.enrolled"] = "station.enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationWithdrawn(Occurred):
    """By an agent, or by us when its day is over."""

    station_id: Identifier
    type: Literal["station.withdrawn"] = "station.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlaced(Occurred):
    """The station asked for something for the first time since its link was redeemed."""

    station_id: Identifier
    network: Name
    """Keyed digest of the network it asked from; says nothing but whether another is the same."""
    type: Literal["station.placed"] = "station.placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNetworkLeft(Occurred):
    """It asked from another network than the one it was placed in."""

    station_id: Identifier
    type: Literal["station.network_left"] = "station.network_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNetworkReturned(Occurred):
    station_id: Identifier
    type: Literal["station.network_returned"] = "station.network_returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceAttested(Occurred):
    """An agent says that a person is in the room, at the station."""

    station_id: Identifier
    participant_id: Identifier
    type: Literal["presence.attested"] = "presence.attested"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSignedIn(Occurred):
    """A person proved at the station who they are."""

    station_id: Identifier
    participant_id: Identifier
    invitation_id: Identifier
    """The person's own, whose factor they gave."""
    factor: Factor
    totp_step: int | None = None
    """Time step (RFC 6238) of the authenticator's code, which is not accepted again."""
    passkey: Passkey | None = None
    """As it stands after this use."""
    type: Literal["station.signed_in"] = "station.signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSignedOut(Occurred):
    """A person is no longer at the station."""

    station_id: Identifier
    participant_id: Identifier
    type: Literal["station.signed_out"] = "station.signed_out"
