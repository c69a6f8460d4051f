"""A session, and what is added to it, against the reference data. Pure; called before the rules."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from visiojury.exam import commands as cmd
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.errors import DefinitionError
from visiojury.exam.events import SessionCreated
from visiojury.exam.people import Diploma, Office, Participant, Role, Route
from visiojury.reference.model import Reference


def check(definition: SessionDefinition, reference: Reference) -> None:
    """Pass for a session that its office may organise.

    A rehearsal certifies nothing and is held between any offices.

    Raises:
        DefinitionError: `office_out_of_scope` (S5), `session_pooled_elsewhere` (S6),
            `diploma_differs`.
    """
    for office in definition.offices:
        _check_office(office, reference)
    if definition.purpose == "rehearsal":
        return
    _check_diploma(definition.diploma, reference)
    candidates = [p for p in definition.participants if p.role is Role.CANDIDATE]
    routes = [candidate.route or definition.route for candidate in candidates]
    for route in {definition.route, *routes}:
        check_pooling(
            reference,
            diploma=definition.diploma.code,
            route=route,
            organising_office_id=definition.organising_office_id,
            host_office_ids={
                candidate.office_id
                for candidate, own in zip(candidates, routes, strict=True)
                if own == route
            },
        )


def check_addition(command: cmd.Command, info: SessionCreated, reference: Reference) -> None:
    """Pass unless `command` brings into a session what it could not have been created with.

    Raises:
        DefinitionError: `office_out_of_scope` (S5), `session_pooled_elsewhere` (S6).
    """
    match command:
        case cmd.AddOffice():
            _check_office(command.office, reference)
        case cmd.EnrolParticipant(participant=Participant(role=Role.CANDIDATE) as candidate):
            if info.purpose == "rehearsal":
                return
            check_pooling(
                reference,
                diploma=info.diploma.code,
                route=candidate.route or info.route,
                organising_office_id=info.organising_office_id,
                host_office_ids={candidate.office_id},
            )


def _check_office(office: Office, reference: Reference) -> None:
    """Three territories are outside the scope, by whatever name they are called (S5)."""
    region = office.region.strip().casefold()
    for territory in reference.territories.values():
        if region == territory.name.casefold() or office.time_zone in territory.time_zones:
            raise DefinitionError(
                "office_out_of_scope", office=office.name, territory=territory.name
            )


def _check_diploma(diploma: Diploma, reference: Reference) -> None:
    """A diploma that the data know is entered no looser than they say (S4, B9, D3)."""
    known = reference.diploma(diploma.code)
    if known is None:
        return
    blocks = not known.blocks or set(diploma.blocks) <= set(known.blocks)
    manager = diploma.needs_session_manager or not known.needs_session_manager
    enough = diploma.commission_minimum >= known.commission_minimum
    if not (blocks and manager and enough and diploma.kind == known.kind):
        raise DefinitionError("diploma_differs", diploma=diploma.code)


def check_pooling(
    reference: Reference,
    *,
    diploma: str,
    route: Route,
    organising_office_id: str,
    host_office_ids: AbstractSet[str],
) -> None:
    """Pass unless another office organises this diploma, here or for one of these hosts (S6).

    Raises:
        DefinitionError: `session_pooled_elsewhere`, with the office and the rule.
    """
    for entry in reference.pooling_of(diploma, route):
        concerns = not entry.hosts or not host_office_ids.isdisjoint(entry.hosts)
        if concerns and entry.organised_by != organising_office_id:
            raise DefinitionError(
                "session_pooled_elsewhere",
                diploma=diploma,
                office=reference.offices[entry.organised_by].name,
                rule=entry.rule,
            )
