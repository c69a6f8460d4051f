"""The session's own life and what was said of its people: state and its fold only.

Opened, suspended, cancelled, moved; who withdrew; which relations are declared; who is on duty;
the technical test that is open; how the stations were tested. What follows from it:
transitions.py, duty.py, enrolment.py, technical_test.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from visiojury.exam import events as ev
from visiojury.exam.clock import Pause


@dataclass(slots=True)
class Turn:
    """A person's time on duty, from `start_ms` until they handed over (None: still)."""

    participant_id: str
    start_ms: int
    end_ms: int | None = None
    handed_to: str | None = None


@dataclass(frozen=True, slots=True)
class StationTest:
    result: ev.StationTested
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class TechnicalTest:
    opened_ms: int
    opened_by: str


@dataclass(slots=True)
class Life:
    opened_ms: int | None = None
    suspensions: list[Pause] = field(default_factory=list)
    cancelled: ev.SessionCancelled | None = None
    moved: ev.SessionMoved | None = None
    withdrawn: dict[str, ev.ParticipantWithdrawn] = field(default_factory=dict)
    relations: dict[tuple[str, str], ev.RelationDeclared] = field(default_factory=dict)
    """By examiner and candidate."""
    turns: list[Turn] = field(default_factory=list)
    tests: list[StationTest] = field(default_factory=list)
    device_checks: dict[str, ev.DeviceChecked] = field(default_factory=dict)
    """The last of each person or station."""
    technical_test: TechnicalTest | None = None
    """The one that is open."""

    @property
    def is_suspended(self) -> bool:
        return bool(self.suspensions) and self.suspensions[-1].end_ms is None

    @property
    def is_given_up(self) -> bool:
        """Return whether the session is not held, or not here."""
        return self.cancelled is not None or self.moved is not None

    def turn_of(self, participant_id: str) -> Turn | None:
        """Return the person's turn of duty that has not ended."""
        for turn in self.turns:
            if turn.participant_id == participant_id and turn.end_ms is None:
                return turn
        return None

    def last_tests(self) -> dict[str, StationTest]:
        """Return the last test of each station: the one that counts (B5)."""
        return {test.result.station: test for test in self.tests}

    def apply(self, event: ev.Event, *, by: str | None) -> None:
        """Change the state as `event` says; events of other matters change nothing."""
        match event:
            case ev.SessionOpened():
                self.opened_ms = event.at_ms
            case ev.SessionSuspended():
                self.suspensions.append(Pause(event.at_ms, event.reason))
            case ev.SessionContinued():
                self.suspensions[-1].end_ms = event.at_ms
            case ev.SessionCancelled():
                self.cancelled, self.technical_test = event, None
            case ev.SessionMoved():
                self.moved, self.technical_test = event, None
            case ev.ParticipantWithdrawn():
                self.withdrawn[event.participant_id] = event
            case ev.RelationDeclared():
                self.relations[event.examiner_id, event.candidate_id] = event
            case ev.RelationWithdrawn():
                self.relations.pop((event.examiner_id, event.candidate_id), None)
            case ev.DutyTaken():
                self.turns.append(Turn(event.participant_id, event.at_ms))
            case ev.DutyHandedOver():
                self._hand_over(event)
            case ev.TechnicalTestOpened():
                self.technical_test = TechnicalTest(event.at_ms, event.participant_id)
            case ev.TechnicalTestClosed() | ev.DeliberationOpened():
                self.technical_test = None
            case ev.DeviceChecked():
                self.device_checks[event.participant_id] = event
            case ev.StationTested():
                self.tests.append(StationTest(event, by))

    def _hand_over(self, event: ev.DutyHandedOver) -> None:
        turn = self.turn_of(event.participant_id)
        assert turn is not None, "only who is on duty hands over"
        turn.end_ms, turn.handed_to = event.at_ms, event.to_participant_id
        if self.turn_of(event.to_participant_id) is None:
            self.turns.append(Turn(event.to_participant_id, event.at_ms))
