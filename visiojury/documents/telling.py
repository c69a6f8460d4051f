"""A session put into French words, piece by piece: people, instants, outages. For templates.

Everything returned is strings, lists and dictionaries: what a template shows, nothing that it
would have to work out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from visiojury.documents import french, words, zones
from visiojury.documents.facts import Facts, gather
from visiojury.documents.french import NBSP
from visiojury.documents.zones import Clock
from visiojury.exam import events as ev
from visiojury.exam.people import Office, Participant
from visiojury.exam.state import Session
from visiojury.record.entry import Entry
from visiojury.record.fold import fold

Data = dict[str, object]
"""What a template is given: JSON."""


@dataclass(frozen=True, slots=True)
class Times:
    """Instants as one office reads them, and beside it another where its clock differs."""

    main: Clock
    other: Clock | None
    day: str
    """The date that goes without saying."""

    def sentence(self, instant_ms: int, *, precise: bool = False) -> str:
        """Return « 11 h 01 min 12 s, heure de Paris (5 h 01 min 12 s, heure de …) »."""
        text = f"{self._main(instant_ms, precise=precise)}, {self.main.whose}"
        if self.other is None:
            return text
        return f"{text} ({self._other(instant_ms, precise=precise)}, {self.other.whose})"

    def cell(self, instant_ms: int | None, *, precise: bool = False) -> Data:
        """Return both readings for a table whose heading says whose they are."""
        if instant_ms is None:
            return {"main": "—", "other": None}
        other = None if self.other is None else self._other(instant_ms, precise=precise)
        return {"main": self._main(instant_ms, precise=precise), "other": other}

    def hour_cell(self, instant_ms: int) -> Data:
        """Return both readings of what is planned to the minute."""
        other = None if self.other is None else self.other.hour(instant_ms)
        return {"main": self.main.hour(instant_ms), "other": other}

    @property
    def heading(self) -> Data:
        return {
            "main": self.main.whose,
            "other": None if self.other is None else self.other.whose,
        }

    def planned(self, instant_ms: int) -> str:
        """Return « 15 juin 2026 à 11 h 00, heure de Paris (5 h 00, heure de …) »."""
        text = f"{self.main.date(instant_ms)} à {self.main.hour(instant_ms)}, {self.main.whose}"
        if self.other is None:
            return text
        date = self.other.date(instant_ms)
        day = "" if date == self.main.date(instant_ms) else f" le{NBSP}{date}"
        return f"{text} ({self.other.hour(instant_ms)}{day}, {self.other.whose})"

    def _main(self, instant_ms: int, *, precise: bool) -> str:
        date = self.main.date(instant_ms)
        text = _reading(self.main, instant_ms, precise=precise)
        return text if date == self.day else f"{text} le{NBSP}{date}"

    def _other(self, instant_ms: int, *, precise: bool) -> str:
        assert self.other is not None
        date = self.other.date(instant_ms)
        text = _reading(self.other, instant_ms, precise=precise)
        return text if date == self.main.date(instant_ms) else f"{text} le{NBSP}{date}"


def _reading(clock: Clock, instant_ms: int, *, precise: bool) -> str:
    return clock.precise_time(instant_ms) if precise else clock.time(instant_ms)


@dataclass(frozen=True, slots=True)
class Tale:
    """A session and everything a document asks of it."""

    session: Session
    facts: Facts
    entries: Sequence[Entry]

    @property
    def clock(self) -> Clock:
        return zones.clock(self.session.organising_office.time_zone)

    def times(self, day_ms: int, office: Office | None = None) -> Times:
        """Return how to say instants of a day, for the organising office and another one."""
        other = None if office is None else zones.clock(office.time_zone)
        if other is not None and other.shows_same(self.clock, day_ms):
            other = None
        return Times(self.clock, other, self.clock.date(day_ms))

    def local_times(self, day_ms: int, office: Office) -> Times:
        """Return how to say instants to who is at `office`: its own clock comes first."""
        own, other = zones.clock(office.time_zone), self.clock
        return Times(own, None if own.shows_same(other, day_ms) else other, own.date(day_ms))

    @property
    def diploma(self) -> str:
        """Return « Diplôme d’État d’ingénierie sociale (DEIS) »."""
        diploma = self.session.info.diploma
        return f"{diploma.title} ({diploma.code})"

    def sort_key(self, participant_id: str) -> tuple[str, str]:
        """Return what orders people by family name, accents and capitals aside."""
        person = self.session.participant(participant_id)
        return plain(person.family_name), plain(person.given_name)

    def name(self, participant_id: str | None) -> str:
        """Return a name; a station by its place; of whom the record knows nothing, a dash."""
        if participant_id in self.session.stations.known:
            return self.session.stations.known[participant_id].place
        person = self.session.participants.get(participant_id or "")
        return "—" if person is None else full_name(person)

    def office_name(self, office_id: str) -> str:
        return self.session.office(office_id).name

    def identity(self, participant_id: str, times: Times) -> str:
        """Return who compared the person with which document, and when."""
        check = self.session.checks.get(participant_id)
        if check is None:
            return "non contrôlée"
        document, who = words.shown(check), self.name(check.checked_by)
        return f"{document} ; contrôle par {who}, {times.sentence(check.at_ms)}"

    def origin(self, hindrances: Sequence[ev.Hindrance]) -> list[str]:
        """Return whose side failed, and what; one phrase a person.

        What the service itself caused is put on nobody.
        """
        people: dict[tuple[str, ev.Cause], set[str]] = {}
        for hindrance in hindrances:
            who = "" if hindrance.cause == "relay" else hindrance.participant_id
            streams = people.setdefault((who, hindrance.cause), set())
            streams.add(words.STREAMS[hindrance.stream])
        return [
            f"{f'{self.side(who)}{NBSP}: ' if who else ''}{words.CAUSES[cause]}"
            f" ({french.listed(sorted(streams, reverse=True))})"
            for (who, cause), streams in people.items()
        ]

    def side(self, participant_id: str) -> str:
        """Return a person with their part in the exam, as « Jeanne NOM (examinateur) »."""
        if participant_id in self.session.stations.known:
            return self.name(participant_id)
        person = self.session.participants.get(participant_id)
        return "—" if person is None else f"{full_name(person)} ({words.ROLES[person.role]})"


def tale(entries: Sequence[Entry]) -> Tale:
    """Return what documents tell, from entries of one record.

    Raises:
        FoldError: the entries are not a session's.
    """
    return Tale(fold(entries), gather(entries), entries)


def full_name(person: Participant) -> str:
    """Return « Jeanne NOM », the family name in capitals as administrations write it."""
    return f"{person.given_name} {capitals(person.family_name)}"


def capitals(text: str) -> str:
    """Return text in capitals; Georgian, whose capitals few fonts have, stays as it is."""
    return "".join(c if "\u10d0" <= c <= "\u10ff" else c.upper() for c in text)


def plain(text: str) -> str:
    """Return text without capitals and accents, for an alphabetical order."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def rows(pairs: Iterable[tuple[str, str | None]]) -> list[Data]:
    """Return labels and values as templates take them; None: a line to write on."""
    return [{"label": label, "value": value} for label, value in pairs]
