"""Our reference data as shipped, and an installation's own over it."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visiojury.reference import Library, ReferenceDataError, load, toml
from visiojury.reference.library import OURS

DAY = date(2026, 6, 15)
OVERSEAS = {"guadeloupe", "guyane", "la-reunion", "martinique", "mayotte"}


def override(root: Path, name: str, text: str, day: str = "2026-03-01") -> Path:
    (root / day).mkdir(parents=True, exist_ok=True)
    (root / day / f"{name}.toml").write_text(text, encoding="utf-8")
    return root


def faults(root: Path) -> list[tuple[str, str, int]]:
    with pytest.raises(ReferenceDataError) as refused:
        Library.read(root)
    assert refused.value.code == refused.value.faults[0].code
    assert all(str(fault) in str(refused.value) for fault in refused.value.faults)
    return [(fault.code, fault.path.name, fault.line) for fault in refused.value.faults]


def test_every_diploma_of_the_scope_is_there() -> None:
    codes = (
        "DEAF DETISF DEMF DEIS DEASS DEES DEETS DEEJE DECESF CAFERUIS CAFDES DEME DEAES TP-MSADS"
    )
    assert set(load(DAY).diplomas) == set(codes.split())


def test_the_decesf_has_its_eight_domains_and_its_rector() -> None:
    decesf = load(DAY).diplomas["DECESF"]
    assert decesf.blocks == ("DC1A", "DC1B", "DC1C", "DC2AB", "DC2C", "DC3", "DC4A", "DC4B")
    assert decesf.authority == "rectorate"
    others = [d for code, d in load(DAY).diplomas.items() if code != "DECESF"]
    assert {d.authority for d in others if d.kind == "state_diploma"} == {"regional_directorate"}


def test_no_duration_is_invented() -> None:
    assert {code for code, diploma in load(DAY).diplomas.items() if diploma.durations_s} == set()


def test_a_titre_professionnel_says_what_it_asks_for() -> None:
    titre = load(DAY).diplomas["TP-MSADS"]
    assert titre.kind == "titre_professionnel"
    assert (titre.needs_session_manager, titre.late_ends_on_time) == (True, True)
    assert titre.commission_minimum == 2


@pytest.mark.requirement("S5")
def test_offices_overseas_are_inside_with_their_time_and_three_territories_are_not() -> None:
    reference = load(DAY)
    zones = {office_id: office.time_zone for office_id, office in reference.offices.items()}
    assert set(zones) > OVERSEAS
    assert zones["la-reunion"] == "Indian/Reunion"
    assert len([zone for zone in zones.values() if zone == "Europe/Paris"]) == 13
    outside = {zone for entry in reference.territories.values() for zone in entry.time_zones}
    assert {"Pacific/Tahiti", "Pacific/Noumea", "Pacific/Wallis"} < outside
    assert outside.isdisjoint(zones.values())


def test_figures_are_those_of_the_rules() -> None:
    reference = load(DAY)
    planning = reference.planning
    assert (planning.candidates_a_session, planning.candidates_a_day) == (20, 5)
    assert (planning.candidates_a_remote_day, planning.information_system_days) == (4, 45)
    assert (planning.calendar_month, planning.calendar_day) == (1, 31)
    assert planning.convocation_s == 30 * 60
    assert reference.deadlines.minutes_days == 15
    assert reference.deadlines.transport_minutes_days == 5
    assert reference.retention.record_days >= 5 * 365 + 1
    assert reference.retention.quality_days < reference.retention.record_days


def test_before_the_first_set_nothing_is_in_force() -> None:
    with pytest.raises(ReferenceDataError, match="aucune donnée"):
        load(date(2026, 2, 19))
    assert load(date(2026, 2, 20)).day == date(2026, 2, 20)


def test_an_installation_has_the_last_word_field_by_field(tmp_path: Path) -> None:
    override(tmp_path, "offices", '[bretagne]\ncontact = "02 00 00 00 00"\n')
    bretagne = load(DAY, tmp_path).offices["bretagne"]
    assert bretagne.contact == "02 00 00 00 00"
    assert bretagne.name == "DREETS Bretagne"
    assert load(date(2026, 2, 28), tmp_path).offices["bretagne"].contact == ""


def test_a_later_file_wins_and_an_earlier_day_keeps_its_own(tmp_path: Path) -> None:
    override(tmp_path, "thresholds", "[planning]\ncandidates_a_day = 6\n")
    override(tmp_path, "thresholds", "[planning]\ncandidates_a_day = 7\n", "2027-01-01")
    library = Library.read(tmp_path)
    assert library.at(DAY).planning.candidates_a_day == 6
    assert library.at(date(2027, 1, 1)).planning.candidates_a_day == 7
    assert library.at(date(2027, 1, 1)).planning.candidates_a_session == 20


def test_the_same_day_is_made_once() -> None:
    library = Library.read()
    assert library.at(DAY) is library.at(DAY)
    assert library.at(date(2027, 1, 1)).day != library.at(DAY).day


@pytest.mark.requirement("S6")
def test_a_new_row_needs_no_code(tmp_path: Path) -> None:
    override(
        tmp_path,
        "diplomas",
        """
