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
    place: str | None = None
    """Where, for who is on site."""
    station_id: str | None = None
    """The station they are at: their presence lasts no longer than there."""


@dataclass(slots=True)
class Discussion:
    """The time in which the jury spoke of one candidate, until `end_ms` (None: still)."""

    candidate_id: str
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
    hearing: dict[str, ev.HearingTested] = field(default_factory=dict)
    """The last test of each member."""
    recused: dict[str, dict[str, ev.MemberRecused]] = field(default_factory=dict)
    """By candidate, then by member."""
    documents: dict[str, ev.DocumentShown] = field(default_factory=dict)
    continued: list[ev.DeliberationContinued] = field(default_factory=list)
    discussions: list[Discussion] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.opened_ms is not None and self.closed_ms is None

    @property
    def taken_up(self) -> str | None:
        """The candidate the jury speaks of."""
        last = self.discussions[-1] if self.discussions else None
        return last.candidate_id if last is not None and last.end_ms is None else None

    def current(self, participant_id: str) -> Interval | None:
        """Return how a member attends, or once it is over attended last; None: not called."""
        mine = [i for i in self.intervals if i.participant_id == participant_id]
        if not mine or (self.is_open and mine[-1].end_ms is not None):
            return None
        return mine[-1]

    def attendance(self) -> dict[str, Attendance]:
        """Return how each member who answered attends now."""
        return {
            interval.participant_id: interval.attendance
            for interval in self.intervals
            if interval.end_ms is None
        }

    def present(self) -> list[str]:
        return [who for who, how in self.attendance().items() if how != "absent"]

    def attended(self) -> list[str]:
        """Return who was present at any time."""
        return list(
            dict.fromkeys(i.participant_id for i in self.intervals if i.attendance != "absent")
        )

    def apply(self, event: ev.Event) -> None:
        """Change the state as `event` says; events of other matters change nothing."""
        match event:
            case ev.DeliberationOpened():
                self.opened_ms = event.at_ms
            case ev.DeliberationClosed():
                self.closed_ms = event.at_ms
                self._take_up(None, event.at_ms)
                for interval in self.intervals:
                    interval.end_ms = interval.end_ms or event.at_ms
            case ev.HearingTested():
                self.hearing[event.participant_id] = event
            case ev.RollCallAnswered():
                self._end(event.at_ms, participant_id=event.participant_id)
                self.intervals.append(_interval(event))
            case ev.DeliberationContinued():
                self.continued.append(event)
                self._end(event.at_ms, participant_id=event.participant_id)
                self.intervals.append(Interval(event.participant_id, "absent", event.at_ms))
            case ev.RollCallBegun():
                for interval in self.intervals:
                    if interval.station_id is not None and interval.end_ms is None:
                        interval.end_ms = event.at_ms
            case ev.StationSignedOut():
                self._end(event.at_ms, participant_id=event.participant_id, at=event.station_id)
            case ev.StationWithdrawn():
                self._end(event.at_ms, at=event.station_id)
            case ev.MemberRecused():
                self.recused.setdefault(event.candidate_id, {})[event.participant_id] = event
                if (decision := self.decisions.get(event.candidate_id)) is not None:
                    decision.ballots.pop(event.participant_id, None)
            case ev.DocumentShown():
                self.documents[event.document_id] = event
            case ev.CandidateTakenUp():
                self._take_up(event.candidate_id, event.at_ms)
            case ev.DecisionProposed():
                self._take_up(event.candidate_id, event.at_ms)
                self.decisions[event.candidate_id] = Decision(event)
            case ev.VoteCast():
                self.decisions[event.candidate_id].ballots[event.participant_id] = event.ballot
            case ev.DecisionAdopted():
                self.decisions[event.candidate_id].adopted = event
                if self.taken_up == event.candidate_id:
                    self._take_up(None, event.at_ms)

    def forget(self, candidate_id: str, at_ms: int) -> None:
        """Drop what is put to the vote on a performance that no longer counts (D9)."""
        known = self.decisions.get(candidate_id)
        if known is not None and known.adopted is None:
            del self.decisions[candidate_id]
        if self.taken_up == candidate_id:
            self._take_up(None, at_ms)

    def _end(self, at_ms: int, *, participant_id: str | None = None, at: str | None = None) -> None:
        """End what lasts: of one member, at one station, or both; None: of all."""
        for interval in self.intervals:
            is_theirs = participant_id in {None, interval.participant_id}
            if is_theirs and at in {None, interval.station_id} and interval.end_ms is None:
                interval.end_ms = at_ms

    def _take_up(self, candidate_id: str | None, at_ms: int) -> None:
        if candidate_id == self.taken_up:
            return
        if self.taken_up is not None:
            self.discussions[-1].end_ms = at_ms
        if candidate_id is not None:
            self.discussions.append(Discussion(candidate_id, at_ms))


def _interval(answered: ev.RollCallAnswered) -> Interval:
    return Interval(
        answered.participant_id,
        answered.attendance,
        answered.at_ms,
        place=answered.place,
        station_id=answered.station_id,
    )
