"""From the relay's ten seconds to what is kept and what operations see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import generate_latest

from media.kinds import Direction, Stream
from media.messages import PeerAggregate, QualityMeasured, StreamAggregate
from signaling import telemetry
from signaling.instants import Instants
from signaling.quality import QualityDesk
from tests.builders import Story
from visiojury.exam.state import Session
from visiojury.record.errors import StoreError
from visiojury.record.samples import QualitySample

pytestmark = pytest.mark.requirement("D6")

ROOM = "deis-2026"


def measured(peer: str = "candidate", *, room: str = ROOM, from_s: float = 0.0) -> QualityMeasured:
    sound = StreamAggregate(
        stream=Stream.AUDIO,
        direction=Direction.RECEIVED,
        seconds=10,
        bitrate_bps=32_000,
        packets=490,
        lost=10,
        jitter_ms=4.0,
        frames=0,
        glitches=2,
        freezes=0,
        score=85,
        score_min=30,
        mos=4.0,
    )
    aggregate = PeerAggregate(room=room, peer=peer, rtt_ms=45.0, score=80, streams=[sound])
    return QualityMeasured(from_s=from_s, to_s=from_s + 10, peers=[aggregate])


class Shelf:
    """A store that can be out of order."""

    def __init__(self) -> None:
        self.kept: list[QualitySample] = []
        self.is_broken = False
        self.asked = asyncio.Event()

    async def keep_quality(self, taken: Sequence[QualitySample]) -> None:
        self.asked.set()
        if self.is_broken:
            raise StoreError("database_unusable", "full")
        self.kept += taken


class Bench:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.story = Story()
        self.desk = QualityDesk(self.shelf, Instants(lambda: 0.0, lambda: 0.0), self._state_of)

    def _state_of(self, session_id: str) -> Session | None:
        return self.story.session if session_id == ROOM else None

    async def take(self, *measurements: QualityMeasured) -> None:
        running = asyncio.get_running_loop().create_task(self.desk.run())
        for one in measurements:
            self.shelf.asked.clear()
            self.desk.take(one)
            await self.shelf.asked.wait()
        await asyncio.sleep(0)
        running.cancel()


async def test_ten_seconds_of_a_participant_are_kept_at_their_instant() -> None:
    bench = Bench()
    await bench.take(measured(from_s=20.0))
    [kept] = bench.shelf.kept
    assert (kept.session_id, kept.participant_id) == (ROOM, "candidate")
    assert (kept.stream, kept.direction) == ("audio", "received")
    assert (kept.from_ms, kept.to_ms) == (20_000, 30_000)
    assert (kept.packets, kept.lost, kept.rtt_ms, kept.score_min) == (490, 10, 45.0, 30)


async def test_what_cannot_be_stored_is_stored_with_the_next() -> None:
    bench = Bench()
    bench.shelf.is_broken = True
    await bench.take(measured(from_s=0.0))
    assert bench.shelf.kept == []
    bench.shelf.is_broken = False
    await bench.take(measured(from_s=10.0))
    await bench.take(measured(from_s=20.0))
    assert [one.from_ms for one in bench.shelf.kept] == [0, 10_000, 20_000]


async def test_strangers_and_other_rooms_are_not_kept() -> None:
    bench = Bench()
    await bench.take(measured("nobody-we-know"), measured(room="elsewhere"))
    assert bench.shelf.kept == []


@pytest.mark.requirement("T3")
def test_operations_see_how_good_it_is_and_not_whose() -> None:
    before = telemetry.REGISTRY.get_sample_value(
        "visiojury_quality_score_count", {"stream": "audio", "direction": "received"}
    )
    telemetry.observe_quality(measured("candidate-9").peers[0])
    after = telemetry.REGISTRY.get_sample_value(
        "visiojury_quality_score_count", {"stream": "audio", "direction": "received"}
    )
    assert after == (before or 0) + 1
    text = generate_latest(telemetry.REGISTRY).decode()
    assert "visiojury_packet_loss_ratio_bucket" in text
    assert "visiojury_round_trip_seconds_bucket" in text
    assert "candidate-9" not in text
