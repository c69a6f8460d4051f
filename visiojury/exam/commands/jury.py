"""Acts of the deliberation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen

from visiojury.exam.events import Ballot, Digest, Outcome
from visiojury.exam.people import Attendance, Identifier, Name, Strict

MOST_FILE_BYTES = 10 * 1024 * 1024
"""Of one file that is shown or sent."""
Reason = Annotated[str, MinLen(1), MaxLen(500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeliberation(Strict):
    command: Literal["open_deliberation"] = "open_deliberation"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRollCall(Strict):
    command: Literal["begin_roll_call"] = "begin_roll_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class TryHearing(Strict):
    """Both directions of a remote member's sound, as tried before they answer the roll call."""

    participant_id: Identifier
    hears: bool
    is_heard: bool
    command: Literal["try_hearing"] = "try_hearing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRollCall(Strict):
    participant_id: Identifier
    attendance: Attendance
    place: Name | None = None
    """Where, for who is on site; without it, the organising office. Of who is at a station, the
    station says it."""
    command: Literal["answer_roll_call"] = "answer_roll_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueWithout(Strict):
    """Go on without a member who is cut off; the roll call brings them back."""

    participant_id: Identifier
    reason: Reason
    command: Literal["continue_without"] = "continue_without"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecuseMember(Strict):
    """Put a member out for one candidate; a member may recuse themself, the chair anyone."""

    participant_id: Identifier
    candidate_id: Identifier
    reason: Reason
    command: Literal["recuse_member"] = "recuse_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDocument(Strict):
    """Put a file, which the server has already, before every member."""

    title: Name
    sha256: Digest
    size_bytes: Annotated[int, Ge(1), Le(MOST_FILE_BYTES)]
    command: Literal["show_document"] = "show_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeUpCandidate(Strict):
    """Speak of this candidate from now on; who is out for them leaves the meeting."""

    candidate_id: Identifier
    command: Literal["take_up_candidate"] = "take_up_candidate"


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
