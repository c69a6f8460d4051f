"""Cuts of known start and length below light peers: what the relay finds of them, and when.

Rooms of two, each peer over a wire of its own (`wire.py`). Against each cut stands what passed
through the wire: the last packet before it and the first one after. Source: requirement D7, bars
of the design of exam time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.bounds import OutOfBoundsError
from loadtests.peers import CHECK_EVERY_S
from loadtests.reporting import PICTURE_REPORT_S, SOUND_REPORT_S, ReportingPeer, Through
from loadtests.wire import Cut, Flow, Path, Wire
from media.client import RelayProcess
from media.kinds import WATCHED, Direction, Stream
from media.messages import Event, StreamInterrupted, StreamRestored

MAX_PEERS, MAX_SECONDS = 40, 3600
SHORTEST_S, LONGEST_S = 0.3, 30.0
_LONGEST_SILENCE_S = 29.0
"""After 30 s without a datagram a peer is gone, which is another event."""
BETWEEN_S = (6.0, 10.0)
"""Between two cuts of a peer: reports of sound come every five seconds."""
_WARM_UP_S = 6.0
_SETTLE_S = 7.0
_MUST_FIND_S = {Stream.AUDIO: 1.5, Stream.VIDEO: 2.5}
_SAME_S = 1.0
"""A finding within this time of a cut is of that cut."""
_WATCH_S, _STALL_S = 0.05, 0.3
_SOUNDS_PER_S, _PICTURES_PER_S = 50, 20
PATHS = tuple(
    Path(loss_ratio, delay_s, jitter_s)
    for loss_ratio in (0.0, 0.02, 0.05)
    for delay_s, jitter_s in ((0.0, 0.0), (0.05, 0.02))
)
HARD_PATH = Path(loss_ratio=0.05, delay_s=0.1, jitter_s=0.1)
"""300 ms there and back, 100 ms of jitter each way, 5 % lost each way."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One flow that was cut."""

    peer: str
    flow: Flow
    begin: float
    end: float
    is_covered: bool
    """The whole link was down: what is known of the way down came up over it, or not at all."""

    @property
    def must_be_found(self) -> bool:
        return not self.is_covered and self.end - self.begin >= _MUST_FIND_S[self.flow[1]]


@dataclass(slots=True)
class Finding:
    """One interruption as the relay told it."""

    peer: str
    flow: Flow
    since: float
    told_at: float
    witness: str
    until: float | None = None


Figure = Callable[[Truth, Finding], float]
Cuts = Coroutine[Any, Any, list[Truth]]


Stall = tuple[float, float]
"""From when to when the load itself did not run."""


@dataclass(frozen=True, slots=True)
class Spread:
    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Return None of no values."""
        if not values:
            return None
        ranked = sorted(values)
        at_99 = ranked[math.ceil(0.99 * len(ranked)) - 1]
        return cls(*(round(v, 3) for v in (ranked[len(ranked) // 2], at_99, ranked[-1])))


@dataclass(frozen=True, slots=True)
class OutageFigures:
    """`injected` are the cuts that must be found: sound from 1.5 s, picture from 2.5 s."""

    peers: int
    seconds: float
    injected: int
    found: int
    missed: int
    false: int
    stalled: int
    """Found while this process did not run: its peers were silent in truth."""
    stalls_s: list[float]
    """How long it did not, each time."""
    shorter: int
    """Flows cut shorter than that, or downwards on a link that was down as a whole: they may be
    found or not."""
    start_error_s: dict[str, Spread | None]
    """Recorded against true start, absolute, by direction and stream."""
    length_error_s: dict[str, Spread | None]
    shown_after_s: dict[str, Spread | None]
    """True start to the event at the server's end of the control stream."""
    missed_cuts: list[str]
    false_findings: list[str]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [f"{name:18} {value}" for name, value in asdict(self).items()]


@dataclass(slots=True)
class _Told:
    """What the relay said of streams, in order."""

    findings: list[Finding] = field(default_factory=list)

    def note(self, event: Event) -> None:
        match event:
            case StreamInterrupted():
                self.findings.append(
                    Finding(
                        event.peer,
                        (event.direction, event.stream),
                        event.since_s,
                        time.monotonic(),
                        event.witness,
                    )
                )
            case StreamRestored():
                flow = (event.direction, event.stream)
                for finding in reversed(self.findings):
                    if (finding.peer, finding.flow, finding.until) == (event.peer, flow, None):
                        finding.until = event.at_s
                        return
            case _:
                return


