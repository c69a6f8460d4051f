"""From what the relay observed to what the record says: peers become people.

Each observation is recorded before the next is looked at, and tried again until the store has
it: an interruption that was seen is never lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from media import messages as relay
from media.kinds import Cause, Direction, Stream
from signaling.instants import Instants
from signaling.owner import RETRY_S, SessionOwner
from visiojury.exam import events as ev
from visiojury.exam.media import STREAMS
from visiojury.exam.state import Session
from visiojury.record.errors import RecordError

log = structlog.get_logger()

_STREAMS: dict[Stream, ev.Stream] = {Stream.AUDIO: "audio", Stream.VIDEO: "video"}
_CAUSES: dict[Cause, ev.Cause] = {
    Cause.UPLINK: "uplink",
    Cause.CAPTURE: "capture",
    Cause.DOWNLINK: "downlink",
    Cause.RELAY: "relay",
}

_WITNESSES: dict[str, ev.Witness] = {"reports": "reports", "page": "page"}


class Observations:
    """Translates the relay's events of all rooms and records them in order."""

    def __init__(self, instants: Instants, owner_of: Callable[[str], SessionOwner | None]) -> None:
        self._instants = instants
        self._owner_of = owner_of
        self._bound: dict[tuple[str, str], tuple[str, str]] = {}
        self._queue: asyncio.Queue[tuple[SessionOwner, Callable[[Session], list[ev.Event]]]] = (
            asyncio.Queue()
        )

    def expect(self, room: str, peer: str, *, fingerprint: str, device_key: str) -> None:
        """Remember with which certificate and key `peer` was admitted to the relay."""
        self._bound[room, peer] = (fingerprint, device_key)

    def put(self, owner: SessionOwner, events: Callable[[Session], list[ev.Event]]) -> None:
        self._queue.put_nowait((owner, events))

    async def run(self) -> None:
        while True:
            owner, events = await self._queue.get()
            await self._record(owner, events)

    async def _record(
        self, owner: SessionOwner, events: Callable[[Session], list[ev.Event]]
    ) -> None:
        while True:
            try:
                await owner.record(events, actor=None)
            except RecordError as error:
                if owner.is_retired:
                    return  # Another server has the session, and records our absence.
                log.warning("observation.delayed", session_id=owner.session_id, code=error.code)
                await asyncio.sleep(RETRY_S)
            else:
                return

    def take(self, event: relay.Event) -> None:
        """Queue what `event` means for the record; events that mean nothing there pass by."""
        if isinstance(
            event, relay.Ready | relay.Stats | relay.SlotsAssigned | relay.QualityMeasured
        ):
            return
        owner = self._owner_of(event.room)
        if owner is None or event.peer is None or not owner.state.knows(event.peer):
            return
        translate = self._translation(event)
        if translate is not None:
            self.put(owner, translate)

    def _translation(self, event: relay.Event) -> Callable[[Session], list[ev.Event]] | None:
        match event:
            case relay.PeerConnected():
                return lambda state: [self._media_bound(state, event)]
            case relay.StreamStarted():
                return lambda state: self._started(state, event)
            case relay.StreamInterrupted(direction=Direction.RECEIVED):
                return lambda state: self._downlink_interrupted(state, event)
            case relay.StreamRestored(direction=Direction.RECEIVED):
                return lambda state: self._downlink_restored(state, event)
            case relay.QualityChanged():
                return lambda state: self._quality_changed(state, event)
            case relay.StreamInterrupted():
                return lambda state: self._interrupted(state, event)
            case relay.StreamRestored():
                return lambda state: self._restored(state, event)
            case relay.TransportChanged(state="gone"):
                return lambda state: self._gone(state, event)
        return None

    def _media_bound(self, state: Session, event: relay.PeerConnected) -> ev.Event:
        fingerprint, device_key = self._bound[event.room, event.peer]
        check, station = state.checks.get(event.peer), state.stations.known.get(event.peer)
        checked_by = check.checked_by if check else None
        return ev.MediaBound(
            at_ms=self._instants.at_ms(event.at_s),
            participant_id=event.peer,
            fingerprint=fingerprint,
            device_key=device_key,
            checked_by=checked_by if station is None else station.enrolled_by,
        )

    def _started(self, state: Session, event: relay.StreamStarted) -> list[ev.Event]:
        stream = state.media_of(event.peer).streams[_STREAMS[event.stream]]
        at_ms = self._instants.at_ms(event.at_s)
        if stream.interrupted_ms is not None:
            return [
                self._restored_event(state, event.peer, _STREAMS[event.stream], stream.cause, at_ms)
            ]
        if stream.has_started:
            return []
        return [
            ev.MediaStarted(at_ms=at_ms, participant_id=event.peer, stream=_STREAMS[event.stream])
        ]

    def _interrupted(self, state: Session, event: relay.StreamInterrupted) -> list[ev.Event]:
        if state.media_of(event.peer).streams[_STREAMS[event.stream]].interrupted_ms is not None:
            return []  # Already known, since before this connection: one interruption, not two.
        return [
            ev.MediaInterrupted(
                at_ms=self._instants.at_ms(event.since_s),
                participant_id=event.peer,
                stream=_STREAMS[event.stream],
                cause=_CAUSES[event.cause],
                detected_ms=self._instants.at_ms(event.detected_s),
            )
        ]

    def _restored(self, state: Session, event: relay.StreamRestored) -> list[ev.Event]:
        if state.media_of(event.peer).streams[_STREAMS[event.stream]].interrupted_ms is None:
            return []
        at_ms = self._instants.at_ms(event.at_s)
        return [
            self._restored_event(
                state, event.peer, _STREAMS[event.stream], _CAUSES[event.cause], at_ms
            )
        ]

    def _downlink_interrupted(
        self, state: Session, event: relay.StreamInterrupted
    ) -> list[ev.Event]:
        received = state.media_of(event.peer).received[_STREAMS[event.stream]]
        if received.interrupted_ms is not None:
            return []
        return [
            ev.DownlinkInterrupted(
                at_ms=self._instants.at_ms(event.since_s),
                participant_id=event.peer,
                stream=_STREAMS[event.stream],
                cause=_CAUSES[event.cause],
                witness=_WITNESSES[event.witness],
                detected_ms=self._instants.at_ms(event.detected_s),
            )
        ]

    def _downlink_restored(self, state: Session, event: relay.StreamRestored) -> list[ev.Event]:
        received = state.media_of(event.peer).received[_STREAMS[event.stream]]
        if received.interrupted_ms is None:
            return []
        return [
            ev.DownlinkRestored(
                at_ms=max(self._instants.at_ms(event.at_s), received.interrupted_ms),
                participant_id=event.peer,
                stream=_STREAMS[event.stream],
                cause=_CAUSES[event.cause],
                witness=_WITNESSES[event.witness],
            )
        ]

    def _quality_changed(self, state: Session, event: relay.QualityChanged) -> list[ev.Event]:
        if state.media_of(event.peer).is_degraded == event.is_degraded:
            return []
        at_ms = self._instants.at_ms(event.since_s)
        if event.is_degraded:
            return [ev.QualityDegraded(at_ms=at_ms, participant_id=event.peer)]
        return [ev.QualityRecovered(at_ms=at_ms, participant_id=event.peer)]

    @staticmethod
    def _restored_event(
        state: Session, peer: str, stream: ev.Stream, cause: ev.Cause, at_ms: int
    ) -> ev.Event:
        since_ms = state.media_of(peer).streams[stream].interrupted_ms or 0
        return ev.MediaRestored(
            at_ms=max(at_ms, since_ms), participant_id=peer, stream=stream, cause=cause
        )

    def _gone(self, state: Session, event: relay.TransportChanged) -> list[ev.Event]:
        media = state.media_of(event.peer)
        if not media.is_connected:
            return []
        since_ms = self._instants.at_ms(event.since_s)
        detected_ms = self._instants.at_ms(event.detected_s)
        cut: list[ev.Event] = [
            ev.MediaInterrupted(
                at_ms=since_ms,
                participant_id=event.peer,
                stream=stream,
                cause="uplink",
                detected_ms=detected_ms,
            )
            for stream in STREAMS
            if media.streams[stream].has_started and media.streams[stream].interrupted_ms is None
        ]
        return [*cut, ev.MediaDisconnected(at_ms=detected_ms, participant_id=event.peer)]
