"""One line a candidate, all assigned to one session."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.builders import definition
from visiojury.exam.definition import create
from visiojury.exam.people import Role
from visiojury.exam.state import Session
from visiojury.imports import Imported, read
from visiojury.reference import Library, Reference

NOW_MS = 1_800_000_000_000
HEADER = (
    "Session;Diplôme;Voie;Chef de file;Domiciliation;Dossier;Nom de naissance;Nom d'usage;Prénoms"
)
ASSIGNED = [
    "deis-2026;DEIS;VAE;Grand Est;Bretagne;2027-001;Morvan;;Maëlle Anne",
    "deis-2026;DEIS;VAE;Grand Est;La Réunion;2027-002;Payet;Hoarau;Élodie",
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """An installation that has filled in where its offices are."""
    root: Path = tmp_path_factory.mktemp("reference")
    (root / "2027-01-01").mkdir()
    filled = "".join(
        f'[{office}]\naddress = "Salle 1"\ncontact = "Poste 1"\n'
        for office in ("grand-est", "bretagne", "la-reunion")
    )
    (root / "2027-01-01" / "offices.toml").write_text(filled, encoding="utf-8")
    return Library.read(root).at(date(2027, 1, 1))


def imported(reference: Reference, lines: list[str], session: Session | None = None) -> Imported:
    content = "\n".join([HEADER, *lines]).encode("cp1252")
    return read(content, form="odessa", reference=reference, session=session, now_ms=NOW_MS)


def report(result: Imported) -> list[tuple[int, list[tuple[str, str]]]]:
    return [(r.line, [(f.column, f.code) for f in r.faults]) for r in result.refused]


@pytest.mark.requirement("B1")
def test_a_draft_with_its_candidates_comes_out(reference: Reference) -> None:
    result = imported(reference, ASSIGNED)
    assert report(result) == []
    made = result.definition
    assert made is not None
    assert (made.session_id, made.title, made.is_open) == (
        "deis-2026",
        "DEIS, session deis-2026",
        False,
    )
    assert [office.office_id for office in made.offices] == ["grand-est", "bretagne", "la-reunion"]
    assert [(p.participant_id, p.full_name, p.role) for p in made.participants] == [
        ("dossier-2027-001", "Maëlle Anne Morvan", Role.CANDIDATE),
        ("dossier-2027-002", "Élodie Hoarau", Role.CANDIDATE),
    ]
    assert create(made, now_ms=NOW_MS)


def test_candidates_join_a_session_that_exists(reference: Reference) -> None:
    session = Session()
    for event in create(definition(), now_ms=NOW_MS):
        session.apply(event, by=None)
    result = imported(reference, ASSIGNED, session)
    assert report(result) == []
    assert [c.command for c in result.additions] == [
        "add_office",
        "enrol_participant",
        "enrol_participant",
    ]
    other = [line.replace("deis-2026", "deis-2025") for line in ASSIGNED]
    assert report(imported(reference, other, session))[0] == (
        2,
        [("session", "cell_session_differs")],
    )


def test_each_line_speaks_of_the_same_session_and_of_somebody_new(reference: Reference) -> None:
    result = imported(
        reference,
        [
            *ASSIGNED,
            "deis-2025;DEIS;VAE;Grand Est;Bretagne;3;A;;B",
            "deis-2026;DEMF;VAE;Bretagne;Bretagne;4;C;;D",
            "deis-2026;DEIS;VAE;Grand Est;Bretagne;;Morvan;;Anne Maëlle",
            "deis-2026;DEIS;VAE;Grand Est;Bretagne;2027-002;E;;F",
            "deis-2026;DEIS;VAE;Grand Est;Corse;5;;;G",
        ],
    )
    assert report(result) == [
        (4, [("session", "cell_session_differs")]),
        (5, [("diplôme", "cell_session_differs"), ("chef de file", "cell_session_differs")]),
        (6, [("nom de naissance", "line_person_twice")]),
        (7, [("dossier", "line_identifier_twice")]),
        (8, [("nom de naissance", "cell_missing"), ("domiciliation", "cell_office_incomplete")]),
    ]
    assert result.definition is not None
    assert len(result.definition.participants) == 2


def test_a_session_pooled_elsewhere_is_refused_once(reference: Reference) -> None:
    result = imported(reference, [line.replace("Grand Est", "Bretagne") for line in ASSIGNED])
    assert report(result) == [(2, [("", "session_pooled_elsewhere")])]
    assert result.definition is None


def test_no_student_number_is_asked_for(reference: Reference) -> None:
    content = ("INE;" + HEADER + "\n1;" + ASSIGNED[0]).encode()
    result = read(content, form="odessa", reference=reference, now_ms=NOW_MS)
    assert result.unknown_columns == ("INE",)
    assert "INE" not in str(result.definition)
