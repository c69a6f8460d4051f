"""Whole files of the project's own form: what they come to, and each line that is refused."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import definition
from visiojury.exam.definition import create
from visiojury.exam.people import Role
from visiojury.exam.state import Session
from visiojury.imports import Imported, read
from visiojury.reference import load

REFERENCE = load(date(2027, 1, 1))
NOW_MS = 1_800_000_000_000
HEADER = (
    "ligne;identifiant;intitulé;diplôme;voie;service;adresse;contact;salle;nom;prénom;commission;"
    "examinateurs;candidat;assistant;date;heure;durée;majoration;poste;présence"
)
COLUMNS = HEADER.split(";")


def row(kind: str, **cells: str) -> str:
    """One line; a column's name with its accents is a fine keyword."""
    assert set(cells) <= set(COLUMNS)
    return ";".join(
        kind if column == "ligne" else cells.get(column, "").replace(";", ",") for column in COLUMNS
    )


def person(kind: str, name: str, service: str = "Grand Est", **more: str) -> str:
    given_name, family_name = name.split(" ", 1)
    return row(kind, nom=family_name, prénom=given_name, service=service, **more)


SESSION = row(
    "session",
    identifiant="deis-2027-1",
    intitulé="DEIS par la VAE",
    diplôme="deis",
    voie="VAE",
    service="grand est",
)
OFFICES = [
    row("service", service="Grand Est", adresse="6 rue Hirn, Strasbourg", contact="03 00"),
    row("service", service="DREETS Bretagne", adresse="Cesson-Sévigné", contact="02 00"),
]
PEOPLE = [
    person("organisatrice", "Odile Schmitt"),
    person("référent", "Yann Le Goff", "Bretagne"),
    person("présidente", "Hélène Keller"),
    person("examinateur", "Paul Nguyen", présence="à distance"),
    person("candidate", "Maëlle Morvan", "bretagne"),
]
COMMISSION = row("commission", commission="A", examinateurs="Keller Hélène, Nguyen Paul")
SITTING = row(
    "épreuve",
    candidat="MORVAN Maelle",
    commission="a",
    date="15/06/2027",
    heure="14h05",
    durée="22,5",
    majoration="33,3 %",
)
WHOLE = [SESSION, *OFFICES, *PEOPLE, COMMISSION, SITTING]


def imported(lines: list[str], session: Session | None = None, encoding: str = "utf-8") -> Imported:
    content = "\r\n".join([HEADER, *lines, ""]).encode(encoding)
    return read(content, form="csv", reference=REFERENCE, session=session, now_ms=NOW_MS)


def report(result: Imported) -> list[tuple[int, list[tuple[str, str]]]]:
    return [(r.line, [(f.column, f.code) for f in r.faults]) for r in result.refused]


def existing() -> Session:
    session = Session()
    for event in create(definition(), now_ms=NOW_MS):
        session.apply(event, by=None)
    return session


@pytest.mark.requirement("B1")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_whole_session_comes_out_of_a_file(encoding: str) -> None:
    result = imported(WHOLE, encoding=encoding)
    assert report(result) == []
    made = result.definition
    assert made is not None
    assert (made.session_id, made.title, made.route) == ("deis-2027-1", "DEIS par la VAE", "vae")
    assert (made.diploma.code, made.reference) == ("DEIS", "2027-01-01")
    assert [o.office_id for o in made.offices] == ["grand-est", "bretagne"]
    assert made.offices[0].contact == "03 00"
    people = {p.participant_id: (p.full_name, p.role, p.office_id) for p in made.participants}
    assert people == {
        "organisateur-1": ("Odile Schmitt", Role.ORGANISER, "grand-est"),
        "referent-1": ("Yann Le Goff", Role.INVIGILATOR, "bretagne"),
        "president-1": ("Hélène Keller", Role.CHAIR, "grand-est"),
        "examinateur-1": ("Paul Nguyen", Role.EXAMINER, "grand-est"),
        "candidat-1": ("Maëlle Morvan", Role.CANDIDATE, "bretagne"),
    }
    (plan,) = made.sittings
    assert plan.examiner_ids == ("president-1", "examinateur-1")
    assert (plan.duration_s, plan.adjustment_percent, plan.host_office_id) == (1350, 33, "bretagne")
    assert plan.planned_ms == 1_813_061_100_000  # 15 June 2027, 14:05 in Paris
    assert create(made, now_ms=NOW_MS)


