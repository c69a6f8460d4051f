"""Stations as they stand: where, whose, who is at them; and whose connection carries whom.

State, its fold, and what is read from it; the acts are in station_acts.py. Nothing here says
whether a station is silent: that is what the relay saw of its media (media.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from visiojury.exam import events as ev
from visiojury.exam.media import Media
from visiojury.exam.people import Participant, Role

if TYPE_CHECKING:
    from visiojury.exam.state import Session

StationState = Literal["awaited", "here", "silent", "away"]
"""Its link not opened yet; sends; does not; asks from another network than its room's."""


_AUTHENTICATION: dict[ev.Factor, Literal["station+code", "station+totp", "station+passkey"]] = {
    "code": "station+code",
    "totp": "station+totp",
    "passkey": "station+passkey",
}


@dataclass(frozen=True, slots=True)
class AtStation:
    """How a person came to be at a station."""

    station_id: str
    at_ms: int
    attested_by: str | None
    """The agent who says so; None: they signed in."""
    factor: ev.Factor | None = None
    """What they signed in with."""

    @property
    def authentication(
        self,
    ) -> Literal["station+code", "station+totp", "station+passkey", "attested"]:
        return "attested" if self.factor is None else _AUTHENTICATION[self.factor]


@dataclass(slots=True)
class Station:
    enrolled: ev.StationEnrolled
    enrolled_by: str
    is_withdrawn: bool = False
    network: str | None = None
    """Keyed digest of the network it stands in; None: it has not asked for anything yet."""
    is_away: bool = False
    since_ms: int = 0
    """When it was placed, last left its network, or came back."""

    @property
    def place(self) -> str:
        """Return room and station, as the roll call and the minutes say where somebody is."""
        return f"{self.enrolled.room}, {self.enrolled.station}"

    def as_subject(self) -> Participant:
        """Return the station as the subject of a link, of a connection, of a view."""
        return Participant(
            participant_id=self.enrolled.station_id,
            given_name=f"{self.enrolled.room},",
            family_name=self.enrolled.station,
            role=Role.STATION,
            office_id=self.enrolled.office_id,
            presence="on_site",
        )


@dataclass(slots=True)
class Stations:
    known: dict[str, Station] = field(default_factory=dict)
    """Withdrawn ones too."""
    at: dict[str, AtStation] = field(default_factory=dict)
    """By person."""
    stale: set[str] = field(default_factory=set)
    """Who has to be attested or to sign in anew: a roll call was begun since, or their station
    left its network or came back."""

    def people_at(self, station_id: str) -> list[str]:
        return [who for who, how in self.at.items() if how.station_id == station_id]

    def apply(self, event: ev.Event, *, by: str | None) -> None:
        """Change the state as `event` says; events of other matters change nothing."""
        match event:
            case ev.StationEnrolled():
                self.known[event.station_id] = Station(event, by or "")
            case ev.StationWithdrawn():
                self.known[event.station_id].is_withdrawn = True
                for who in self.people_at(event.station_id):
                    self._go(who)
            case ev.StationPlaced():
                station = self.known[event.station_id]
                station.network, station.is_away = event.network, False
                station.since_ms = event.at_ms
            case ev.StationNetworkLeft() | ev.StationNetworkReturned():
                station = self.known[event.station_id]
                station.is_away = isinstance(event, ev.StationNetworkLeft)
                station.since_ms = event.at_ms
                self.stale.update(self.people_at(event.station_id))
            case _:
                self._apply_to_people(event, by or "")

    def _apply_to_people(self, event: ev.Event, by: str) -> None:
        match event:
            case ev.DeliberationOpened() | ev.RollCallBegun():
                self.stale.update(self.at)
            case ev.PresenceAttested():
                self._come(event.participant_id, AtStation(event.station_id, event.at_ms, by))
            case ev.StationSignedIn():
                how = AtStation(event.station_id, event.at_ms, None, event.factor)
                self._come(event.participant_id, how)
            case ev.StationSignedOut() | ev.ParticipantWithdrawn():
                self._go(event.participant_id)

    def opened_anew(self, station_id: str) -> None:
        """A link of the station was redeemed: where it asks from first is where it stands."""
        if station_id in self.known:
            self.known[station_id].network = None

    def _come(self, participant_id: str, how: AtStation) -> None:
        self._go(participant_id)
        self.at[participant_id] = how

    def _go(self, participant_id: str) -> None:
        self.at.pop(participant_id, None)
        self.stale.discard(participant_id)


def station_of(session: Session, participant_id: str) -> Station | None:
    """Return the station that a person is at."""
    how = session.stations.at.get(participant_id)
    return None if how is None else session.stations.known[how.station_id]


def carrier(session: Session, participant_id: str) -> str:
    """Return whose connection carries this person's picture and voice: theirs, or a station's."""
    how = session.stations.at.get(participant_id)
    return participant_id if how is None else how.station_id


def carried_media(session: Session, participant_id: str) -> Media:
    """Return what the relay said of the connection that carries this person."""
    return session.media.get(carrier(session, participant_id), Media())


def expected_at(session: Session, station_id: str) -> list[str]:
    """Return who may sign in at a station unannounced: members of the jury expected on site there.

    Others are named there only once an agent has attested them.
    """
    station = session.stations.known.get(station_id)
    if station is None:
        return []
    office_id = station.enrolled.office_id
    return [
        person.participant_id
        for person in session.jury()
        if person.presence == "on_site"
        and office_id in {person.office_id, session.info.organising_office_id}
    ]


def state_of(session: Session, station: Station) -> StationState:
    if station.is_away:
        return "away"
    if station.network is None:
        return "awaited"
    media = session.media.get(station.enrolled.station_id, Media())
    return "silent" if media.is_cut_off else "here"
