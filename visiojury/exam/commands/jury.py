"""Acts of the deliberation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen

from visiojury.exam.events import Ballot, Outcome
from visiojury.exam.people import Attendance, Identifier, Name, Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeliberation(Strict):
    command: Literal["open_deliberation"] = "open_deliberation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRollCall(Strict):
    participant_id: Identifier
    attendance: Attendance
    command: Literal["answer_roll_call"] = "answer_roll_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDecision(Strict):
    candidate_id: Identifier
    outcome: Outcome
    blocks: Annotated[tuple[Name, ...], MaxLen(30)] = ()
    command: Literal["propose_decision"] = "propose_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(Strict):
    candidate_id: Identifier
    ballot: Ballot
    command: Literal["cast_vote"] = "cast_vote"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptDecision(Strict):
    candidate_id: Identifier
    command: Literal["adopt_decision"] = "adopt_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDeliberation(Strict):
    command: Literal["close_deliberation"] = "close_deliberation"
