"""Ten seconds of quality of everybody: kept, and counted for operations without a name.

What cannot be stored now is tried again with the next ten seconds, up to a bound: samples are no
proof, and must not fill the memory of a server whose disk is full. Source: requirements D6, T3.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import structlog

from media.kinds import Direction, Stream
from media.messages import PeerAggregate, QualityMeasured
from signaling import telemetry
from signaling.instants import Instants
from visiojury.exam import events as ev
from visiojury.exam.state import Session
from visiojury.record.errors import RecordError
from visiojury.record.samples import QualitySample

log = structlog.get_logger()

MAX_WAITING = 20_000
"""An hour of twelve people."""
STREAMS: dict[Stream, ev.Stream] = {Stream.AUDIO: "audio", Stream.VIDEO: "video"}
DIRECTIONS: dict[Direction, ev.Direction] = {
    Direction.SENT: "sent",
    Direction.RECEIVED: "received",
}


class SampleStore(Protocol):
    async def keep_quality(self, taken: Sequence[QualitySample]) -> None: ...


class QualityDesk:
    """Takes what the relay measured and keeps it."""

    def __init__(
        self,
        store: SampleStore,
        instants: Instants,
        state_of: Callable[[str], Session | None],
    ) -> None:
        self._store = store
        self._instants = instants
        self._state_of = state_of
        self._waiting: deque[QualitySample] = deque(maxlen=MAX_WAITING)
        self._news = asyncio.Event()

    def take(self, measured: QualityMeasured) -> None:
        """Count and queue the samples of every person and station of a session here."""
        for peer in measured.peers:
            telemetry.observe_quality(peer)
            state = self._state_of(peer.room)
            if state is not None and state.knows(peer.peer):
                self._waiting += self._samples(measured, peer)
        self._news.set()

    async def run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            taken = list(self._waiting)
            try:
                await self._store.keep_quality(taken)
            except RecordError as error:
                log.warning("quality.delayed", samples=len(taken), code=error.code)
            else:
                for _ in taken:
                    self._waiting.popleft()

    def _samples(self, measured: QualityMeasured, peer: PeerAggregate) -> Iterator[QualitySample]:
        for one in peer.streams:
            yield QualitySample(
                session_id=peer.room,
                participant_id=peer.peer,
                stream=STREAMS[one.stream],
                direction=DIRECTIONS[one.direction],
                from_ms=self._instants.at_ms(measured.from_s),
                to_ms=self._instants.at_ms(measured.to_s),
                seconds=one.seconds,
                packets=one.packets,
                lost=one.lost,
                jitter_ms=one.jitter_ms,
                rtt_ms=peer.rtt_ms,
                bitrate_bps=one.bitrate_bps,
                frames=one.frames,
                glitches=one.glitches,
                freezes=one.freezes,
                score=one.score,
                score_min=one.score_min,
                mos=one.mos,
            )
