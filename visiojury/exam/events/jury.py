"""The deliberation: who attends, what is proposed, voted, adopted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Digest, Occurred, Seconds
from visiojury.exam.people import Attendance, Identifier, Name, PersonName, Text

Outcome = Literal["full", "partial", "none"]
Ballot = Literal["for", "against", "abstain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationOpened(Occurred):
    type: Literal["deliberation.opened"] = "deliberation.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCallBegun(Occurred):
    """Who is at a station is called anew, and attested anew before (docs/adr/0090)."""

    type: Literal["roll_call.begun"] = "roll_call.begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingTested(Occurred):
    """The chair and a remote member tried both directions of the sound (J2)."""

    participant_id: Identifier
    hears: bool
    """The member hears the meeting, as they said when asked."""
    is_heard: bool
    """The meeting hears the member."""
    type: Literal["hearing.tested"] = "hearing.tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCallAnswered(Occurred):
    """A member's attendance as the chair established it; a change is a new answer (J4)."""

    participant_id: Identifier
    attendance: Attendance
    place: Name | None = None
    """Where they are, for who is on site (J1); None for the others."""
    station_id: Identifier | None = None
    """The station they are at; None: at none, so that nothing but this answer says where."""
    type: Literal["roll_call.answered"] = "roll_call.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationContinued(Occurred):
    """The chair goes on without a member who is cut off; a quorum remains (J5)."""

    participant_id: Identifier
    reason: Text
    type: Literal["deliberation.continued"] = "deliberation.continued"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRecused(Occurred):
    """A member is out for one candidate: neither votes nor counts, hears nor sees (J5, B8)."""

    participant_id: Identifier
    candidate_id: Identifier
    reason: Text
    type: Literal["member.recused"] = "member.recused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShown(Occurred):
    """A document is before every member who is present, and who joins later (J3)."""

    document_id: Identifier
    title: PersonName
    sha256: Digest
    size_bytes: Seconds
    type: Literal["document.shown"] = "document.shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTakenUp(Occurred):
    """The jury now speaks of this candidate: who is out for them leaves the meeting (J5)."""

    candidate_id: Identifier
    type: Literal["candidate.taken_up"] = "candidate.taken_up"


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
