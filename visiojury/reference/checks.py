"""A session against the reference data. Pure; called before the session is created."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from visiojury.exam.commands import SessionDefinition
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import Role
from visiojury.reference.model import Reference


def check(definition: SessionDefinition, reference: Reference) -> None:
    """Pass for a session that its office may organise.

    A rehearsal certifies nothing and is held between any offices.

    Raises:
        DefinitionError: `session_pooled_elsewhere` (S6).
    """
    if definition.purpose == "rehearsal":
        return
    candidates = [p for p in definition.participants if p.role is Role.CANDIDATE]
    check_pooling(
        reference,
        diploma=definition.diploma.code,
        route=definition.route,
        organising_office_id=definition.organising_office_id,
        host_office_ids={candidate.office_id for candidate in candidates},
    )


def check_pooling(
    reference: Reference,
    *,
    diploma: str,
    route: str,
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