async def measure_outages(
    *, peers: int, seconds: float, seed: int, is_steady: bool
) -> OutageFigures:
    """Run the load and return what was found.

    Args:
        peers: in rooms of two.
        seconds: in which cuts begin; the last ones still end.
        seed: of cuts and paths.
        is_steady: no cut at all, on `HARD_PATH`: whatever is found is false.

    Raises:
        OutOfBoundsError: more peers or time than a load test may take.
    """
    if not (2 <= peers <= MAX_PEERS and peers % 2 == 0 and 1 <= seconds <= MAX_SECONDS):
        raise OutOfBoundsError(
            f"an even number of peers up to {MAX_PEERS}, up to {MAX_SECONDS} seconds"
        )
    told, dice = _Told(), random.Random(seed)
    relay = await RelayProcess.start(
        listen="127.0.0.1:0", announce=["127.0.0.1"], on_event=told.note
    )
    try:
        async with _connected(relay, peers, dice, is_steady=is_steady) as robots:
            cuts = _no_cuts(seconds) if is_steady else _cut_all(robots, seconds, dice)
            truths, stalls = await _play(robots, relay, cuts)
            findings = list(told.findings)
    finally:
        await relay.close()
    return _figures(findings, truths, stalls, peers=peers, seconds=seconds)


