"""Rooms full of light peers on a relay, or on Janus with the same load: what a packet costs.

Each run starts its server anew on one core and its load on the other, with a cable between
them. With Janus the runs alternate, and each pair gives one ratio: what both meet in the same
minute of a machine that has other work falls out of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import platform
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from loadtests import janus
from loadtests.bounds import OutOfBoundsError
from loadtests.floor import floor_us, slowdown
from loadtests.network import Network, network
from loadtests.swarm import Load, Outcome, Plan

MAX_PEERS, MAX_SECONDS, MAX_RUNS = 200, 300, 20
_MEDIA_PORT = 40_000
_START_S = 20.0


@dataclass(frozen=True, slots=True)
class Side:
    """Medians over the runs of one server."""

    packets_in_per_s: int
    packets_out_per_s: int
    delivered_ratio: float
    cpu_us_per_packet_out: float
    user_us_per_packet_out: float
    system_us_per_packet_out: float
    cpu_share: float
    """Of its core."""
    delay_p50_ms: float
    delay_p99_ms: float
    delay_max_ms: float
    late_p99_ms: float
    """Packets sent by the load, behind their own pace: a burst then waits in the server."""
    connect_p50_ms: float
    """Offer to DTLS, as a peer sees it."""
    resident_mib: float
    dropped: dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    rooms: int
    people: int
    seconds: float
    runs: int
    has_arrivals: bool
    """Whether senders learn the path from arrivals (transport-cc); else from a limit (REMB)."""
    is_isolated: bool
    """Two network namespaces; else loopback, for want of root."""
    machine: str
    versions: dict[str, str]
    floor_us: float
    """The least Python can do for a packet, here and now: build, encrypt, send."""
    slowdown_p99: float
    """How much slower this machine is in its slowest hundredth of 10 ms, with nothing of ours."""
    visiojury: Side
    janus: Side | None
    ratio: float | None
    """Ours over Janus's processor time per packet out: median of those of each pair of runs."""
    ratios: list[float]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        lines = [f"{name:26} {value}" for name, value in asdict(self).items() if name not in _SIDES]
        for name in _SIDES:
            side = getattr(self, name)
            if side is not None:
                lines += [f"{name:10} {key:26} {value}" for key, value in asdict(side).items()]
        return lines


_SIDES = ("visiojury", "janus")


async def measure(
    *,
    rooms: int,
    people: int,
    seconds: float,
    runs: int = 1,
    against: str | None = None,
    has_arrivals: bool = True,
) -> Figures:
    """Run the load and return what was measured.

    Args:
        rooms: full of people.
        people: in each room.
        seconds: that count of each run.
        runs: of each server.
        against: the server to compare with.
        has_arrivals: whether senders learn the path from arrivals, as browsers of now do; else
            they are told a limit.

    Raises:
        OutOfBoundsError: more peers, time or runs than a load test may take.
        NoJanusError: it is to be measured against, and is not there.
    """
    load = Load(rooms, people, seconds, has_arrivals)
    _check_bounds(load, runs)
    servers = ["visiojury"]
    if against is not None:
        janus.install()
        servers.append("janus")
    outcomes: dict[str, list[Outcome]] = {server: [] for server in servers}
    with network() as wire:
        for _ in range(runs):
            for server in servers:
                outcomes[server].append(await _run(wire, server, load))
    sides = {server: _side(runs, seconds) for server, runs in outcomes.items()}
    pairs = zip(outcomes["visiojury"], outcomes.get("janus", []), strict=False)
    ratios = [round(_cpu_us(ours) / _cpu_us(theirs), 3) for ours, theirs in pairs]
    return Figures(
        rooms=rooms,
        people=people,
        seconds=seconds,
        runs=runs,
        has_arrivals=has_arrivals,
        is_isolated=wire.is_isolated,
        machine=f"{platform.system()} {platform.release()} {platform.machine()}",
        versions=_versions(against),
        floor_us=round(floor_us(), 2),
        slowdown_p99=round(slowdown(), 1),
        visiojury=sides["visiojury"],
        janus=sides.get("janus"),
        ratio=round(median(ratios), 3) if ratios else None,
        ratios=ratios,
    )


