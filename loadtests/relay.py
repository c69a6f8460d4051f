"""Rooms full of light peers on one relay process: what a packet costs and how long it stays."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from statistics import median

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.floor import floor_us
from loadtests.packets import FRAMES_PER_S
from loadtests.peers import CHECK_EVERY_S, LightPeer
from media.client import RelayProcess
from media.messages import Event, PeerConnected, Stats

MAX_PEERS, MAX_SECONDS = 200, 300
_WARM_UP_S = 3.0
_AUDIO_PER_S = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the steady part of one run; delays are packet read by the kernel to last copy sent."""

    rooms: int
    people: int
    seconds: float
    packets_in_per_s: int
    packets_out_per_s: int
    cpu_us_per_packet_out: float
    floor_us: float
    """The least Python can do for a packet, here and now: build, encrypt, send."""
    ratio_to_floor: float
    cpu_share: float
    """Of one core."""
    delay_p50_ms: float
    """Median of the medians of each second."""
    delay_p99_ms: float
    """Median of the 99th percentiles of each second."""
    delay_max_ms: float
    loop_lag_max_ms: float
    connect_p50_ms: float
    not_received_ratio: float
    """Of the packets the relay sent; lost in the sockets of the light peers, too."""
    dropped: dict[str, int]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [f"{name:24} {value}" for name, value in asdict(self).items()]


class _Told:
    """What the relay said."""

    def __init__(self) -> None:
        self.stats: list[Stats] = []
        self.connect_s: list[float] = []

    def note(self, event: Event) -> None:
        match event:
            case Stats():
                self.stats.append(event)
            case PeerConnected():
                self.connect_s.append(event.offer_to_connected_s)
            case _:
                return


async def measure(*, rooms: int, people: int, seconds: float) -> Figures:
    """Run the load and return what was measured.

    Raises:
        ValueError: more peers or time than a load test may take.
    """
    if not (1 <= rooms * people <= MAX_PEERS and people >= 2 and 1 <= seconds <= MAX_SECONDS):
        raise ValueError(f"at most {MAX_PEERS} peers, at least 2 people, {MAX_SECONDS} seconds")
    told = _Told()
    relay = await RelayProcess.start(
        listen="127.0.0.1:0", announce=["127.0.0.1"], on_event=told.note
    )
    certificate = RTCCertificate.generateCertificate()
    peers = [
        LightPeer(f"room-{room}", f"peer-{person}", certificate)
        for room in range(rooms)
        for person in range(people)
    ]
    try:
        for peer in peers:
            await peer.join(relay, places=people - 1)
        received = await _send(peers, told, seconds)
    finally:
        for peer in peers:
            await peer.close()
        await relay.close()
    return _figures(told, rooms=rooms, people=people, seconds=seconds, received=received)


async def _send(peers: list[LightPeer], told: _Told, seconds: float) -> int:
    """Send for the warm-up and `seconds` more; return what arrived in the latter."""
    async with asyncio.TaskGroup() as tasks:
        for index, peer in enumerate(peers):
            tasks.create_task(_play(peer, _WARM_UP_S + seconds, offset_s=index / len(peers)))
        await asyncio.sleep(_WARM_UP_S)
        told.stats.clear()
        before = sum(peer.received for peer in peers)
        await asyncio.sleep(seconds)
        return sum(peer.received for peer in peers) - before


async def _play(peer: LightPeer, seconds: float, *, offset_s: float) -> None:
    """Send sound and picture at their own pace, not in step with the other peers."""
    began = time.monotonic() + offset_s * 0.033
    sounds = frames = checks = 0
    while (elapsed := time.monotonic() - began) < seconds:
        while sounds < elapsed * _AUDIO_PER_S:
            peer.send_audio()
            sounds += 1
        while frames < elapsed * FRAMES_PER_S:
            peer.send_frame()
            frames += 1
        if checks < elapsed / CHECK_EVERY_S:
            peer.check()
            checks += 1
        next_s = min(sounds / _AUDIO_PER_S, frames / FRAMES_PER_S)
        await asyncio.sleep(max(0.0, began + next_s - time.monotonic()))


def _figures(told: _Told, *, rooms: int, people: int, seconds: float, received: int) -> Figures:
    stats = told.stats
    first, last = stats[0], stats[-1]
    span_s = last.at_s - first.at_s
    packets_out = last.relay.packets_out - first.relay.packets_out
    floor = floor_us()
    cpu_s = last.relay.cpu_s - first.relay.cpu_s
    delays = [entry.relay.delay_ms for entry in stats[1:]]
    return Figures(
        rooms=rooms,
        people=people,
        seconds=seconds,
        packets_in_per_s=round((last.relay.packets_in - first.relay.packets_in) / span_s),
        packets_out_per_s=round(packets_out / span_s),
        cpu_us_per_packet_out=round(cpu_s / packets_out * 1e6, 2),
        floor_us=round(floor, 2),
        ratio_to_floor=round(cpu_s / packets_out * 1e6 / floor, 2),
        cpu_share=round(cpu_s / span_s, 3),
        delay_p50_ms=median(delay.p50 for delay in delays),
        delay_p99_ms=median(delay.p99 for delay in delays),
        delay_max_ms=max(delay.max for delay in delays),
        loop_lag_max_ms=max(entry.relay.loop_lag_max_ms for entry in stats[1:]),
        connect_p50_ms=round(median(told.connect_s) * 1000, 1),
        not_received_ratio=round(max(0.0, 1 - received / (packets_out / span_s * seconds)), 4),
        dropped=last.relay.dropped,
    )
