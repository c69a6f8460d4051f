"""Stations, projected for one person: where they are, how they do, who is at them.

For the agents of their office, the organising office, whoever sees somebody at them, those of
the technical test they are in, and for the station itself.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from signaling.device_check_view import DeviceCheckView, device_check_view
from signaling.media_view import SEE_QUALITY, Quality, StreamView, quality_of, stream_of
from signaling.part import Part
from signaling.stage import muted_of
from visiojury.exam.duty import AGENTS
from visiojury.exam.media import Media
from visiojury.exam.people import STAFF, Participant, Role
from visiojury.exam.permissions import reach_of
from visiojury.exam.state import Session
from visiojury.exam.station_acts import standing
from visiojury.exam.stations import Station, StationState, state_of
from visiojury.exam.technical_test import is_in_test


class AtStationView(Part):
    """How a person came to be at a station."""

    at_ms: int
    attested_by: str | None
    """Name of the agent who says so; None: they signed in there."""
    is_stale: bool
    """A roll call was begun since, or the station changed its network: to be renewed."""


class StationView(Part):
    """A station; the fields that tiles show are called as a person's are."""

    name: str
    role: Literal["station"] = "station"
    station: str
    room: str
    office_id: str
    start_ms: int
    end_ms: int
    state: StationState
    since_ms: int
    """When it was placed in its network, left it or came back; 0: not opened yet."""
    people: dict[str, AtStationView]
    """By person, in the order of their coming."""
    is_connected: bool
    audio: StreamView
    video: StreamView
    quality: Quality | None
    device_check: DeviceCheckView | None


def stations_view(
    session: Session, me: Participant, seen: Container[str]
) -> dict[str, StationView]:
    """Return the stations that stand and that concern `me`, who sees the people in `seen`."""
    return {
        station.enrolled.station_id: _station(session, me, station)
        for station in standing(session)
        if _concerns(session, me, station, seen)
    }


def _concerns(session: Session, me: Participant, station: Station, seen: Container[str]) -> bool:
    station_id = station.enrolled.station_id
    is_ours = me.role in AGENTS and me.office_id == station.enrolled.office_id
    if me.participant_id == station_id or is_ours or reach_of(session, me) == "session":
        return True
    if is_in_test(session, station_id) and me.role in STAFF | {Role.STATION}:
        return True
    return any(who in seen for who in session.stations.people_at(station_id))


def _station(session: Session, me: Participant, station: Station) -> StationView:
    enrolled = station.enrolled
    media = session.media.get(enrolled.station_id, Media())
    muted = muted_of(session, enrolled.station_id)
    return StationView(
        name=station.place,
        station=enrolled.station,
        room=enrolled.room,
        office_id=enrolled.office_id,
        start_ms=enrolled.start_ms,
        end_ms=enrolled.end_ms,
        state=state_of(session, station),
        since_ms=station.since_ms,
        people={
            who: _at_station(session, who)
            for who in session.stations.people_at(enrolled.station_id)
        },
        is_connected=media.is_connected,
        audio=stream_of(media, "audio", muted),
        video=stream_of(media, "video", muted),
        quality=quality_of(media) if me.role in SEE_QUALITY else None,
        device_check=device_check_view(session, me, enrolled.station_id),
    )


def _at_station(session: Session, who: str) -> AtStationView:
    how = session.stations.at[who]
    agent = session.participants.get(how.attested_by or "")
    return AtStationView(
        at_ms=how.at_ms,
        attested_by=None if agent is None else agent.full_name,
        is_stale=who in session.stations.stale,
    )
