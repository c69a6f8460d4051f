"""An export in the manner of ODESSA: one line a candidate, assigned to one session.

ODESSA's own format is not public; this one is ours, with the columns that an assignment needs and
no national student number (INE). It brings candidates only: who examines them, and when, is the
organising office's to say. See docs/imports.md.
"""

from __future__ import annotations

from visiojury.exam.people import Participant, Role, Route
from visiojury.exam.state import Session
from visiojury.imports import values
from visiojury.imports.draft import NO_DIPLOMA, ROUTES, Draft, Head
from visiojury.imports.table import Row

COLUMNS = (
    "session",
    "intitulé",
    "diplôme",
    "voie",
    "chef de file",
    "domiciliation",
    "dossier",
    "nom de naissance",
    "nom d’usage",
    "prénoms",
)
REQUIRED = ("session", "diplôme", "voie", "chef de file", "domiciliation", "prénoms")


class Assignments:
    """Reads the rows of one export into a draft."""

    def __init__(self, draft: Draft, session: Session | None) -> None:
        self.draft = draft
        self._session = session

    def read(self, rows: list[Row]) -> None:
        for row in rows:
            self._row(row)

    def _row(self, row: Row) -> None:
        draft = self.draft
        session_id = row.take("session", values.identifier, "")
        diploma = row.take("diplôme", draft.diploma, NO_DIPLOMA)
        route: Route = row.take("voie", values.choice(ROUTES), "vae")
        organiser = row.take("chef de file", draft.office, "")
        person = Participant(
            participant_id=row.maybe("dossier", self._dossier, draft.people.fresh(Role.CANDIDATE)),
            family_name=row.take(self._name_column(row), values.text, "-"),
            given_name=row.take("prénoms", values.text, "-"),
            role=Role.CANDIDATE,
            office_id=row.take("domiciliation", draft.office, "-"),
            presence="on_site",
            route=route,
        )
        if row.faults:
            draft.drop(row)
            return
        head = Head(
            line=row.line,
            session_id=session_id,
            title=row.maybe("intitulé", values.text, f"{diploma.code}, session {session_id}"),
            diploma=diploma,
            route=route,
            organising_office_id=organiser,
        )
        self._check_one_session(row, head)
        draft.enrol(row, person, id_column="dossier", name_column=self._name_column(row))
        if draft.head is None and self._session is None and not row.faults:
            draft.head, draft.diploma_code = head, diploma.code

    def _dossier(self, cell: str) -> str:
        return values.identifier(f"dossier-{values.text(cell)}")

    def _name_column(self, row: Row) -> str:
        """Return where the family name is: the one in use, or the one of birth."""
        return "nom d’usage" if "nom d’usage" in row.cells else "nom de naissance"

    def _check_one_session(self, row: Row, head: Head) -> None:
        """Every line assigns to the same session, in the same words."""
        if self._session is not None:
            info = self._session.info
            wanted = (info.session_id, info.diploma.code, info.organising_office_id)
        elif self.draft.head is not None:
            first = self.draft.head
            wanted = (first.session_id, first.diploma.code, first.organising_office_id)
        else:
            return
        said = (head.session_id, head.diploma.code, head.organising_office_id)
        columns = ("session", "diplôme", "chef de file")
        for column, mine, theirs in zip(columns, said, wanted, strict=True):
            if mine != theirs:
                row.refuse("cell_session_differs", column, wanted=theirs)