@pytest.mark.requirement("B1")
def test_lines_may_come_in_any_order() -> None:
    straight, reverse = imported(WHOLE), imported(WHOLE[::-1])
    assert report(reverse) == []
    assert reverse.definition is not None
    assert straight.definition is not None
    assert set(reverse.definition.participants) == set(straight.definition.participants)
    assert reverse.definition.sittings == straight.definition.sittings


@pytest.mark.requirement("B1")
def test_each_refused_line_is_told_with_its_column_and_code() -> None:
    """A report of everything that one line can be refused for, as the page shows it."""
    result = imported(
        [
            *WHOLE,
            row("candidate", nom="Petit", service="Lorraine"),  # 12
            person("candidat", "Morvan Maëlle", "Bretagne"),
            person("candidat", "Jean Bon", "Nouvelle-Calédonie"),
            person("examinateur", "Anne Durand", "Corse"),
            row("épreuve", candidat="Jean Bon", commission="B", date="31/02/2027", heure="25h"),
            row("salle", service="Bretagne"),
            row("danse"),
            row("session", identifiant="x y", diplôme="BTS", voie="libre", service="Corse"),
            COMMISSION,
            person("président", "Luc Autre"),  # 21
            row("épreuve", candidat="Maëlle Morvan", commission="A", date="15/06/2027")
            + ";un;deux",
            person("organisateur", "Zoé\x07 Sonne"),
            person("examinatrice", "Ève Neuve", identifiant="candidat-1"),
        ]
    )
    assert report(result) == [
        (12, [("prénom", "cell_missing"), ("service", "cell_office_unknown")]),
        (13, [("nom", "line_person_twice")]),
        (14, [("service", "cell_office_outside")]),
        (15, [("service", "cell_office_incomplete")]),
        (
            16,
            [
                ("candidat", "cell_person_unknown"),
                ("commission", "cell_commission_unknown"),
                ("date", "cell_date"),
                ("heure", "cell_time"),
                ("durée", "cell_missing"),
            ],
        ),
        (17, [("salle", "cell_missing")]),
        (18, [("ligne", "cell_choice")]),
        (
            19,
            [
                ("identifiant", "cell_identifier"),
                ("intitulé", "cell_missing"),
                ("diplôme", "cell_diploma_unknown"),
                ("voie", "cell_choice"),
                ("", "line_session_twice"),
            ],
        ),
        (20, [("commission", "line_commission_twice")]),
        (21, [("", "chair_not_one")]),
        (22, [("", "line_too_long")]),
        (23, [("prénom", "cell_control")]),
        (24, [("identifiant", "line_identifier_twice")]),
    ]
    assert result.lines == 23
    made = result.definition
    assert made is not None
    assert (len(made.participants), len(made.sittings)) == (5, 1)


def test_the_rules_of_the_exam_hold_for_a_file_too() -> None:
    late = SITTING.replace("14h05", "14h10")
    short = SITTING.replace(";a;", ";;").replace("14h05", "16h")
    result = imported([*WHOLE, late, short.replace(";;MORVAN", ";Keller Hélène;MORVAN")])
    assert [line for line, _ in report(result)] == [12, 13]
    assert [faults[0][1] for _, faults in report(result)] == [
        "candidate_busy",
        "commission_too_small",
    ]


