"""What a session as entered must hold to be held: each refusal, and what is created."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import BRITTANY, DEIS, GRAND_EST, definition, people, person
from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.definition import create
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import Role
from visiojury.exam.state import Session

PLAIN = definition()
PLAN = PLAIN.sittings[0]
SECOND_CHAIR = person("chair-2", "Paul", "Président", Role.CHAIR, GRAND_EST, "remote")
ASSISTANT = person("assistant", "Anne", "Aide", Role.ASSISTANT, BRITTANY, "on_site")

REFUSED: dict[str, tuple[str, SessionDefinition]] = {
    "one office": (
        "session_not_pooled",
        replace(
            PLAIN,
            offices=(GRAND_EST,),
            participants=people(GRAND_EST),
            sittings=(replace(PLAN, host_office_id="grand-est"),),
        ),
    ),
    "one office entered twice": (
        "identifier_reused",
        replace(PLAIN, offices=(GRAND_EST, replace(GRAND_EST, name="Autre"))),
    ),
    "an office twice": (
        "identifier_reused",
        replace(PLAIN, offices=(GRAND_EST, BRITTANY, BRITTANY)),
    ),
    "a person twice": ("identifier_reused", replace(PLAIN, participants=(*people(), people()[0]))),
    "a sitting twice": ("identifier_reused", replace(PLAIN, sittings=(PLAN, PLAN))),
    "organised by nobody": ("reference_unknown", replace(PLAIN, organising_office_id="corse")),
    "a person of no office": (
        "reference_unknown",
        replace(PLAIN, participants=(*people(), replace(SECOND_CHAIR, office_id="corse"))),
    ),
    "received nowhere": (
        "reference_unknown",
        replace(PLAIN, sittings=(replace(PLAN, host_office_id="corse"),)),
    ),
    "a candidate nobody knows": (
        "reference_unknown",
        replace(PLAIN, sittings=(replace(PLAN, candidate_id="ghost"),)),
    ),
    "an examiner nobody knows": (
        "reference_unknown",
        replace(PLAIN, sittings=(replace(PLAN, examiner_ids=("chair", "ghost")),)),
    ),
    "an assistant nobody knows": (
        "reference_unknown",
        replace(PLAIN, sittings=(replace(PLAN, assistant_id="ghost"),)),
    ),
    "no chair": (
        "chair_not_one",
        replace(
            PLAIN,
            participants=tuple(p for p in people() if p.role is not Role.CHAIR),
            sittings=(),
        ),
    ),
    "two chairs": ("chair_not_one", replace(PLAIN, participants=(*people(), SECOND_CHAIR))),
    "a candidate who examines": (
        "role_unfit",
        replace(PLAIN, sittings=(replace(PLAN, examiner_ids=("chair", "candidate")),)),
    ),
    "an examiner who is examined": (
        "role_unfit",
        replace(PLAIN, sittings=(replace(PLAN, candidate_id="examiner-1"),)),
    ),
    "an assistant who is an examiner": (
        "role_unfit",
        replace(PLAIN, sittings=(replace(PLAN, assistant_id="examiner-1"),)),
    ),
    "one examiner": (
        "commission_too_small",
        replace(PLAIN, sittings=(replace(PLAN, examiner_ids=("chair",)),)),
    ),
    "one examiner entered twice": (
        "commission_too_small",
        replace(PLAIN, sittings=(replace(PLAN, examiner_ids=("chair", "chair")),)),
    ),
    "fewer than the diploma wants": (
        "commission_too_small",
        replace(PLAIN, diploma=replace(DEIS, commission_minimum=4)),
    ),
    "a commission without its chair": (
        "chair_not_in_commission",
        replace(PLAIN, sittings=(replace(PLAN, examiner_ids=("examiner-1", "examiner-2")),)),
    ),
    "a session that no address can name": (
        "identifier_malformed",
        replace(PLAIN, session_id="juin/2026"),
    ),
    "a sitting that would break a header": (
        "identifier_malformed",
        replace(PLAIN, sittings=(replace(PLAN, sitting_id='x"\r\ny'),)),
    ),
    "a person with spaces in the identifier": (
        "identifier_malformed",
        replace(PLAIN, participants=(*people(), replace(ASSISTANT, participant_id="a b"))),
    ),
}


@pytest.mark.requirement("S2", "B9")
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_held_is_refused(name: str) -> None:
    code, wrong = REFUSED[name]
    with pytest.raises(DefinitionError) as refusal:
        create(wrong, now_ms=1)
    assert refusal.value.code == code


@pytest.mark.requirement("B1")
def test_what_is_entered_is_what_is_created() -> None:
    events = create(PLAIN, now_ms=7)
    assert {event.at_ms for event in events} == {7}
    session = Session()
    for event in events:
        session.apply(event, by="organiser")
    assert isinstance(events[0], ev.SessionCreated)
    assert tuple(session.participants.values()) == PLAIN.participants
    plan = session.sitting(PLAN.sitting_id).plan
    fields = ("candidate_id", "examiner_ids", "host_office_id", "planned_ms", "duration_s")
    assert [getattr(plan, f) for f in fields] == [getattr(PLAN, f) for f in fields]
    assert session.chair_id == "chair"


@pytest.mark.requirement("B7")
def test_a_candidate_may_have_an_assistant() -> None:
    helped = replace(
        PLAIN,
        participants=(*people(), ASSISTANT),
        sittings=(replace(PLAN, assistant_id="assistant"),),
    )
    assert [e for e in create(helped, now_ms=1) if isinstance(e, ev.SittingScheduled)]
