"""A session as entered: what it must hold to be held, and the events that create it."""

from __future__ import annotations

import re
from collections import Counter

from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition, SittingPlan
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import JURY, Participant, Role

MINIMUM_OFFICES = 2
"""Video needs a session pooled between at least two offices. Source: instruction, II.1 (S2)."""

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Identifiers become parts of addresses, of file names and of headers."""


def create(definition: SessionDefinition, *, now_ms: int) -> list[ev.Event]:
    """Return the events that make the session.

    Raises:
        DefinitionError: with a code that says what is missing or contradictory.
    """
    _check_people(definition)
    for plan in definition.sittings:
        _check_sitting(definition, plan)
    created = ev.SessionCreated(
        at_ms=now_ms,
        session_id=definition.session_id,
        purpose=definition.purpose,
        title=definition.title,
        diploma=definition.diploma,
        route=definition.route,
        organising_office_id=definition.organising_office_id,
        offices=definition.offices,
    )
    enrolled = (
        ev.ParticipantEnrolled(at_ms=now_ms, participant=participant)
        for participant in definition.participants
    )
    return [created, *enrolled, *(_scheduled(plan, now_ms) for plan in definition.sittings)]


def _scheduled(plan: SittingPlan, now_ms: int) -> ev.Event:
    return ev.SittingScheduled(
        at_ms=now_ms,
        sitting_id=plan.sitting_id,
        candidate_id=plan.candidate_id,
        assistant_id=plan.assistant_id,
        examiner_ids=plan.examiner_ids,
        host_office_id=plan.host_office_id,
        planned_ms=plan.planned_ms,
        duration_s=plan.duration_s,
        adjustment_s=plan.adjustment_s,
    )


def _check_people(definition: SessionDefinition) -> None:
    _check_identifier(definition.session_id)
    offices = [office.office_id for office in definition.offices]
    people = [participant.participant_id for participant in definition.participants]
    if len(set(offices)) < MINIMUM_OFFICES:
        raise DefinitionError("session_not_pooled", offices=len(set(offices)))
    for names in (offices, people, [plan.sitting_id for plan in definition.sittings]):
        for name, count in Counter(names).items():
            _check_identifier(name)
            if count > 1:
                raise DefinitionError("identifier_reused", identifier=name)
    _check_reference(definition.organising_office_id, offices)
    for participant in definition.participants:
        _check_reference(participant.office_id, offices)
    chairs = [p for p in definition.participants if p.role is Role.CHAIR]
    if len(chairs) != 1:
        raise DefinitionError("chair_not_one", chairs=len(chairs))


def _check_sitting(definition: SessionDefinition, plan: SittingPlan) -> None:
    people = {p.participant_id: p for p in definition.participants}
    _check_reference(plan.host_office_id, [office.office_id for office in definition.offices])
    _check_role(people, plan.candidate_id, frozenset({Role.CANDIDATE}))
    if plan.assistant_id is not None:
        _check_role(people, plan.assistant_id, frozenset({Role.ASSISTANT}))
    for examiner_id in plan.examiner_ids:
        _check_role(people, examiner_id, JURY)
    minimum = definition.diploma.commission_minimum
    if len(set(plan.examiner_ids)) < max(minimum, len(plan.examiner_ids)):
        raise DefinitionError("commission_too_small", sitting_id=plan.sitting_id, minimum=minimum)
    if not any(people[examiner_id].role is Role.CHAIR for examiner_id in plan.examiner_ids):
        raise DefinitionError("chair_not_in_commission", sitting_id=plan.sitting_id)


def _check_identifier(identifier: str) -> None:
    if not IDENTIFIER.fullmatch(identifier):
        raise DefinitionError("identifier_malformed", identifier=identifier)


def _check_reference(identifier: str, known: list[str]) -> None:
    if identifier not in known:
        raise DefinitionError("reference_unknown", identifier=identifier)


def _check_role(people: dict[str, Participant], who: str, roles: frozenset[Role]) -> None:
    _check_reference(who, list(people))
    if people[who].role not in roles:
        raise DefinitionError("role_unfit", participant_id=who, role=people[who].role.value)
