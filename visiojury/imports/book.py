"""Who and what a file speaks of, found again by name. Knows no rows and no columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from visiojury.exam.people import Office, Participant, Role
from visiojury.exam.state import Session
from visiojury.imports.report import CellError
from visiojury.imports.table import folded
from visiojury.reference.model import OfficeEntry, Reference

STEMS = {
    Role.CANDIDATE: "candidat",
    Role.ASSISTANT: "assistant",
    Role.EXAMINER: "examinateur",
    Role.CHAIR: "president",
    Role.ORGANISER: "organisateur",
    Role.INVIGILATOR: "referent",
    Role.SESSION_MANAGER: "responsable",
    Role.TECHNICIAN: "technicien",
}
"""Identifiers are made of the role and a number: they stand in logs, where names do not."""


def _key(name: str) -> str:
    """Return a person's name whatever the order of its parts."""
    return " ".join(sorted(folded(name).split())) or name


@dataclass(slots=True)
class People:
    """Everyone, by identifier and by name."""

    by_id: dict[str, Participant] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Where each came from; those already in the session are not in it."""
    _by_name: dict[str, list[str]] = field(default_factory=dict)

    def add(self, person: Participant, line: int | None = None) -> None:
        self.by_id[person.participant_id] = person
        self._by_name.setdefault(_key(person.full_name), []).append(person.participant_id)
        if line is not None:
            self.lines[person.participant_id] = line

    def namesakes(self, name: str) -> list[str]:
        return self._by_name.get(_key(name), [])

    def fresh(self, role: Role) -> str:
        """Return an identifier that nobody has."""
        stem = STEMS[role]
        number = 1 + sum(person.role is role for person in self.by_id.values())
        while f"{stem}-{number}" in self.by_id:
            number += 1
        return f"{stem}-{number}"

    def find(self, name: str, roles: Iterable[Role]) -> str:
        """Return the identifier of who is meant by an identifier or a name.

        Raises:
            CellError: `cell_person_unknown`, `cell_person_ambiguous`.
        """
        if name in self.by_id:
            return name
        wanted = set(roles)
        found = [who for who in self.namesakes(name) if self.by_id[who].role in wanted]
        if not found:
            raise CellError("cell_person_unknown")
        if len(found) > 1:
            raise CellError("cell_person_ambiguous")
        return found[0]


class Offices:
    """The offices that may be named: by identifier, name or region."""

    def __init__(self, reference: Reference, session: Session | None) -> None:
        self._reference = reference
        self._entered: dict[str, Office] = {}
        self._known: dict[str, str] = {}
        self._outside = {folded(entry.name) for entry in reference.territories.values()}
        self.used: dict[str, None] = {}
        """In the order they were first named."""
        self.rooms = {i: list(entry.rooms) for i, entry in reference.offices.items()}
        for office_id, entry in reference.offices.items():
            self._name(office_id, entry)
        self.of_session = frozenset(
            () if session is None else (office.office_id for office in session.info.offices)
        )
        for office in () if session is None else session.info.offices:
            self._entered[office.office_id] = office
            self._name(office.office_id, office)

    def _name(self, office_id: str, office: Office | OfficeEntry) -> None:
        for name in (office.region, office.name, office_id):
            self._known[folded(name)] = office_id

    def find(self, name: str) -> str:
        """Return an office's identifier.

        Raises:
            CellError: `cell_office_unknown`, `cell_office_outside` (S5).
        """
        if folded(name) in self._outside:
            raise CellError("cell_office_outside")
        try:
            return self._known[folded(name)]
        except KeyError:
            raise CellError("cell_office_unknown") from None

    def zone(self, office_id: str) -> str:
        entry = self._entered.get(office_id) or self._reference.offices[office_id]
        return entry.time_zone

    def complete(self, office_id: str, *, address: str | None, contact: str | None) -> None:
        """Say where an office is for this session, and how it is reached; None leaves it."""
        office = self._entered.get(office_id)
        entry = office or self._reference.offices[office_id]
        self._entered[office_id] = Office(
            office_id=office_id,
            name=entry.name,
            region=entry.region,
            time_zone=entry.time_zone,
            address=address or entry.address,
            contact=contact or entry.contact,
        )

    def office(self, office_id: str) -> Office:
        """Return an office as a session holds it.

        Raises:
            CellError: `cell_office_incomplete`: nobody said its address and contact.
        """
        if office_id not in self._entered:
            self.complete(office_id, address=None, contact=None)
        office = self._entered[office_id]
        if not office.address or not office.contact:
            raise CellError("cell_office_incomplete", office=office.name)
        self.used.setdefault(office_id)
        return office
