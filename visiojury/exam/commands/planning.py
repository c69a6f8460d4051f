"""The session as the organiser enters and changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from visiojury.exam.events import Purpose, Route
from visiojury.exam.people import (
    Diploma,
    Identifier,
    Milliseconds,
    Name,
    Office,
    Participant,
    Strict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPlan(Strict):
    """A sitting as the organiser enters it."""

    sitting_id: Identifier
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: Annotated[tuple[Identifier, ...], MaxLen(10)]
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60), Le(6 * 3600)]
    adjustment_s: Annotated[int, Ge(0), Le(6 * 3600)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDefinition(Strict):
    """A whole session as the organiser enters it."""

    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: Annotated[tuple[Office, ...], MaxLen(30)]
    participants: Annotated[tuple[Participant, ...], MaxLen(200)]
    sittings: Annotated[tuple[SittingPlan, ...], MaxLen(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation(Strict):
    """End a person's access at once: the link, and every connection made with it."""

    participant_id: Identifier
    command: Literal["revoke_invitation"] = "revoke_invitation"