[DEXX]
title = "Diplôme d’essai"
kind = "state_diploma"
authority = "regional_directorate"
durations_s = { "entretien VAE" = 2700 }
""",
    )
    override(
        tmp_path,
        "pooling",
        """
[DEXX-vae]
diploma = "DEXX"
route = "vae"
organised_by = "corse"
rule = "décision d’essai"
until = 2026-12-31
""",
    )
    reference = load(DAY, tmp_path)
    assert reference.diplomas["DEXX"].durations_s == {"entretien VAE": 2700}
    assert [row.organised_by for row in reference.pooling_of("DEXX", "vae")] == ["corse"]
    assert load(date(2027, 1, 1), tmp_path).pooling_of("DEXX", "vae") == []


WRONG: dict[str, tuple[str, str, list[tuple[str, int]]]] = {
    "not TOML": ("offices", '[bretagne]\nname = "\n', [("reference_not_toml", 2)]),
    "an unknown field": (
        "offices",
        '\n[bretagne]\ncontact = "c"\nphone = "p"\n',
        [("reference_name_unknown", 4)],
    ),
    "an unknown table": ("thresholds", "[plannings]\n", [("reference_name_unknown", 1)]),
    "a key outside any table": ("offices", '# x\nname = "n"\n', [("reference_name_unknown", 2)]),
    "a name that fits no address": (
        "offices",
        '["bre tagne"]\nname = "n"\n',
        [("reference_name_unknown", 1)],
    ),
    "two wrong values": (
        "diplomas",
        '[DEIS]\nkind = "titre"\ncommission_minimum = 1\n',
        [("reference_value_refused", 2), ("reference_value_refused", 3)],
    ),
    "under five years": (
        "thresholds",
        "[retention]\nrecord_days = 365\n",
        [("reference_value_refused", 2)],
    ),
    "a number in quotes": (
        "thresholds",
        '[planning]\ncandidates_a_day = "5"\n',
        [("reference_value_refused", 2)],
    ),
    "a new entry with a hole": (
        "offices",
        '[ici]\nname = "Ici"\ntime_zone = "Europe/Paris"\n',
        [("reference_value_missing", 1)],
    ),
    "no such time zone": (
        "offices",
        '[corse]\nregion = "Corse"\ntime_zone = "Europe/Bastia"\n',
        [("reference_link_broken", 3)],
    ),
    "no such office": (
        "pooling",
        '[DEIS-vae]\norganised_by = "lorraine"\n',
        [("reference_link_broken", 2)],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    name, text, expected = WRONG[case]
    found = faults(override(tmp_path, name, text))
    assert found == [(code, f"{name}.toml", line) for code, line in expected]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    override(tmp_path, "offices", "[corse]\nphone = 1\n")
    override(tmp_path, "diploma", "")
    (tmp_path / "demain").mkdir()
    (tmp_path / "demain" / "offices.toml").write_text("", encoding="utf-8")
    (tmp_path / "note.txt").write_text("", encoding="utf-8")
    assert sorted(faults(tmp_path)) == [
        ("reference_name_unknown", "diploma.toml", 0),
        ("reference_name_unknown", "note.txt", 0),
        ("reference_name_unknown", "offices.toml", 0),
        ("reference_name_unknown", "offices.toml", 2),
    ]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert faults(tmp_path / "absent") == [("reference_unreadable", "absent", 0)]
    override(tmp_path, "offices", "")
    (tmp_path / "2026-03-01" / "offices.toml").write_bytes(b"# ok\n# \xe9\n")
    assert faults(tmp_path) == [("reference_not_toml", "offices.toml", 2)]


@pytest.mark.parametrize("path", sorted(OURS.rglob("*.toml")), ids=lambda path: path.stem)
def test_each_value_of_ours_is_found_on_its_line(path: Path) -> None:
    file, lines = toml.read(path), path.read_text("utf-8").split("\n")
    for entry, values in file.entries.items():
        assert lines[file.line(entry) - 1] == f"[{entry}]"
        for key in values:
            assert lines[file.line(entry, key) - 1].startswith(f"{key} = ")


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    ["1", "-1", "true", '"Europe/Paris"', '"x"', '""', "[]", '["a", 1]', "2026-01-01", "{ a = 1 }"]
)
KEYS = st.sampled_from(["name", "region", "time_zone", "rooms", "since", "title", "kind", "a b"])


@settings(max_examples=60)
@given(rows=st.dictionaries(KEYS, VALUES), entry=st.sampled_from(["corse", "neuf", "", "a.b"]))
def test_any_file_is_taken_or_refused_with_its_line(
    rows: dict[str, str], entry: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = f'["{entry}"]\n' + "".join(f'"{key}" = {value}\n' for key, value in rows.items())
    assert tomllib.loads(text)
    root = override(tmp_path_factory.mktemp("reference"), "offices", text)
    lines: list[int] = []
    try:
        load(DAY, root)
    except ReferenceDataError as error:
        lines = [fault.line for fault in error.faults]
    assert all(0 < line <= len(rows) + 1 for line in lines)
