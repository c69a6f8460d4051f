"""What documents tell beyond a session's state: who did each act, and what came and went.

One pass over the entries. State keeps how things stand; this keeps how they came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from visiojury.exam import events as ev
from visiojury.record.entry import Actor, Entry


@dataclass(slots=True)
class Stretch:
    """From when to when something held of a participant; `end_ms` None: it does still."""

    participant_id: str
    start_ms: int
    end_ms: int | None = None


@dataclass(slots=True)
class Interruption(Stretch):
    """One stream of one participant that did not arrive; `received`: of the others, at theirs."""

    stream: ev.Stream = field(kw_only=True)
    cause: ev.Cause = field(kw_only=True)
    direction: ev.Direction = field(kw_only=True)


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
    connections: list[Stretch] = field(default_factory=list)
    """Media connections, from the first packet until they were gone."""
    degraded: list[Stretch] = field(default_factory=list)
    """When the quality of a connection was degraded."""
    interruptions: list[Interruption] = field(default_factory=list)
    stays: dict[str, list[Stretch]] = field(default_factory=dict)
    """By person: at which stations they were, whose connection then carried them."""
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

    def carried(self, who: str, told: Iterable[Stretch]) -> Iterator[Stretch]:
        """Return what of `told` is of `who`: of their own connection, or of a station's."""
        carriers = [Stretch(who, 0), *self.stays.get(who, ())]
        for one, carrier in product(told, carriers):
            if one.participant_id != carrier.participant_id:
                continue
            ends = [end for end in (one.end_ms, carrier.end_ms) if end is not None]
            both = Stretch(who, max(one.start_ms, carrier.start_ms), min(ends, default=None))
            if both.end_ms is None or both.end_ms > both.start_ms:
                yield both


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
            _note_stay(facts, event)


def _note_stay(facts: Facts, event: ev.Event) -> None:
    match event:
        case ev.PresenceAttested() | ev.StationSignedIn():
            stays = facts.stays.setdefault(event.participant_id, [])
            _end(stays, event.at_ms)
            stays.append(Stretch(event.station_id, event.at_ms))
        case ev.StationSignedOut() | ev.ParticipantWithdrawn():
            _end(facts.stays.get(event.participant_id, ()), event.at_ms)
        case ev.StationWithdrawn():
            for stays in facts.stays.values():
                _end(_of(stays, event.station_id), event.at_ms)
        case _:
            return


def _note_media(facts: Facts, event: ev.Event) -> None:
    match event:
        case ev.MediaBound():
            _end_connection(facts, event.participant_id, event.at_ms)
            _end_received(facts, event)
            facts.connections.append(Stretch(event.participant_id, event.at_ms))
        case ev.MediaDisconnected():
            _end_connection(facts, event.participant_id, event.at_ms)
        case ev.ServiceInterrupted():
            _end([*facts.connections, *facts.degraded], event.at_ms)
        case ev.QualityDegraded():
            facts.degraded.append(Stretch(event.participant_id, event.at_ms))
        case ev.QualityRecovered():
            _end(_of(facts.degraded, event.participant_id), event.at_ms)
        case _:
            _note_interruption(facts, event)


def _note_interruption(facts: Facts, event: ev.Event) -> None:
    match event:
        case ev.MediaInterrupted() | ev.DownlinkInterrupted():
            is_received = isinstance(event, ev.DownlinkInterrupted)
            facts.interruptions.append(
                Interruption(
                    event.participant_id,
                    event.at_ms,
                    stream=event.stream,
                    cause=event.cause,
                    direction="received" if is_received else "sent",
                )
            )
        case ev.MediaRestored() | ev.DownlinkRestored() | ev.MediaSwitched(is_on=False):
            _end_interruption(facts, event)
        case _:
            return


def _of(told: Iterable[Stretch], participant_id: str) -> list[Stretch]:
    return [one for one in told if one.participant_id == participant_id]


def _end(told: Iterable[Stretch], at_ms: int) -> None:
    for one in told:
        if one.end_ms is None:
            one.end_ms = max(one.start_ms, at_ms)


def _end_connection(facts: Facts, participant_id: str, at_ms: int) -> None:
    """Whoever has no connection has no bad one either."""
    _end(_of([*facts.connections, *facts.degraded], participant_id), at_ms)


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
