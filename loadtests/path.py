"""The path of one packet through the relay, alone: no other process, one source, four receivers.

Tells what our code adds to the least a packet can cost (`loadtests.floor`), even on a machine
that has other work: both are measured in this process, one right after the other.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests import packets
from loadtests.floor import floor_us
from loadtests.peers import LightPeer
from media.aiortc_seam import PacketBuffer
from media.allowance import Allowance
from media.commands import Commander
from media.messages import Command, Done, Joined, Refused
from media.relay import Ports, Relay
from media.udp import UDPSocket

PEOPLE, FRAMES, RUNS = 5, 1000, 5


@dataclass(frozen=True, slots=True)
class PathFigures:
    """Medians of the runs; CPU time of this process."""

    runs: int
    packets_out_per_run: int
    cpu_us_per_packet_out: float
    floor_us: float
    ratio_to_floor: float

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [f"{name:24} {value}" for name, value in asdict(self).items()]


class _Desk:
    """Stands where the control stream would: commands are carried out in this process."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self.udp = UDPSocket("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        self.relay = Relay(
            Ports(self.udp, lambda _: None, self._spawn, time.monotonic, loop.call_later)
        )
        self._commander = Commander(self.relay, announced=("127.0.0.1",), port=self.udp.port)
        asyncio.get_running_loop().add_reader(
            self.udp.fileno(),
            self.udp.drain,
            self.relay.datagram,
            self.relay.flush,
            self.relay.meter.delayed,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> object:
        return self._tasks.create_task(work)

    async def request(self, command: Command) -> Joined | Done:
        reply = self._commander.carry_out(command, time.monotonic())
        assert not isinstance(reply, Refused)
        return reply


async def measure_path() -> PathFigures:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        async with asyncio.TaskGroup() as tasks:
            desk = _Desk(tasks)
            certificate = RTCCertificate.generateCertificate()
            peers = [LightPeer("room", i, certificate) for i in range(PEOPLE)]
            for peer in peers:
                await peer.join(desk, places=PEOPLE - 1)
            await asyncio.sleep(0.2)  # our side of the last handshake
            for known in desk.relay.peers:
                assert known.connection is not None
                known.connection.agent.selected = sink.getsockname()
            pairs = [(_run(desk.relay, peers[0]), floor_us()) for _ in range(RUNS)]
            count = desk.relay.meter.packets_out // RUNS
            asyncio.get_running_loop().remove_reader(desk.udp.fileno())
            for peer in peers:
                await peer.close()
            desk.relay.stop()
    return PathFigures(
        runs=RUNS,
        packets_out_per_run=count,
        cpu_us_per_packet_out=round(median(path for path, _ in pairs), 2),
        floor_us=round(median(floor for _, floor in pairs), 2),
        ratio_to_floor=round(median(path / floor for path, floor in pairs), 2),
    )


def _run(relay: Relay, source: LightPeer) -> float:
    """Return CPU microseconds per packet out, of packets encrypted beforehand.

    What a camera sends together is read together: each picture's packets are one batch.
    """
    batches = [source.encrypted(audio=index % 3 == 0, video=True) for index in range(FRAMES)]
    buffer, address, step_s = PacketBuffer(), source.address, 1 / packets.FRAMES_PER_S
    (known,) = [peer for peer in relay.peers if peer.name == source.name]
    assert known.connection is not None
    before, began, start = relay.meter.packets_out, time.process_time(), time.monotonic()
    known.connection.allowance = allowance = Allowance(now=start)
    for index, batch in enumerate(batches):
        allowance.refill(start + index * step_s)  # the time of the packets, not of this run
        for datagram in batch:
            buffer.view[: len(datagram)] = datagram
            relay.datagram(buffer, len(datagram), address, start + index * step_s)
        relay.flush()
    spent = time.process_time() - began
    return spent / (relay.meter.packets_out - before) * 1e6
