"""Duty: who has to be there for a sitting to open, and how it passes on (D3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import BRITTANY, DEIS, GRAND_EST, SITTING, Story, definition, people, person
from tests.refusals import refused
from visiojury.exam import commands as cmd
from visiojury.exam.duty import (
    Vacancy,
    abandoned_turns,
    check_duty,
    duty_missing,
    standing_turns,
)
from visiojury.exam.errors import NotReadyError
from visiojury.exam.people import Role

MORE = (
    person("invigilator-2", "Iris", "Relève", Role.INVIGILATOR, BRITTANY, "on_site"),
    person("organiser-2", "Omar", "Renfort", Role.ORGANISER, GRAND_EST, "on_site"),
    replace(
        person("manager-2", "Sacha", "Suppléant", Role.SESSION_MANAGER, GRAND_EST, "on_site"),
        is_substitute=True,
    ),
)
ORGANISING = Vacancy("grand-est", Role.ORGANISER)
HOST = Vacancy("bretagne", Role.INVIGILATOR)
MANAGER = Vacancy("grand-est", Role.SESSION_MANAGER)


def story(*, is_managed: bool = False) -> Story:
    diploma = replace(DEIS, needs_session_manager=is_managed)
    return Story(definition(participants=(*people(), *MORE), diploma=diploma))


def missing(told: Story) -> tuple[Vacancy, ...]:
    return duty_missing(told.session, told.session.sitting(SITTING))


def on_duty(told: Story) -> list[str]:
    return [turn.participant_id for turn in standing_turns(told.session)]


@pytest.mark.requirement("D3", "T1")
def test_an_agent_of_each_office_is_on_duty() -> None:
    told = story()
    assert missing(told) == (ORGANISING, HOST)
    told.act("invigilator", cmd.TakeDuty())
    assert missing(told) == (ORGANISING,)
    told.act("organiser", cmd.TakeDuty())
    assert missing(told) == ()
    check_duty(told.session, told.session.sitting(SITTING))


@pytest.mark.requirement("D3")
def test_what_is_missing_is_said_by_name() -> None:
    told = story(is_managed=True)
    with pytest.raises(NotReadyError, match="duty_missing") as refusal:
        check_duty(told.session, told.session.sitting(SITTING))
    assert refusal.value.detail == {"office": "DREETS Grand Est"}
    for who in ("organiser", "invigilator"):
        told.act(who, cmd.TakeDuty())
    with pytest.raises(NotReadyError, match="session_manager_missing"):
        check_duty(told.session, told.session.sitting(SITTING))


@pytest.mark.requirement("D3")
@pytest.mark.parametrize("who", ["manager", "manager-2"])
def test_where_the_diploma_wants_one_the_manager_or_a_substitute_is_there(who: str) -> None:
    told = story(is_managed=True)
    for agent in ("organiser", "invigilator"):
        told.act(agent, cmd.TakeDuty())
    assert missing(told) == (MANAGER,)
    told.act(who, cmd.TakeDuty())
    assert missing(told) == ()


def test_the_manager_is_no_agent_of_their_office() -> None:
    told = story()
    told.act("manager", cmd.TakeDuty())
    assert missing(told) == (ORGANISING, HOST)


def test_where_one_office_is_both_one_agent_is_enough() -> None:
    local = tuple(replace(p, office_id="grand-est") for p in people())
    plan = replace(definition().sittings[0], host_office_id="grand-est")
    told = Story(definition(participants=local, sittings=(plan,)))
    told.act("invigilator", cmd.TakeDuty())
    assert missing(told) == ()


@pytest.mark.requirement("D3")
def test_who_leaves_hands_over_on_record() -> None:
    told = story()
    told.act("invigilator", cmd.TakeDuty())
    told.wait(3600)
    told.act("invigilator", cmd.HandOverDuty(to_participant_id="invigilator-2"))
    first, second = told.session.life.turns
    assert (first.end_ms, first.handed_to) == (told.now_ms, "invigilator-2")
    assert (second.participant_id, second.start_ms, second.end_ms) == (
        "invigilator-2",
        told.now_ms,
        None,
    )
    assert missing(told) == (ORGANISING,)


def test_pressing_twice_is_one_turn() -> None:
    told = story()
    for _ in range(2):
        told.act("organiser", cmd.TakeDuty())
    assert on_duty(told) == ["organiser"]


def test_to_hand_over_to_somebody_on_duty_ends_one_turn_and_begins_none() -> None:
    told = story()
    for who in ("organiser", "organiser-2"):
        told.act(who, cmd.TakeDuty())
    told.act("organiser", cmd.HandOverDuty(to_participant_id="organiser-2"))
    assert on_duty(told) == ["organiser-2"]


def test_only_who_is_on_duty_hands_over() -> None:
    refused(story(), "organiser", cmd.HandOverDuty(to_participant_id="organiser-2"), "not_on_duty")


@pytest.mark.parametrize(
    ("by", "to"),
    [
        ("organiser", "organiser"),
        ("organiser", "invigilator"),
        ("invigilator", "organiser"),
        ("organiser", "manager"),
        ("organiser", "chair"),
        ("manager", "organiser"),
        ("invigilator", "candidate"),
    ],
)
def test_duty_passes_within_an_office_and_from_manager_to_substitute(by: str, to: str) -> None:
    told = story()
    told.act(by, cmd.TakeDuty())
    refused(told, by, cmd.HandOverDuty(to_participant_id=to), "successor_unfit")
    assert on_duty(told) == [by]


def test_a_manager_hands_over_to_a_substitute() -> None:
    told = story()
    told.act("manager", cmd.TakeDuty())
    told.act("manager", cmd.HandOverDuty(to_participant_id="manager-2"))
    assert on_duty(told) == ["manager-2"]


@pytest.mark.requirement("D3")
def test_who_withdraws_has_handed_over_to_nobody_and_it_shows() -> None:
    told = story()
    for who in ("organiser", "invigilator"):
        told.act(who, cmd.TakeDuty())
    told.act("organiser", cmd.WithdrawParticipant(participant_id="invigilator", reason="Malade"))
    assert missing(told) == (HOST,)
    assert [turn.participant_id for turn in abandoned_turns(told.session)] == ["invigilator"]
    told.act("invigilator-2", cmd.TakeDuty())
    assert missing(told) == ()


def test_a_connection_that_ends_ends_no_duty() -> None:
    told = story()
    told.act("invigilator", cmd.TakeDuty())
    told.act("organiser", cmd.RevokeInvitation(participant_id="invigilator"))
    assert on_duty(told) == ["invigilator"]
