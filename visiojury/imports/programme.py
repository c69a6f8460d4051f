"""The project's CSV: each line says in its column « ligne » what it is. See docs/imports.md.

Lines may come in any order: the session is read first, then offices, rooms, people, commissions
and sittings.
"""

from __future__ import annotations

from collections.abc import Callable

from visiojury.exam.commands import SittingPlan
from visiojury.exam.people import JURY, Participant, Presence, Role
from visiojury.exam.state import Session
from visiojury.imports import values
from visiojury.imports.draft import NO_DIPLOMA, ROUTES, Draft, Head
from visiojury.imports.report import CellError
from visiojury.imports.table import Row, folded

COLUMNS = (
    "ligne",
    "identifiant",
    "intitulé",
    "diplôme",
    "voie",
    "service",
    "adresse",
    "contact",
    "salle",
    "nom",
    "prénom",
    "présence",
    "suppléant",
    "habilitation",
    "commission",
    "examinateurs",
    "candidat",
    "assistant",
    "date",
    "heure",
    "oral",
    "durée",
    "majoration",
    "poste",
    "date des résultats",
    "heure des résultats",
    "lieu des résultats",
)
REQUIRED = ("ligne",)

PEOPLE = {
    "candidat": Role.CANDIDATE,
    "candidate": Role.CANDIDATE,
    "assistant": Role.ASSISTANT,
    "assistante": Role.ASSISTANT,
    "examinateur": Role.EXAMINER,
    "examinatrice": Role.EXAMINER,
    "président": Role.CHAIR,
    "présidente": Role.CHAIR,
    "organisateur": Role.ORGANISER,
    "organisatrice": Role.ORGANISER,
    "référent": Role.INVIGILATOR,
    "référente": Role.INVIGILATOR,
    "responsable": Role.SESSION_MANAGER,
    "technicien": Role.TECHNICIAN,
    "technicienne": Role.TECHNICIAN,
}
PRESENCES: dict[str, Presence] = {"sur site": "on_site", "à distance": "remote"}


