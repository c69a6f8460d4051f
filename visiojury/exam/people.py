"""Who, where and when: roles, offices, participants, diplomas, days. Values only, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

Identifier = Annotated[str, MinLen(1), MaxLen(64)]
Name = Annotated[str, MinLen(1), MaxLen(200)]
Milliseconds = Annotated[int, Ge(0), Le(2**53 - 1)]
"""An instant: milliseconds since the Unix epoch, UTC; within what JSON numbers carry exactly."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a text that says something of a person: the record keeps it so that it can be erased.

    Whom it concerns is read beside it: `sitting_id`, `candidate_id` or `participant_id` of the
    value that holds it or of the event; the session, where there is none. Source: requirement A2.
    """


PERSONAL = Personal()
Text = Annotated[str, MaxLen(500), PERSONAL]
"""Free text: nobody knows what people will write."""
PersonName = Annotated[str, MinLen(1), MaxLen(200), PERSONAL]

Route = Literal["vae", "training"]
Presence = Literal["on_site", "remote"]
Attendance = Literal["on_site", "remote", "absent"]
RelationKind = Literal["employer", "trainer", "internship", "colleague", "kin", "other"]
Percent = Annotated[int, Ge(0), Le(100)]


class Role(StrEnum):
    """What a person does in a session; the French terms are in docs/glossary.md."""

    ORGANISER = "organiser"
    INVIGILATOR = "invigilator"
    CANDIDATE = "candidate"
    ASSISTANT = "assistant"
    EXAMINER = "examiner"
    CHAIR = "chair"
    SESSION_MANAGER = "session_manager"
    TECHNICIAN = "technician"
    OPS = "ops"
    STATION = "station"
    """Nobody: a shared device of an office, enrolled for a day (stations.py)."""


JURY = frozenset({Role.EXAMINER, Role.CHAIR})
AT_A_STATION = JURY | {Role.CANDIDATE, Role.ASSISTANT}
"""Who may share a station with others."""
IN_THE_ROOM = AT_A_STATION | {Role.STATION}
"""Roles whose picture and voice are part of an exam."""
STAFF = frozenset({Role.ORGANISER, Role.INVIGILATOR, Role.SESSION_MANAGER, Role.TECHNICIAN})
"""Roles that prepare an exam and watch over it: their picture and voice are no part of it."""


class Strict:
    """Base of every value that crosses an edge: unknown fields are refused there."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office(Strict):
    """A regional directorate that organises a session or hosts candidates."""

    office_id: Identifier
    name: Name
    region: Name
    time_zone: Name
    address: Name
    contact: PersonName
    """How the other office reaches it on the day (B6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(Strict):
    participant_id: Identifier
    family_name: PersonName
    given_name: PersonName
    role: Role
    office_id: Identifier
    presence: Presence = "remote"
    """Where the person is expected; the roll call says where they are."""
    route: Route | None = None
    """A candidate's own, where a session joins both (instruction, I.1); None: the session's."""
    is_substitute: bool = False
    """Named to stand in for the session manager (D3); of no meaning for other roles."""
    habilitation: Name | None = None
    """What an examiner's habilitation is noted as (B9); nobody checks it here."""

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diploma(Strict):
    code: Identifier
    title: Name
    blocks: tuple[Name, ...] = ()
    """Parts that can be granted alone; empty where none were entered."""
    commission_minimum: Annotated[int, Ge(2), Le(12)] = 2
    """Examiners needed for a sitting to be held. Source: requirement B9."""
    minutes_days: Annotated[int, Ge(1), Le(365)] = 15
    """Days in which the signed minutes go out; 5 for transport. Source: requirement A3."""
    kind: Literal["state_diploma", "titre_professionnel"] = "state_diploma"
    """A *titre professionnel* is never examined at a distance (S4)."""
    needs_session_manager: bool = False
    """Whether a session manager must be on duty; a *titre professionnel* always wants one (D3)."""
    late_ends_on_time: bool = False
    """Whether a late candidate's sitting ends at the planned hour all the same (D5)."""

    @property
    def is_managed(self) -> bool:
        """Return whether a session manager or a substitute must be there throughout (D3)."""
        return self.needs_session_manager or self.kind == "titre_professionnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDay(Strict):
    """When one office holds sittings on one day; its jury or its agents eat in the break."""

    office_id: Identifier
    start_ms: Milliseconds
    end_ms: Milliseconds
    break_start_ms: Milliseconds | None = None
    break_end_ms: Milliseconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Strict):
    """A link that keeps an examiner from judging a candidate (B8)."""

    examiner_id: Identifier
    candidate_id: Identifier
    kind: RelationKind
