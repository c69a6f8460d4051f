"""The load, in a process of its own: rooms full of light peers on a server that runs already.

`python -m loadtests.swarm PLAN`, started by `loadtests.relay`; prints one JSON object. Delay is
measured from outside, on both kinds of server alike: some packets have a length of their own,
which names their sender; from just before its `send` to the kernel's receipt of a copy.
How late the load itself sent is told with the figures: what it sends behind its pace comes all
at once, and waits in the server for that reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import uvloop
from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.janus import BITRATE_BPS, JanusDesk
from loadtests.packets import FRAMES_PER_S
from loadtests.peers import CHECK_EVERY_S, LightPeer
from loadtests.process import Usage, usage
from media.client import RelayLine
from media.messages import Event, Stats

WARM_UP_S = 3.0
_AUDIO_PER_S = 50
_PROBE_EVERY = 10
"""Of the sounds and of the pictures."""
_PROBE_S = _PROBE_EVERY / _AUDIO_PER_S
_SRTP_BYTES = 12 + 16
_STEP = 16
_AUDIO_PROBE, _VIDEO_PROBE, _LENGTHS = 112, 608, 24
"""Payload of the first sender's first; each further one's is `_STEP` longer."""


@dataclass(frozen=True, slots=True)
class Load:
    rooms: int
    people: int
    """In each room."""
    seconds: float
    """That count."""
    has_arrivals: bool
    """Whether the peers learn the path from arrivals (transport-cc); else from a limit (REMB)."""


@dataclass(frozen=True, slots=True)
class Plan:
    server: str
    """`visiojury` or `janus`."""
    address: str
    """Of Janus, or the path of the relay's control socket."""
    pid: int
    """Of the server, whose processor time counts."""
    load: Load


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the steady part of one run."""

    packets_in: int
    packets_out: int
    """Received by the peers' sockets."""
    delivered_ratio: float
    user_s: float
    system_s: float
    delay_p50_ms: float
    delay_p99_ms: float
    delay_max_ms: float
    delays: int
    late_p99_ms: float
    """Packets sent, behind their own pace: by the load, not by the server."""
    connect_p50_ms: float
    resident_mib: float
    dropped: dict[str, int]
    """By our relay, which tells; empty for Janus."""


