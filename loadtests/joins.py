"""Joins and leaves by the thousand on one relay: how long a join takes, and what memory remains.

One participant of a room sends sound all the while; each newcomer joins, waits for the first
packet of it, and leaves. Then peers stay and do nothing, to see what an idle one costs.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from statistics import median

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.bounds import OutOfBoundsError
from loadtests.peers import LightPeer
from loadtests.process import usage
from media.client import RelayProcess
from media.messages import Leave

MAX_JOINS = 10_000
ROOM, PLACES = "room", 9
WARM_UP = 100
"""Joins before memory is looked at: tables and pools grow to their size."""
IDLE = 100
_PER_ROOM = 20
_MIB, _KIB = 1 << 20, 1 << 10
_SOUND_S, _MEDIA_S = 0.02, 5.0
_REST_S = 5.0


@dataclass(frozen=True, slots=True)
class JoinFigures:
    joins: int
    join_p50_ms: float
    """Offer sent to the first packet of the other's sound."""
    join_p99_ms: float
    resident_before_mib: float
    """After the warm-up."""
    resident_after_mib: float
    growth_kib: float
    growth_of_last_half_kib: float
    idle_peers: int
    idle_peer_kib: float

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [f"{name:26} {value}" for name, value in asdict(self).items()]


class _Newcomer:
    """Joins, hears something, leaves."""

    def __init__(self, number: int, certificate: RTCCertificate) -> None:
        self._heard = asyncio.Event()
        self._peer = LightPeer(ROOM, number, certificate, lambda _size, _stamp: self._heard.set())

    async def visit(self, relay: RelayProcess) -> float:
        """Return how long it took to hear something, in seconds."""
        began = time.monotonic()
        await self._peer.join(relay, places=PLACES)
        async with asyncio.timeout(_MEDIA_S):
            await self._heard.wait()
        took_s = time.monotonic() - began
        await relay.request(Leave(room=ROOM, peer=self._peer.name))
        await self._peer.close()
        return took_s


async def measure_joins(*, joins: int) -> JoinFigures:
    """Raises: OutOfBoundsError, when more are asked for than a load test may take."""
    if not 2 <= joins <= MAX_JOINS:
        raise OutOfBoundsError(f"2 to {MAX_JOINS} joins")
    certificate = RTCCertificate.generateCertificate()
    relay = await RelayProcess.start(
        listen="127.0.0.1:0", announce=["127.0.0.1"], on_event=lambda _: None
    )
    speaker = LightPeer(ROOM, -1, certificate)
    try:
        await speaker.join(relay, places=PLACES)
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(_speak(speaker))
            took_s, resident = await _visits(relay, joins, certificate)
            idle_bytes = await _idle(relay, certificate)
            speaking.cancel()
    finally:
        await speaker.close()
        await relay.close()
    took_s.sort()
    return JoinFigures(
        joins=joins,
        join_p50_ms=round(median(took_s) * 1000, 1),
        join_p99_ms=round(took_s[len(took_s) * 99 // 100] * 1000, 1),
        resident_before_mib=round(resident[0] / _MIB, 2),
        resident_after_mib=round(resident[-1] / _MIB, 2),
        growth_kib=round((resident[-1] - resident[0]) / _KIB, 1),
        growth_of_last_half_kib=round((resident[-1] - resident[1]) / _KIB, 1),
        idle_peers=IDLE,
        idle_peer_kib=round(idle_bytes / IDLE / _KIB, 1),
    )


async def _speak(speaker: LightPeer) -> None:
    checked_s = time.monotonic()
    while True:
        speaker.send_audio()
        if time.monotonic() - checked_s > 1.0:
            checked_s = time.monotonic()
            speaker.check()
        await asyncio.sleep(_SOUND_S)


async def _visits(
    relay: RelayProcess, joins: int, certificate: RTCCertificate
) -> tuple[list[float], list[int]]:
    """Return the time of each join, and resident bytes before them, halfway and after."""
    pid, took_s = relay.ready.pid, list[float]()
    for number in range(WARM_UP):
        await _Newcomer(number, certificate).visit(relay)
    resident = [await _at_rest(pid)]
    for half in (joins // 2, joins - joins // 2):
        for number in range(half):
            took_s.append(await _Newcomer(number, certificate).visit(relay))
        resident.append(await _at_rest(pid))
    return took_s, resident


async def _at_rest(pid: int) -> int:
    """Return the resident bytes once the last connections are closed, on both sides."""
    await asyncio.sleep(_REST_S)
    return usage(pid).resident_bytes


async def _idle(relay: RelayProcess, certificate: RTCCertificate) -> int:
    """Return by how many bytes the relay grows for peers that join and do nothing."""
    before = usage(relay.ready.pid).resident_bytes
    peers = [
        LightPeer(f"idle-{number // _PER_ROOM}", number, certificate) for number in range(IDLE)
    ]
    for peer in peers:
        await peer.join(relay, places=PLACES)
    grown = usage(relay.ready.pid).resident_bytes - before
    for peer in peers:
        await peer.close()
    return grown
