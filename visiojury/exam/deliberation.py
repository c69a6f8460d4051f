"""The plenary jury meeting: roll call, proposals, votes, decisions. State and its fold only.

Source: instruction DGCS/SD4A/2026/19, II.2 (who takes part, on site or remote, can be shown
at any moment).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from visiojury.exam import events as ev
from visiojury.exam.people import Attendance


@dataclass(slots=True)
class Interval:
    """A member's presence in one way, from `start_ms` until `end_ms` (None: still)."""

    participant_id: str
    attendance: Attendance
    start_ms: int
    end_ms: int | None = None


@dataclass(slots=True)
class Decision:
    """What is put to the vote on one candidate, and what came of it."""

    proposal: ev.DecisionProposed
    ballots: dict[str, ev.Ballot] = field(default_factory=dict)
    adopted: ev.DecisionAdopted | None = None


@dataclass(slots=True)
class Deliberation:
    opened_ms: int | None = None
    closed_ms: int | None = None
    intervals: list[Interval] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.opened_ms is not None and self.closed_ms is None

    def attendance(self) -> dict[str, Attendance]:
        """Return how each member who answered attends now."""
        return {
            interval.participant_id: interval.attendance
            for interval in self.intervals
            if interval.end_ms is None
        }

    def present(self) -> list[str]:
        return [who for who, how in self.attendance().items() if how != "absent"]

    def apply(self, event: ev.Event) -> None:
        """Change the state as `event` says; events of other matters change nothing."""
        match event:
            case ev.DeliberationOpened():
                self.opened_ms = event.at_ms
            case ev.DeliberationClosed():
                self.closed_ms = event.at_ms
                for interval in self.intervals:
                    interval.end_ms = interval.end_ms or event.at_ms
            case ev.RollCallAnswered():
                self._answer(event)
            case ev.DecisionProposed():
                self.decisions[event.candidate_id] = Decision(event)
            case ev.VoteCast():
                self.decisions[event.candidate_id].ballots[event.participant_id] = event.ballot
            case ev.DecisionAdopted():
                self.decisions[event.candidate_id].adopted = event

    def _answer(self, event: ev.RollCallAnswered) -> None:
        for interval in self.intervals:
            if interval.participant_id == event.participant_id and interval.end_ms is None:
                interval.end_ms = event.at_ms
        self.intervals.append(Interval(event.participant_id, event.attendance, event.at_ms))