def _check_bounds(load: Load, runs: int) -> None:
    """Raises: OutOfBoundsError: more than a load test may take."""
    if not (
        1 <= load.rooms * load.people <= MAX_PEERS
        and 2 <= load.people <= 24
        and 1 <= load.seconds <= MAX_SECONDS
        and 1 <= runs <= MAX_RUNS
    ):
        raise OutOfBoundsError(
            f"at most {MAX_PEERS} peers, 2 to 24 people, {MAX_SECONDS} seconds, {MAX_RUNS} runs"
        )


def _versions(against: str | None) -> dict[str, str]:
    ours = {"python": platform.python_version()}
    return ours if against is None else {**ours, "janus": janus.version()}


async def _run(wire: Network, server: str, load: Load) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        running = _janus(wire, folder) if server == "janus" else _relay(wire, folder)
        async with running as (address, pid):
            plan = Plan(server, address, pid, load)
            swarm = await asyncio.create_subprocess_exec(
                *(*wire.load, sys.executable, "-m", "loadtests.swarm", json.dumps(asdict(plan))),
                stdout=asyncio.subprocess.PIPE,
            )
            output, _ = await swarm.communicate()
    if swarm.returncode:
        raise RuntimeError(f"the load on {server} ended with {swarm.returncode}")
    return Outcome(**json.loads(output))


@contextlib.asynccontextmanager
async def _janus(wire: Network, folder: Path) -> AsyncIterator[tuple[str, int]]:
    async with janus.running(wire.relay, wire.address, folder) as pid:
        yield wire.address, pid


@contextlib.asynccontextmanager
async def _relay(wire: Network, folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Run our relay alone; yield the path of its control socket and its process id."""
    path = folder / "relay.sock"
    process = await asyncio.create_subprocess_exec(
        *(*wire.relay, sys.executable, "-m", "media", "--control-socket", str(path)),
        *("--listen", f"{wire.address}:{_MEDIA_PORT}", "--announce", wire.address),
    )
    try:
        async with asyncio.timeout(_START_S):
            while not path.exists():  # noqa: ASYNC110  a file has no event
                await asyncio.sleep(0.05)
        yield str(path), process.pid
    finally:
        process.terminate()
        await process.wait()


def _cpu_us(outcome: Outcome) -> float:
    return (outcome.user_s + outcome.system_s) / outcome.packets_out * 1e6


def _side(outcomes: list[Outcome], seconds: float) -> Side:
    def middle(figures: list[float], digits: int = 3) -> float:
        return round(median(figures), digits)

    return Side(
        packets_in_per_s=round(median(o.packets_in for o in outcomes) / seconds),
        packets_out_per_s=round(median(o.packets_out for o in outcomes) / seconds),
        delivered_ratio=middle([o.delivered_ratio for o in outcomes], 5),
        cpu_us_per_packet_out=middle([_cpu_us(o) for o in outcomes], 2),
        user_us_per_packet_out=middle([o.user_s / o.packets_out * 1e6 for o in outcomes], 2),
        system_us_per_packet_out=middle([o.system_s / o.packets_out * 1e6 for o in outcomes], 2),
        cpu_share=middle([(o.user_s + o.system_s) / seconds for o in outcomes]),
        delay_p50_ms=middle([o.delay_p50_ms for o in outcomes]),
        delay_p99_ms=middle([o.delay_p99_ms for o in outcomes]),
        delay_max_ms=max(o.delay_max_ms for o in outcomes),
        late_p99_ms=middle([o.late_p99_ms for o in outcomes]),
        connect_p50_ms=middle([o.connect_p50_ms for o in outcomes], 1),
        resident_mib=middle([o.resident_mib for o in outcomes], 1),
        dropped=outcomes[-1].dropped,
    )
