"""Territories and the national pooling, held against a session and what is added to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.builders import BRITTANY, DAY_MS, GRAND_EST, MARTINIQUE, definition, person
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.definition import create
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import Diploma, Office, Role
from visiojury.reference import load
from visiojury.reference.checks import check, check_addition, check_pooling

REFERENCE = load(date(2026, 6, 15))
DIPLOMA = {code: REFERENCE.diploma(code) for code in REFERENCE.diplomas}


def session(code: str, organiser: str, host: Office = BRITTANY) -> SessionDefinition:
    diploma = DIPLOMA[code]
    assert isinstance(diploma, Diploma)
    office = replace(GRAND_EST, office_id=organiser)
    return replace(
        definition(host),
        diploma=diploma,
        organising_office_id=organiser,
        offices=(office, host),
        participants=(person("candidate", "C", "C", Role.CANDIDATE, host, "on_site"),),
        sittings=(),
    )


@pytest.mark.requirement("S6")
@pytest.mark.parametrize(
    ("code", "office"),
    [("DEAF", "pays-de-la-loire"), ("DEMF", "nouvelle-aquitaine"), ("DEIS", "grand-est")],
)
def test_a_diploma_pooled_for_the_whole_territory_is_organised_by_one_office(
    code: str, office: str
) -> None:
    check(session(code, office), REFERENCE)
    with pytest.raises(DefinitionError) as refused:
        check(session(code, "bretagne"), REFERENCE)
    assert refused.value.code == "session_pooled_elsewhere"
    assert refused.value.detail["rule"] == "instruction DGCS/SD4A/2026/19, I.3"


@pytest.mark.requirement("S6")
@pytest.mark.parametrize(
    "host",
    [
        "auvergne-rhone-alpes",
        "corse",
        "nouvelle-aquitaine",
        "occitanie",
        "provence-alpes-cote-d-azur",
    ],
)
def test_the_detisf_of_five_regions_goes_to_occitanie(host: str) -> None:
    office = replace(BRITTANY, office_id=host)
    check(session("DETISF", "occitanie", office), REFERENCE)
    with pytest.raises(DefinitionError, match="session_pooled_elsewhere"):
        check(session("DETISF", "bretagne", office), REFERENCE)


@pytest.mark.requirement("S6")
def test_elsewhere_and_by_training_the_detisf_is_anyones() -> None:
    check(session("DETISF", "normandie"), REFERENCE)
    corse = replace(BRITTANY, office_id="corse")
    check(replace(session("DETISF", "normandie", corse), route="training"), REFERENCE)


def test_a_pooled_diploma_is_refused_before_any_candidate_is_known() -> None:
    with pytest.raises(DefinitionError, match="DREETS Grand Est"):
        check_pooling(
            REFERENCE,
            diploma="DEIS",
            route="vae",
            organising_office_id="corse",
            host_office_ids=set(),
        )


def test_a_rehearsal_certifies_nothing() -> None:
    check(replace(session("DEIS", "bretagne"), purpose="rehearsal"), REFERENCE)


@pytest.mark.requirement("S6")
def test_a_candidate_of_the_other_route_counts_by_their_own() -> None:
    training = replace(session("DEIS", "bretagne"), route="training")
    check(training, REFERENCE)
    (candidate,) = training.participants
    joined = replace(training, participants=(replace(candidate, route="vae"),))
    with pytest.raises(DefinitionError, match="session_pooled_elsewhere"):
        check(joined, REFERENCE)


@pytest.mark.requirement("S4", "B9")
@pytest.mark.parametrize("changes", [{"kind": "state_diploma"}, {"needs_session_manager": False}])
def test_a_diploma_is_entered_no_looser_than_the_data_say(changes: dict[str, Any]) -> None:
    titre = session("TP-MSADS", "bretagne")
    check(titre, REFERENCE)
    with pytest.raises(DefinitionError, match="diploma_differs"):
        check(replace(titre, diploma=replace(titre.diploma, **changes)), REFERENCE)


@pytest.mark.requirement("J6")
def test_blocks_are_those_of_the_diploma_where_the_data_have_them() -> None:
    decesf = session("DECESF", "bretagne")
    check(replace(decesf, diploma=replace(decesf.diploma, blocks=("DC1C",))), REFERENCE)
    with pytest.raises(DefinitionError, match="diploma_differs"):
        check(replace(decesf, diploma=replace(decesf.diploma, blocks=("DC5",))), REFERENCE)


@pytest.mark.requirement("A3")
def test_minutes_of_transport_go_out_sooner(tmp_path: Path) -> None:
    (tmp_path / "2026-03-01").mkdir()
    (tmp_path / "2026-03-01" / "diplomas.toml").write_text(
        '[TP-TRM]\ntitle = "Transport"\nkind = "titre_professionnel"\n'
        'authority = "accredited_centre"\nis_of_transport = true\n',
        encoding="utf-8",
    )
    reference = load(date(2026, 6, 15), tmp_path)
    days = [d.minutes_days for c in ("TP-TRM", "DEIS") if (d := reference.diploma(c)) is not None]
    assert days == [5, 15]


def test_a_diploma_nobody_listed_is_not_found() -> None:
    assert REFERENCE.diploma("BTS") is None
    decesf = REFERENCE.diploma("DECESF")
    assert decesf is not None
    assert len(decesf.blocks) == 8


# --- what is outside, and what is added later


OUTSIDE = {
    "Polynésie française": "Pacific/Tahiti",
    "Nouvelle-Calédonie": "Pacific/Noumea",
    " wallis-et-futuna ": "Pacific/Wallis",
}


@pytest.mark.requirement("S5")
@pytest.mark.parametrize("purpose", ["exam", "rehearsal"])
@pytest.mark.parametrize("region", OUTSIDE)
def test_three_territories_are_outside_by_name_and_by_clock(region: str, purpose: Any) -> None:
    plain = definition(purpose=purpose)
    info = created(plain)
    for office in (
        replace(MARTINIQUE, region=region),
        replace(MARTINIQUE, time_zone=OUTSIDE[region]),
    ):
        with pytest.raises(DefinitionError) as refused:
            check(replace(plain, offices=(GRAND_EST, office)), REFERENCE)
        assert refused.value.code == "office_out_of_scope"
        assert refused.value.detail["territory"] == region.strip().title().replace(
            "Française", "française"
        ).replace("-Et-", "-et-")
        with pytest.raises(DefinitionError, match="office_out_of_scope"):
            check_addition(cmd.AddOffice(office=office), info, REFERENCE)


@pytest.mark.requirement("S5")
def test_which_territories_are_outside_is_said_by_the_data_alone() -> None:
    """Without the line there is no such refusal; with another line there is."""
    tahiti = cmd.AddOffice(office=replace(MARTINIQUE, time_zone="Pacific/Tahiti"))
    info = created(definition())
    check_addition(tahiti, info, replace(REFERENCE, territories={}))
    entry = replace(REFERENCE.territories["wallis-et-futuna"], name=MARTINIQUE.region)
    with pytest.raises(DefinitionError, match="territory=Martinique"):
        check_addition(
            cmd.AddOffice(office=MARTINIQUE), info, replace(REFERENCE, territories={"x": entry})
        )


def created(plan: SessionDefinition) -> ev.SessionCreated:
    first = create(replace(plan, is_open=False), now_ms=DAY_MS)[0]
    assert isinstance(first, ev.SessionCreated)
    return first


@pytest.mark.requirement("S6")
def test_a_candidate_enrolled_later_is_pooled_as_those_before() -> None:
    corse = replace(BRITTANY, office_id="corse")
    plan = session("DETISF", "grand-est")
    late = person("late", "L", "L", Role.CANDIDATE, corse, "on_site")
    with pytest.raises(DefinitionError) as refused:
        check_addition(cmd.EnrolParticipant(participant=late), created(plan), REFERENCE)
    assert refused.value.code == "session_pooled_elsewhere"
    assert refused.value.detail["office"] == REFERENCE.offices["occitanie"].name
    for fit in (
        replace(late, role=Role.EXAMINER),
        replace(late, office_id="bretagne"),
        replace(late, route="training"),
    ):
        check_addition(cmd.EnrolParticipant(participant=fit), created(plan), REFERENCE)
    check_addition(
        cmd.EnrolParticipant(participant=late),
        created(replace(plan, purpose="rehearsal")),
        REFERENCE,
    )
