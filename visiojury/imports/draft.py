"""What rows come to, before the rules of the exam are asked: the same for every form of file."""

from __future__ import annotations

from dataclasses import dataclass, field

from visiojury.exam.commands import SittingPlan
from visiojury.exam.people import Diploma, Participant, Route
from visiojury.exam.state import Session
from visiojury.imports import values
from visiojury.imports.book import Offices, People
from visiojury.imports.report import CellError, Refused
from visiojury.imports.table import Row
from visiojury.reference.model import Reference

ROUTES: dict[str, Route] = {"VAE": "vae", "formation": "training"}
NO_DIPLOMA = Diploma(code="-", title="-")
"""Stands in for a diploma that was refused; never leaves a refused line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The session itself."""

    line: int
    session_id: str
    title: str
    diploma: Diploma
    route: Route
    organising_office_id: str
    results_ms: int | None = None
    results_place: str | None = None


@dataclass(slots=True)
class Draft:
    """What a file adds, line by line, and what of it is refused so far."""

    reference: Reference
    people: People
    offices: Offices
    diploma_code: str = ""
    """Of the session, as far as it is known."""
    head: Head | None = None
    enrolled: list[tuple[int, Participant]] = field(default_factory=list)
    plans: list[tuple[int, SittingPlan]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @classmethod
    def empty(cls, reference: Reference, session: Session | None) -> Draft:
        people = People()
        for person in () if session is None else session.participants.values():
            people.add(person)
        offices = Offices(reference, session)
        code = "" if session is None else session.info.diploma.code
        return cls(reference, people, offices, diploma_code=code)

    def open(self, row: Row, head: Head) -> None:
        """Take a row as the session's own; there is one."""
        if self.head is not None:
            row.refuse("line_session_twice", first=self.head.line)
        if not self.drop(row):
            self.head, self.diploma_code = head, head.diploma.code

    def drop(self, row: Row) -> bool:
        """Note a row's refusal, if it has one, and say so."""
        if row.faults:
            self.refused.append(Refused(line=row.line, faults=tuple(row.faults)))
        return bool(row.faults)

    def diploma(self, cell: str) -> Diploma:
        """Raises: CellError."""
        diploma = self.reference.diploma(values.text(cell).upper())
        if diploma is None:
            raise CellError("cell_diploma_unknown")
        return diploma

    def office(self, cell: str) -> str:
        """Return the identifier of an office that the session can hold. Raises: CellError."""
        office_id = self.offices.find(values.text(cell))
        return self.offices.office(office_id).office_id

    def enrol(self, row: Row, person: Participant, *, id_column: str, name_column: str) -> None:
        """Add a person, unless they are there already.

        Two people of one name are told apart by identifiers of their own in the file.
        """
        twin = next(iter(self.people.namesakes(person.full_name)), None)
        if person.participant_id in self.people.by_id:
            row.refuse("line_identifier_twice", id_column)
        elif twin is not None and id_column not in row.cells:
            where = self.people.lines.get(twin, 0)
            code = "line_person_twice" if where else "line_person_enrolled"
            row.refuse(code, name_column, first=where)
        if not self.drop(row):
            self.people.add(person, row.line)
            self.enrolled.append((row.line, person))
