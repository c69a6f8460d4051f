"""The deliberation: who attends, what is proposed, voted, adopted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred, Seconds
from visiojury.exam.people import Attendance, Identifier, Name

Outcome = Literal["full", "partial", "none"]
Ballot = Literal["for", "against", "abstain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationOpened(Occurred):
    type: Literal["deliberation.opened"] = "deliberation.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCallAnswered(Occurred):
    """A member's attendance as the chair established it; a change is a new answer (J4)."""

    participant_id: Identifier
    attendance: Attendance
    type: Literal["roll_call.answered"] = "roll_call.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionProposed(Occurred):
    candidate_id: Identifier
    outcome: Outcome
    blocks: tuple[Name, ...] = ()
    type: Literal["decision.proposed"] = "decision.proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast(Occurred):
    candidate_id: Identifier
    participant_id: Identifier
    ballot: Ballot
    type: Literal["vote.cast"] = "vote.cast"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAdopted(Occurred):
    candidate_id: Identifier
    outcome: Outcome
    blocks: tuple[Name, ...] = ()
    votes_for: Seconds
    votes_against: Seconds
    abstentions: Seconds
    type: Literal["decision.adopted"] = "decision.adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationClosed(Occurred):
    type: Literal["deliberation.closed"] = "deliberation.closed"
