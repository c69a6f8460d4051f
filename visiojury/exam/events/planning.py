"""The session and its people, as entered before the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge

from visiojury.exam.events.base import Occurred, Seconds, SittingEvent
from visiojury.exam.people import Diploma, Identifier, Milliseconds, Name, Office, Participant

Purpose = Literal["exam", "rehearsal"]
Route = Literal["vae", "training"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(Occurred):
    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: tuple[Office, ...]
    type: Literal["session.created"] = "session.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantEnrolled(Occurred):
    participant: Participant
    type: Literal["participant.enrolled"] = "participant.enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingScheduled(SittingEvent):
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: tuple[Identifier, ...]
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60)]
    """Regulatory duration: the base of the one-third cap."""
    adjustment_s: Seconds = 0
    """Extra time on medical prescription (B7); not in the cap's base."""
    type: Literal["sitting.scheduled"] = "sitting.scheduled"
