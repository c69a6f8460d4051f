"""From what the relay says to what the record says: peers become people."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from media import messages as relay
from media.kinds import Cause, Direction, Stream, TransportState
from signaling.instants import Instants
from signaling.observations import Observations
from tests.builders import Story
from visiojury.exam import events as ev
from visiojury.exam.state import Session

ROOM = "deis-2026"


class Owner:
    """Takes what is recorded, applies it to a story, and keeps it."""

    def __init__(self) -> None:
        self.story = Story()
        self.session_id = ROOM
        self.events: list[ev.Event] = []

    @property
    def state(self) -> Session:
        return self.story.session

    async def record(self, events: Any, *, actor: object) -> None:
        assert actor is None
        made = events(self.state)
        self.events += made
        self.story.observe(*made)


class Bench:
    def __init__(self) -> None:
        self.owner = Owner()
        # The monotonic clock's 0 is the epoch's: seconds below are instants.
        self.observations = Observations(Instants(lambda: 0.0, lambda: 0.0), self._owner_of)

    def _owner_of(self, session_id: str) -> Any:
        return self.owner if session_id == ROOM else None

    async def take(self, *events: relay.Event) -> list[ev.Event]:
        """Return what the record gets for `events`."""
        self.owner.events = []
        for event in events:
            self.observations.take(event)
        running = asyncio.get_running_loop().create_task(self.observations.run())
        while not self.observations._queue.empty():  # noqa: ASYNC110 - the queue tells nobody
            await asyncio.sleep(0)
        for _ in range(3):
            await asyncio.sleep(0)
        running.cancel()
        return self.owner.events

    async def connect(self) -> None:
        self.observations.expect(ROOM, "candidate", fingerprint="AB:CD", device_key="key")
        await self.take(connected(1), started(Stream.AUDIO, 1.1), started(Stream.VIDEO, 1.2))


def connected(at_s: float, peer: str = "candidate", room: str = ROOM) -> relay.Event:
    return relay.PeerConnected(room=room, peer=peer, at_s=at_s, offer_to_connected_s=0.1)


def started(stream: Stream, at_s: float) -> relay.Event:
    return relay.StreamStarted(room=ROOM, peer="candidate", stream=stream, at_s=at_s)


def interrupted(stream: Stream, since_s: float, cause: Cause = Cause.UPLINK) -> relay.Event:
    return relay.StreamInterrupted(
        room=ROOM,
        peer="candidate",
        stream=stream,
        cause=cause,
        since_s=since_s,
        detected_s=since_s + 1,
    )


def restored(stream: Stream, at_s: float, cause: Cause = Cause.UPLINK) -> relay.Event:
    return relay.StreamRestored(room=ROOM, peer="candidate", stream=stream, cause=cause, at_s=at_s)


def gone(since_s: float, detected_s: float) -> relay.Event:
    return relay.TransportChanged(
        room=ROOM,
        peer="candidate",
        state=TransportState.GONE,
        since_s=since_s,
        detected_s=detected_s,
        reason="silence",
    )


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    await bench.connect()
    return bench


@pytest.mark.requirement("J1")
async def test_a_connection_is_bound_to_key_certificate_and_check() -> None:
    bench = Bench()
    story = bench.owner.story
    story.session.checks.clear()
    bench.observations.expect(ROOM, "candidate", fingerprint="AB:CD", device_key="key")
    assert await bench.take(connected(2.5)) == [
        ev.MediaBound(
            at_ms=2500,
            participant_id="candidate",
            fingerprint="AB:CD",
            device_key="key",
            checked_by=None,
        )
    ]


async def test_streams_start_once(bench: Bench) -> None:
    assert await bench.take(started(Stream.AUDIO, 9)) == []


@pytest.mark.requirement("D7")
@pytest.mark.parametrize(
    ("cause", "expected"),
    [(Cause.UPLINK, "uplink"), (Cause.CAPTURE, "capture"), (Cause.RELAY, "relay")],
)
async def test_an_interruption_occurred_at_the_last_good_packet(
    bench: Bench, cause: Cause, expected: ev.Cause
) -> None:
    assert await bench.take(interrupted(Stream.AUDIO, 10.25, cause)) == [
        ev.MediaInterrupted(
            at_ms=10_250,
            participant_id="candidate",
            stream="audio",
            cause=expected,
            detected_ms=11_250,
        )
    ]


async def test_an_interruption_known_already_is_not_told_twice(bench: Bench) -> None:
    await bench.take(interrupted(Stream.AUDIO, 10))
    assert await bench.take(interrupted(Stream.AUDIO, 12)) == []


async def test_a_return_ends_what_was_interrupted_and_only_that(bench: Bench) -> None:
    assert await bench.take(restored(Stream.VIDEO, 20)) == []
    await bench.take(interrupted(Stream.VIDEO, 10))
    assert await bench.take(restored(Stream.VIDEO, 16, Cause.CAPTURE)) == [
        ev.MediaRestored(at_ms=16_000, participant_id="candidate", stream="video", cause="capture")
    ]


async def test_a_return_is_never_before_the_interruption(bench: Bench) -> None:
    await bench.take(interrupted(Stream.AUDIO, 10))
    (event,) = await bench.take(restored(Stream.AUDIO, 9))
    assert event.at_ms == 10_000


async def test_a_new_connection_ends_the_interruption_that_the_last_one_left(
    bench: Bench,
) -> None:
    await bench.take(interrupted(Stream.AUDIO, 10, Cause.RELAY))
    (event,) = await bench.take(started(Stream.AUDIO, 15))
    assert event == ev.MediaRestored(
        at_ms=15_000, participant_id="candidate", stream="audio", cause="relay"
    )


async def test_who_is_gone_was_cut_off_since_the_last_sign(bench: Bench) -> None:
    await bench.take(interrupted(Stream.AUDIO, 10))
    assert await bench.take(gone(10.5, 40.5)) == [
        ev.MediaInterrupted(
            at_ms=10_500,
            participant_id="candidate",
            stream="video",
            cause="uplink",
            detected_ms=40_500,
        ),
        ev.MediaDisconnected(at_ms=40_500, participant_id="candidate"),
    ]
    assert await bench.take(gone(10.5, 41)) == []


async def test_what_was_switched_off_is_cut_off_too_when_its_owner_is_gone(bench: Bench) -> None:
    switched = ev.MediaSwitched(at_ms=9000, participant_id="candidate", stream="audio", is_on=False)
    bench.owner.story.observe(switched)
    events = await bench.take(gone(10, 40))
    assert [type(event) for event in events] == [
        ev.MediaInterrupted,
        ev.MediaInterrupted,
        ev.MediaDisconnected,
    ]
    assert bench.owner.state.media_of("candidate").is_cut_off


def deaf(since_s: float, cause: Cause = Cause.DOWNLINK) -> relay.Event:
    return relay.StreamInterrupted(
        room=ROOM,
        peer="candidate",
        stream=Stream.AUDIO,
        direction=Direction.RECEIVED,
        witness="page",
        cause=cause,
        since_s=since_s,
        detected_s=since_s + 1,
    )


def hears(at_s: float) -> relay.Event:
    return relay.StreamRestored(
        room=ROOM,
        peer="candidate",
        stream=Stream.AUDIO,
        direction=Direction.RECEIVED,
        witness="reports",
        cause=Cause.RELAY,
        at_s=at_s,
    )


@pytest.mark.requirement("D7")
async def test_what_does_not_come_down_is_recorded_with_its_witness(bench: Bench) -> None:
    assert await bench.take(deaf(10.5), deaf(10.6)) == [
        ev.DownlinkInterrupted(
            at_ms=10_500,
            participant_id="candidate",
            stream="audio",
            cause="downlink",
            witness="page",
            detected_ms=11_500,
        )
    ]
    media = bench.owner.state.media_of("candidate")
    assert media.is_interrupted("audio", "received")
    assert not media.is_interrupted("audio")
    assert await bench.take(hears(12), hears(13)) == [
        ev.DownlinkRestored(
            at_ms=12_000,
            participant_id="candidate",
            stream="audio",
            cause="relay",
            witness="reports",
        )
    ]
    assert not media.is_interrupted("audio", "received")


async def test_a_new_connection_receives_again(bench: Bench) -> None:
    await bench.take(deaf(10.5), connected(15))
    assert not bench.owner.state.media_of("candidate").is_interrupted("audio", "received")


@pytest.mark.requirement("D6")
async def test_degraded_quality_is_recorded_once_each_way(bench: Bench) -> None:
    def turned(since_s: float, *, is_degraded: bool) -> relay.Event:
        return relay.QualityChanged(
            room=ROOM,
            peer="candidate",
            is_degraded=is_degraded,
            since_s=since_s,
            detected_s=since_s + 5,
        )

    events = await bench.take(
        turned(10, is_degraded=True),
        turned(11, is_degraded=True),
        turned(20, is_degraded=False),
        turned(21, is_degraded=False),
    )
    assert events == [
        ev.QualityDegraded(at_ms=10_000, participant_id="candidate"),
        ev.QualityRecovered(at_ms=20_000, participant_id="candidate"),
    ]


@pytest.mark.parametrize(
    "event", [connected(1, room="elsewhere"), connected(1, peer="nobody-we-know")]
)
async def test_what_concerns_nobody_here_passes_by(bench: Bench, event: relay.Event) -> None:
    assert await bench.take(event) == []