@contextlib.asynccontextmanager
async def _connected(
    relay: RelayProcess, peers: int, dice: random.Random, *, is_steady: bool
) -> AsyncIterator[list[ReportingPeer]]:
    certificate = RTCCertificate.generateCertificate()
    robots: list[ReportingPeer] = []
    try:
        for index in range(peers):
            path = HARD_PATH if is_steady else PATHS[index // 2 % len(PATHS)]
            wire = Wire(relay.ready.port, path, dice.randrange(1 << 30))
            await wire.open()
            robot = ReportingPeer(f"room-{index // 2}", index, certificate, wire)
            robots.append(robot)
            await robot.join(Through(relay, wire), places=1)
        yield robots
    finally:
        for robot in robots:
            await robot.close()
            robot.wire.close()


async def _play(
    robots: list[ReportingPeer], relay: RelayProcess, cuts: Cuts
) -> tuple[list[Truth], list[Stall]]:
    stalls: list[Stall] = []
    async with asyncio.TaskGroup() as tasks:
        playing = [
            tasks.create_task(work)
            for index, robot in enumerate(robots)
            for work in (_send(robot, index / len(robots)), robot.testify(relay))
        ]
        playing.append(tasks.create_task(_note_stalls(stalls)))
        truths = await cuts
        await asyncio.sleep(_SETTLE_S)
        for task in playing:
            task.cancel()
    return truths, stalls


async def _note_stalls(stalls: list[Stall]) -> None:
    """Watch this loop: on a shared machine it may be the one that is late."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(_WATCH_S)
        now = time.monotonic()
        if now - before - _WATCH_S > _STALL_S:
            stalls.append((before, now))


async def _send(robot: ReportingPeer, share: float) -> None:
    """Send sound, pictures, reports and checks, each at its pace, until cancelled."""
    paces = (
        (1 / _SOUNDS_PER_S, robot.send_audio),
        (1 / _PICTURES_PER_S, robot.send_picture),
        (PICTURE_REPORT_S, lambda: robot.report_on(Stream.VIDEO)),
        (SOUND_REPORT_S, lambda: robot.report_on(Stream.AUDIO)),
        (CHECK_EVERY_S, robot.check),
    )
    now = time.monotonic()
    due = [now + share * period_s for period_s, _ in paces]
    while True:
        now = time.monotonic()
        for index, (period_s, act) in enumerate(paces):
            if due[index] <= now:
                due[index] += period_s
                act()
        await asyncio.sleep(max(0.0, min(due) - time.monotonic()))


async def _no_cuts(seconds: float) -> list[Truth]:
    await asyncio.sleep(_WARM_UP_S + seconds)
    return []


async def _cut_all(robots: list[ReportingPeer], seconds: float, dice: random.Random) -> list[Truth]:
    await asyncio.sleep(_WARM_UP_S)
    truths: list[Truth] = []
    async with asyncio.TaskGroup() as tasks:
        # Each room has its cuts one at a time: what one peer does not send, the other cannot miss.
        for room in range(0, len(robots), 2):
            seed = dice.randrange(1 << 30)
            tasks.create_task(_cut_room(robots[room : room + 2], seconds, seed, truths))
    return truths


async def _cut_room(
    pair: list[ReportingPeer], seconds: float, seed: int, truths: list[Truth]
) -> None:
    dice = random.Random(seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(*BETWEEN_S))
        robot = dice.choice(pair)
        length_s = SHORTEST_S * math.pow(LONGEST_S / SHORTEST_S, dice.random())
        cut = _any_cut(dice)
        bounds = await robot.wire.interrupt(cut, min(length_s, _LONGEST_SILENCE_S))
        is_link = all(cut.stops(direction, None) for direction in Direction)
        truths += [
            Truth(robot.name, flow, *bound, is_link and flow[0] is Direction.RECEIVED)
            for flow, bound in bounds.items()
        ]


def _any_cut(dice: random.Random) -> Cut:
    directions = dice.choice([[Direction.SENT], [Direction.RECEIVED], list(Direction)])
    streams = dice.choice([list(WATCHED), [Stream.AUDIO], [Stream.VIDEO]])
    return Cut(frozenset(directions), frozenset(streams))


def _figures(
    findings: list[Finding],
    truths: list[Truth],
    stalls: list[Stall],
    *,
    peers: int,
    seconds: float,
) -> OutageFigures:
    pairs: list[tuple[Truth, Finding]] = []
    missed: list[Truth] = []
    unexplained = list(findings)
    for truth in truths:
        found = next((f for f in unexplained if _is_of(f, truth)), None)
        if found is not None:
            unexplained.remove(found)
            pairs.append((truth, found))
        elif truth.must_be_found:
            missed.append(truth)
    false = [finding for finding in unexplained if not _is_in(finding, stalls)]
    sure = [(truth, found) for truth, found in pairs if truth.must_be_found]
    return OutageFigures(
        peers=peers,
        seconds=seconds,
        injected=len(sure) + len(missed),
        found=len(sure),
        missed=len(missed),
        false=len(false),
        stalled=len(unexplained) - len(false),
        stalls_s=[round(end - begin, 2) for begin, end in stalls],
        shorter=sum(not truth.must_be_found for truth in truths),
        start_error_s=_spread(sure, lambda truth, found: abs(found.since - truth.begin)),
        length_error_s=_spread(
            sure,
            lambda truth, found: abs(
                (found.until or math.inf) - found.since - (truth.end - truth.begin)
            ),
        ),
        shown_after_s=_spread(sure, lambda truth, found: found.told_at - truth.begin),
        missed_cuts=[_name(t.peer, t.flow, t.end - t.begin) for t in missed[:20]],
        false_findings=[
            f"{_name(f.peer, f.flow, (f.until or math.inf) - f.since)} ({f.witness})"
            for f in false[:20]
        ],
    )


def _name(peer: str, flow: Flow, length_s: float) -> str:
    return f"{peer} {flow[0]} {flow[1]} {length_s:.2f} s"


def _is_in(finding: Finding, stalls: list[Stall]) -> bool:
    until = finding.told_at if finding.until is None else finding.until
    return any(finding.since <= end and until >= begin for begin, end in stalls)


def _is_of(finding: Finding, truth: Truth) -> bool:
    if (finding.peer, finding.flow) != (truth.peer, truth.flow):
        return False
    return truth.begin - _SAME_S <= finding.since <= truth.end


def _spread(sure: list[tuple[Truth, Finding]], figure: Figure) -> dict[str, Spread | None]:
    return {
        f"{direction} {stream}": Spread.of(
            [figure(truth, found) for truth, found in sure if truth.flow == (direction, stream)]
        )
        for direction in Direction
        for stream in WATCHED
    }