@pytest.mark.requirement("S6")
def test_a_session_pooled_elsewhere_is_refused_on_its_line() -> None:
    result = imported([SESSION.replace("grand est", "Bretagne"), *OFFICES, *PEOPLE])
    assert report(result) == [(2, [("", "session_pooled_elsewhere")])]
    assert result.definition is None


@pytest.mark.requirement("S6")
def test_a_candidate_pooled_elsewhere_is_refused_on_their_line() -> None:
    session = SESSION.replace("deis;", "DETISF;")
    corse = row("service", service="Corse", adresse="Ajaccio", contact="04 00")
    result = imported(
        [session, *OFFICES, corse, *PEOPLE, person("candidat", "Ange Paoli", "Corse")]
    )
    assert report(result) == [(11, [("", "session_pooled_elsewhere")])]
    assert result.definition is not None
    assert [o.office_id for o in result.definition.offices] == ["grand-est", "bretagne", "corse"]


@pytest.mark.requirement("B1")
def test_candidates_of_both_routes_sit_in_one_session() -> None:
    trained = person("candidat", "Jean Bon", "Bretagne", voie="Formation")
    result = imported([*WHOLE, trained])
    assert report(result) == []
    assert result.definition is not None
    assert [p.route for p in result.definition.participants[-2:]] == [None, "training"]


@pytest.mark.requirement("S6")
def test_a_candidate_by_vae_in_a_session_by_training_is_pooled_all_the_same() -> None:
    session = SESSION.replace("VAE;grand est", "formation;Bretagne")
    by_vae = person("candidat", "Jean Bon", "Bretagne", voie="VAE")
    assert report(imported([session, *OFFICES, *PEOPLE, by_vae])) == [
        (10, [("", "session_pooled_elsewhere")])
    ]


def test_homonyms_have_identifiers_of_their_own() -> None:
    twins = [
        person("candidat", "Jean Martin", "Bretagne", identifiant="jm-1"),
        person("candidat", "Martin Jean", "Bretagne", identifiant="jm-2"),
    ]
    assert report(imported([*WHOLE, *twins])) == []
    sitting = SITTING.replace("14h05", "17h")
    unclear = imported([*WHOLE, *twins, sitting.replace("MORVAN Maelle", "Jean Martin")])
    assert report(unclear) == [(14, [("candidat", "cell_person_ambiguous")])]
    assert report(imported([*WHOLE, *twins, sitting.replace("MORVAN Maelle", "jm-2")])) == []


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0 Petit", "@SOMME(A1) +33", "-1 李小龙"])
def test_a_cell_that_looks_like_a_formula_is_text(name: str) -> None:
    result = imported([*WHOLE, person("candidat", name, "Bretagne")])
    assert report(result) == []
    assert result.definition is not None
    assert result.definition.participants[-1].full_name == name


@pytest.mark.parametrize("name", ["محمد الأمين", "Ωμέγα Ἀλφα", "李 小龙", "Zoë O’Brien-Łukasz"])
def test_names_of_any_script_are_kept_and_found_again(name: str) -> None:
    sitting = SITTING.replace("MORVAN Maelle", name).replace("14h05", "17h")
    result = imported([*WHOLE, person("candidat", name, "Bretagne"), sitting])
    assert report(result) == []
    assert result.definition is not None
    assert result.definition.sittings[-1].candidate_id == "candidat-2"


def test_rooms_are_those_of_the_office_once_it_has_some() -> None:
    room = row("salle", service="Bretagne", salle="Salle Armorique")
    good = row(
        "épreuve",
        candidat="Maëlle Morvan",
        commission="A",
        salle="salle armorique",
        date="15/06/2027",
        heure="9h",
        durée="30",
    )
    bad = good.replace("salle armorique", "Salle 3").replace(";9h;", ";11h;")
    result = imported([*WHOLE, room, good, bad])
    assert report(result) == [(14, [("salle", "cell_room_unknown")])]
    assert result.definition is not None
    assert result.definition.sittings[-1].room == "Salle Armorique"


