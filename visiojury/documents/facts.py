"""What documents tell beyond a session's state: who did each act, and what came and went.

One pass over the entries. State keeps how things stand; this keeps how they came about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from visiojury.exam import events as ev
from visiojury.record.entry import Actor, Entry


@dataclass(slots=True)
class Connection:
    """One participant's media connection, from its first packet until it was gone."""

    participant_id: str
    start_ms: int
    end_ms: int | None = None


@dataclass(slots=True)
class Interruption:
    """One stream of one participant that did not arrive; `received`: of the others, at theirs."""

    participant_id: str
    stream: ev.Stream
    cause: ev.Cause
    start_ms: int
    end_ms: int | None = None
    direction: ev.Direction = "sent"


@dataclass(slots=True)
class HelpAnswer:
    call: ev.HelpCalled
    answered_ms: int | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An event, and the participant who caused it; None: the server."""

    event: ev.Event
    by: str | None


@dataclass(slots=True)
class Facts:
    acts: list[Act] = field(default_factory=list)
    """Every event that concerns a sitting, in order."""
    connections: list[Connection] = field(default_factory=list)
    interruptions: list[Interruption] = field(default_factory=list)
    helps: dict[str, HelpAnswer] = field(default_factory=dict)
    arrivals: dict[str, list[int]] = field(default_factory=dict)
    """When each person was received, ms."""
    authentication: dict[str, str] = field(default_factory=dict)
    """How each participant last proved who they are."""

    def of_sitting(self, sitting_id: str) -> list[Act]:
        return [
            act
            for act in self.acts
            if isinstance(act.event, ev.SittingEvent) and act.event.sitting_id == sitting_id
        ]


def gather(entries: Iterable[Entry]) -> Facts:
    """Return the facts of a record whose entries fold."""
    facts = Facts()
    for entry in entries:
        _note(facts, entry.event, entry.actor)
    return facts


def _note(facts: Facts, event: ev.Event, actor: Actor | None) -> None:
    by = None if actor is None else actor.participant_id
    if actor is not None:
        facts.authentication[actor.participant_id] = actor.authentication
    match event:
        case ev.SittingEvent():
            facts.acts.append(Act(event, by))
        case ev.PersonArrived():
            facts.arrivals.setdefault(event.participant_id, []).append(event.at_ms)
        case ev.HelpCalled():
            facts.helps[event.help_id] = HelpAnswer(event)
        case ev.HelpAnswered() if event.help_id in facts.helps:
            call = facts.helps[event.help_id]
            call.answered_ms, call.answered_by = event.at_ms, by
        case _:
            _note_media(facts, event)


def _note_media(facts: Facts, event: ev.Event) -> None:
    match event:
        case ev.MediaBound():
            _end_connection(facts, event.participant_id, event.at_ms)
            _end_received(facts, event)
            facts.connections.append(Connection(event.participant_id, event.at_ms))
        case ev.MediaDisconnected():
            _end_connection(facts, event.participant_id, event.at_ms)
        case ev.ServiceInterrupted():
            for connection in facts.connections:
                _end_connection(facts, connection.participant_id, event.at_ms)
        case ev.MediaInterrupted():
            facts.interruptions.append(
                Interruption(event.participant_id, event.stream, event.cause, event.at_ms)
            )
        case ev.DownlinkInterrupted():
            facts.interruptions.append(
                Interruption(
                    event.participant_id,
                    event.stream,
                    event.cause,
                    event.at_ms,
                    direction="received",
                )
            )
        case ev.MediaRestored() | ev.DownlinkRestored() | ev.MediaSwitched(is_on=False):
            _end_interruption(facts, event)
        case _:
            return


def _end_connection(facts: Facts, participant_id: str, at_ms: int) -> None:
    for connection in facts.connections:
        if connection.participant_id == participant_id and connection.end_ms is None:
            connection.end_ms = at_ms


def _end_received(facts: Facts, event: ev.MediaBound) -> None:
    """Whoever has a new connection receives again, as far as anybody knows."""
    for interruption in facts.interruptions:
        is_theirs = interruption.participant_id == event.participant_id
        if is_theirs and interruption.direction == "received" and interruption.end_ms is None:
            interruption.end_ms = max(interruption.start_ms, event.at_ms)


def _end_interruption(
    facts: Facts, event: ev.MediaRestored | ev.DownlinkRestored | ev.MediaSwitched
) -> None:
    direction = "received" if isinstance(event, ev.DownlinkRestored) else "sent"
    for interruption in facts.interruptions:
        is_it = (interruption.participant_id, interruption.stream, interruption.direction) == (
            event.participant_id,
            event.stream,
            direction,
        )
        if is_it and interruption.end_ms is None:
            interruption.end_ms = max(interruption.start_ms, event.at_ms)
            if isinstance(event, ev.MediaRestored | ev.DownlinkRestored):
                interruption.cause = event.cause