class Hall:
    """One room: its peers, and when the last probe of each left."""

    def __init__(
        self, number: int, people: int, certificate: RTCCertificate, *, has_arrivals: bool
    ) -> None:
        self.number = number
        self.received = 0
        self.delays_s: list[float] = []
        self.late: Counter[int] = Counter()
        """How often it sent so many tenths of a millisecond behind its pace."""
        self._probes: dict[int, float] = {}
        self._latest_s = _PROBE_S * (_LENGTHS // people) / 2
        self.peers = [
            LightPeer(f"room-{number}", person, certificate, self._take, has_arrivals=has_arrivals)
            for person in range(people)
        ]

    def probe(self, first: int, person: int, number: int) -> int:
        """Note that a person's probe leaves now; return the length of payload that names it.

        The same length comes back after some others, so that a late copy is still known.
        """
        count = len(self.peers)
        size = first + _STEP * (person + count * (number % (_LENGTHS // count)))
        self._probes[size] = time.time()
        return size

    def _take(self, size: int, stamp_s: float | None) -> None:
        self.received += 1
        if stamp_s is None:
            return
        # A header extension that a server lets pass makes it a little longer.
        sent_s = self._probes.get((size - _SRTP_BYTES) // _STEP * _STEP)
        # Read so late that the next probe of this length may have left: which one this was is
        # not known.
        if sent_s is not None and time.time() - stamp_s < self._latest_s:
            self.delays_s.append(stamp_s - sent_s)

    async def play(self, peer: LightPeer, seconds: float, *, offset_s: float) -> None:
        """Send sound and picture at their own pace, not in step with the other peers."""
        began = time.monotonic() + offset_s
        sounds = frames = checks = reports = 0
        next_s = 0.0
        while (elapsed := time.monotonic() - began) < seconds:
            self.late[max(0, int((elapsed - next_s) * 10_000))] += 1
            while sounds < elapsed * _AUDIO_PER_S:
                sounds += 1
                if sounds % _PROBE_EVERY:
                    peer.send_audio()
                else:
                    peer.send_audio(self.probe(_AUDIO_PROBE, peer.number, sounds // _PROBE_EVERY))
            while frames < elapsed * FRAMES_PER_S:
                frames += 1
                if frames % _PROBE_EVERY:
                    peer.send_frame()
                else:
                    peer.send_frame(self.probe(_VIDEO_PROBE, peer.number, frames // _PROBE_EVERY))
            if checks < elapsed / CHECK_EVERY_S:
                checks += 1
                peer.check()
            if reports < elapsed:
                reports += 1
                peer.report()
            next_s = min(sounds / _AUDIO_PER_S, frames / FRAMES_PER_S)
            await asyncio.sleep(max(0.0, began + next_s - time.monotonic()))


class Connected:
    """How long each connection took, and what the relay said last."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.stats: Stats | None = None

    def note(self, event: Event) -> None:
        if isinstance(event, Stats):
            self.stats = event


@contextlib.asynccontextmanager
async def joined(plan: Plan, halls: list[Hall], told: Connected) -> AsyncIterator[None]:
    """Let everyone in, one after the other."""
    if plan.server == "janus":
        async with JanusDesk.open(plan.address) as janus:
            for hall in halls:
                await _fill_videoroom(janus, hall, told)
            yield
        return
    relay = await RelayLine.connect(Path(plan.address), told.note)
    for hall in halls:
        for peer in hall.peers:
            began = time.monotonic()
            await peer.join(relay, places=plan.load.people - 1)
            told.seconds.append(time.monotonic() - began)
    yield
    await relay.close()


async def _fill_videoroom(janus: JanusDesk, hall: Hall, told: Connected) -> None:
    room, people = 1000 + hall.number, len(hall.peers)
    fields = {"room": room, "publishers": people, "bitrate": BITRATE_BPS, "fir_freq": 0}
    await janus.message(
        await janus.attach(),
        {"request": "create", "audiocodec": "opus", "videocodec": "vp8", **fields},
    )
    for peer in hall.peers:
        began = time.monotonic()
        await peer.publish(janus, room, 1 + peer.number)
        told.seconds.append(time.monotonic() - began)
    for peer in hall.peers:
        feeds = [1 + other.number for other in hall.peers if other is not peer]
        await peer.subscribe(janus, room, feeds)


async def run(plan: Plan) -> Outcome:
    certificate, told = RTCCertificate.generateCertificate(), Connected()
    halls = [
        Hall(number, plan.load.people, certificate, has_arrivals=plan.load.has_arrivals)
        for number in range(plan.load.rooms)
    ]
    peers = [(hall, peer) for hall in halls for peer in hall.peers]
    async with joined(plan, halls, told), asyncio.TaskGroup() as tasks:
        for index, (hall, peer) in enumerate(peers):
            offset_s = index / len(peers) / FRAMES_PER_S
            tasks.create_task(
                hall.play(peer, WARM_UP_S + plan.load.seconds + 0.5, offset_s=offset_s)
            )
        await asyncio.sleep(WARM_UP_S)
        for hall in halls:
            hall.delays_s.clear()
            hall.late.clear()
        before = _counts(halls), usage(plan.pid)
        await asyncio.sleep(plan.load.seconds)
        after = _counts(halls), usage(plan.pid)
    outcome = _outcome(plan, halls, told, before, after)
    for _, peer in peers:
        await peer.close()
    return outcome


def _counts(halls: list[Hall]) -> tuple[int, int]:
    return sum(p.sent for hall in halls for p in hall.peers), sum(hall.received for hall in halls)


def _outcome(
    plan: Plan,
    halls: list[Hall],
    told: Connected,
    before: tuple[tuple[int, int], Usage],
    after: tuple[tuple[int, int], Usage],
) -> Outcome:
    sent, received = (after[0][index] - before[0][index] for index in (0, 1))
    delays = sorted(delay for hall in halls for delay in hall.delays_s) or [0.0]
    late = sorted(sum((hall.late for hall in halls), Counter[int]()).elements()) or [0]
    return Outcome(
        packets_in=sent,
        packets_out=received,
        delivered_ratio=round(received / (sent * (plan.load.people - 1)), 5),
        user_s=after[1].user_s - before[1].user_s,
        system_s=after[1].system_s - before[1].system_s,
        delay_p50_ms=round(delays[len(delays) // 2] * 1000, 4),
        delay_p99_ms=round(delays[len(delays) * 99 // 100] * 1000, 4),
        delay_max_ms=round(delays[-1] * 1000, 4),
        delays=len(delays),
        late_p99_ms=late[len(late) * 99 // 100] / 10,
        connect_p50_ms=round(median(told.seconds) * 1000, 1),
        resident_mib=round(after[1].resident_bytes / 2**20, 1),
        dropped={} if told.stats is None else told.stats.relay.dropped,
    )


def main() -> None:
    told = json.loads(sys.argv[1])
    plan = Plan(**told | {"load": Load(**told["load"])})
    gc.disable()  # its pauses would be taken for the server's; what it leaves behind is little
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(run(plan)))))


if __name__ == "__main__":
    main()