@pytest.mark.requirement("B1")
def test_a_file_adds_to_a_session_that_exists() -> None:
    session = existing()
    before = dict(session.participants)
    corse = row("service", service="Corse", adresse="Ajaccio", contact="04 00")
    sitting = row(
        "épreuve",
        candidat="Ange Paoli",
        examinateurs="chair, examiner-1",
        date="15/06/2027",
        heure="9h",
        durée="45",
    )
    result = imported([corse, person("candidat", "Ange Paoli", "Corse"), sitting], session)
    assert report(result) == []
    assert [command.command for command in result.additions] == [
        "add_office",
        "enrol_participant",
        "schedule_sitting",
    ]
    assert result.definition is None
    assert session.participants == before, "the session itself is not touched"


def test_what_is_in_the_session_already_is_refused() -> None:
    result = imported(
        [
            SESSION,
            OFFICES[0],
            person("candidate", "Camille Candidate", "Bretagne"),
            person("candidat", "Autre Personne", "Bretagne", identifiant="chair"),
        ],
        existing(),
    )
    assert [(line, faults[0][1]) for line, faults in report(result)] == [
        (2, "line_session_unwanted"),
        (3, "line_office_entered"),
        (4, "line_person_enrolled"),
        (5, "line_identifier_twice"),
    ]
    assert result.additions == ()


def test_a_file_without_a_session_is_refused() -> None:
    assert report(imported(PEOPLE[:0] + OFFICES)) == [(1, [("", "file_session_missing")])]


def test_columns_that_nobody_reads_are_told() -> None:
    content = ("âge;" + HEADER + "\n" + "\n".join(";" + line for line in WHOLE)).encode()
    result = read(content, form="csv", reference=REFERENCE, now_ms=NOW_MS)
    assert result.unknown_columns == ("âge",)
    assert result.refused == ()


def test_five_thousand_lines_take_seconds_and_say_how_far_they_are() -> None:
    crowd = [person("candidat", f"Prénom{n} Nom{n}", "Bretagne") for n in range(5000)]
    told: list[tuple[int, int]] = []
    content = "\n".join([HEADER, *WHOLE, *crowd]).encode()
    begun_s = time.perf_counter()
    result = read(
        content,
        form="csv",
        reference=REFERENCE,
        now_ms=NOW_MS,
        progress=lambda done, whole: told.append((done, whole)),
    )
    assert time.perf_counter() - begun_s < 10
    assert result.definition is not None
    assert len(result.definition.participants) == 200
    assert len(result.refused) == 5000 - 195
    assert {f.code for r in result.refused for f in r.faults} == {"session_full"}
    assert told[0] == (0, 5006)
    assert told[-1] == (5006, 5006)


LIKELY = (
    ";session;candidat;épreuve;commission;salle;service;Bretagne;A;Maëlle Morvan;Keller Hélène"
    ";15/06/2027;14h05;45;x;=1;deis;VAE"
)
CELL = st.sampled_from(LIKELY.split(";")) | st.text(
    st.characters(exclude_characters=';"\r\n\0', exclude_categories=["Cs"]), max_size=6
)
LINE = st.lists(CELL, max_size=len(COLUMNS) + 1).map(";".join) | st.sampled_from(WHOLE)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(LINE, max_size=12), adds=st.booleans())
def test_no_file_crashes_and_each_refused_line_is_told_once(lines: list[str], adds: bool) -> None:
    result = imported(lines, existing() if adds else None)
    told = [refused.line for refused in result.refused]
    assert told == sorted(set(told))
    assert all(refused.faults for refused in result.refused)
    assert result.lines == sum(any(cell.strip() for cell in line.split(";")) for line in lines)
    if result.definition is not None:
        assert create(result.definition, now_ms=NOW_MS)