class Programme:
    """Reads the rows of one file into a draft."""

    def __init__(self, draft: Draft, session: Session | None) -> None:
        self.draft = draft
        self._adds = session is not None
        self._taken = set() if session is None else set(session.sittings)
        """Identifiers of sittings."""
        self._commissions: dict[str, tuple[str, ...]] = {}
        self._sittings = 0

    def read(self, rows: list[Row]) -> None:
        readers: dict[str, Callable[[Row], None]] = {
            "session": self._session,
            "service": self._office,
            "salle": self._room,
            **dict.fromkeys(PEOPLE, self._person),
            "commission": self._commission,
            "épreuve": self._sitting,
        }
        known = values.choice({kind: kind for kind in readers})
        sorted_rows: dict[Callable[[Row], None], list[Row]] = {r: [] for r in readers.values()}
        for row in rows:
            kind = row.take("ligne", known, "")
            if not self.draft.drop(row):
                sorted_rows[readers[kind]].append(row)
        for read, of_kind in sorted_rows.items():
            for row in of_kind:
                read(row)

    def _session(self, row: Row) -> None:
        if self._adds:
            row.refuse("line_session_unwanted")
        head = Head(
            line=row.line,
            session_id=row.take("identifiant", values.identifier, ""),
            title=row.take("intitulé", values.text, ""),
            diploma=row.take("diplôme", self.draft.diploma, NO_DIPLOMA),
            route=row.take("voie", values.choice(ROUTES), "vae"),
            organising_office_id=row.take("service", self._known_office, ""),
            results_ms=self._results_ms(row),
            results_place=row.maybe("lieu des résultats", values.text, None),
        )
        self.draft.open(row, head)

    def _known_office(self, cell: str) -> str:
        return self.draft.offices.find(values.text(cell))

    def _results_ms(self, row: Row) -> int | None:
        if "date des résultats" not in row.cells:
            return None
        office_id = row.maybe("service", self._known_office, None)
        return self._instant_ms(row, "date des résultats", "heure des résultats", office_id)

    def _instant_ms(self, row: Row, day: str, hour: str, office_id: str | None) -> int:
        """Return the instant that two columns say, in the time of an office."""
        on, at = row.take(day, values.day, None), row.take(hour, values.hour, None)
        if on is None or at is None or office_id is None:
            return 0
        zone = self.draft.offices.zone(office_id)
        return row.take(hour, lambda _: values.instant_ms(on, at, zone), 0)

    def _office(self, row: Row) -> None:
        office_id = row.take("service", self._known_office, "")
        if office_id in self.draft.offices.of_session:
            row.refuse("line_office_entered", "service")
        address = row.maybe("adresse", values.text, None)
        contact = row.maybe("contact", values.text, None)
        if row.faults:
            self.draft.drop(row)
            return
        self.draft.offices.complete(office_id, address=address, contact=contact)
        row.take("service", self.draft.office, "")
        self.draft.drop(row)

    def _room(self, row: Row) -> None:
        office_id = row.take("service", self._known_office, "")
        room = row.take("salle", values.text, "")
        if not self.draft.drop(row):
            self.draft.offices.rooms.setdefault(office_id, []).append(room)

    def _person(self, row: Row) -> None:
        role = row.take("ligne", values.choice(PEOPLE), Role.CANDIDATE)
        person = Participant(
            participant_id=row.maybe(
                "identifiant", values.identifier, self.draft.people.fresh(role)
            ),
            family_name=row.take("nom", values.text, "-"),
            given_name=row.take("prénom", values.text, "-"),
            role=role,
            office_id=row.take("service", self.draft.office, "-"),
            presence=row.maybe("présence", values.choice(PRESENCES), "on_site"),
            route=row.maybe("voie", values.choice(ROUTES), None),
            is_substitute=row.maybe("suppléant", values.choice(values.YES_NO), False),  # noqa: FBT003 - a cell's default
            habilitation=row.maybe("habilitation", values.text, None),
        )
        self.draft.enrol(row, person, id_column="identifiant", name_column="nom")

    def _commission(self, row: Row) -> None:
        name = row.take("commission", values.text, "")
        members = row.take("examinateurs", self._members, ())
        if folded(name) in self._commissions:
            row.refuse("line_commission_twice", "commission")
        if not self.draft.drop(row):
            self._commissions[folded(name)] = members

    def _members(self, cell: str) -> tuple[str, ...]:
        return tuple(self.draft.people.find(name, JURY) for name in values.names(cell))

    def _of_commission(self, cell: str) -> tuple[str, ...]:
        try:
            return self._commissions[folded(values.text(cell))]
        except KeyError:
            raise CellError("cell_commission_unknown") from None

    def _sitting(self, row: Row) -> None:
        find = self.draft.people.find
        candidate_id = row.take(
            "candidat", lambda cell: find(values.text(cell), {Role.CANDIDATE}), ""
        )
        host_office_id = row.maybe("service", self.draft.office, None)
        if host_office_id is None and candidate_id:
            host_office_id = self.draft.people.by_id[candidate_id].office_id
        plan = SittingPlan(
            sitting_id=self._sitting_id(row),
            candidate_id=candidate_id,
            assistant_id=row.maybe(
                "assistant", lambda cell: find(values.text(cell), {Role.ASSISTANT}), None
            ),
            examiner_ids=self._examiners(row),
            host_office_id=host_office_id or "",
            planned_ms=self._instant_ms(row, "date", "heure", host_office_id),
            duration_s=self._duration_s(row),
            adjustment_percent=row.maybe("majoration", values.percent, 0),
            room=row.maybe("salle", lambda cell: self._known_room(host_office_id, cell), None),
            station=row.maybe("poste", values.text, None),
            is_remote=row.maybe("présence", values.choice(PRESENCES), "remote") == "remote",
        )
        if not self.draft.drop(row):
            self._taken.add(plan.sitting_id)
            self.draft.plans.append((row.line, plan))

    def _sitting_id(self, row: Row) -> str:
        given = row.maybe("identifiant", values.identifier, None)
        if given in self._taken:
            row.refuse("line_identifier_twice", "identifiant")
        while given is None or given in self._taken:
            self._sittings += 1
            given = f"epreuve-{self._sittings}"
        return given

    def _examiners(self, row: Row) -> tuple[str, ...]:
        if "commission" in row.cells:
            return row.take("commission", self._of_commission, ())
        return row.take("examinateurs", self._members, ())

    def _duration_s(self, row: Row) -> int:
        """Return the duration given, or the regulatory one of this kind of oral where known."""
        if "durée" in row.cells or "oral" not in row.cells:
            return row.take("durée", values.duration_s, 0)
        return row.take("oral", self._regulatory_s, 0)

    def _regulatory_s(self, cell: str) -> int:
        entry = self.draft.reference.diplomas.get(self.draft.diploma_code)
        durations = {} if entry is None else entry.durations_s
        known = {folded(oral): seconds for oral, seconds in durations.items()}
        try:
            return known[folded(cell)]
        except KeyError:
            raise CellError("cell_oral_unknown") from None

    def _known_room(self, office_id: str | None, cell: str) -> str:
        room = values.text(cell)
        known = self.draft.offices.rooms.get(office_id or "", [])
        by_name = {folded(name): name for name in known}
        if known and folded(room) not in by_name:
            raise CellError("cell_room_unknown", rooms=", ".join(known))
        return by_name.get(folded(room), room)
