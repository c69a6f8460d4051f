"""A national exam day in small: a real server, rooms of five by light people, whole sessions.

`day` holds one session in each of N rooms, and in fewer before, to show how each figure grows;
rooms open and close one after the other, every third candidate's link is cut, each session ends
with its documents, and Prometheus' reading goes on all the while. `soak` holds session after
session in every room for as long as asked, and says how memory grows.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.attendants import attending
from loadtests.bounds import OutOfBoundsError
from loadtests.exams import Held, definition, hold
from loadtests.process import relays_of, usage
from loadtests.serving import Installation, Running

MAX_ROOMS, MAX_SECONDS = 60, 86_400.0
PEOPLE = 5
SCRAPE_S = 2.0
_OUTAGE_EVERY = 3
_MIB = 1 << 20
_LE = re.compile(r'^visiojury_record_append_seconds_bucket\{le="([^"]+)"\} (\S+)', re.MULTILINE)


@dataclass(slots=True)
class Sample:
    """What the processes of the installation used up to an instant."""

    at_s: float
    server_s: float
    server_mib: float
    relay_s: float
    relay_mib: float
    load_s: float


@dataclass(slots=True)
class Day:
    """What happened."""

    held: list[Held] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    metrics: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    rooms: int
    sessions: int
    errors: int
    error_texts: tuple[str, ...]
    packets_out_per_s: int
    server_cpu: float
    """Cores, on average, as the relay's and the load's."""
    relay_cpu: float
    load_cpu: float
    server_mib: float
    relay_mib: float
    server_mib_per_hour: float
    relay_mib_per_hour: float
    appends: int
    append_p99_ms: float
    """Upper bound of its bucket."""
    message_p50_ms: float
    message_p99_ms: float
    join_p50_ms: float
    join_p99_ms: float
    delay_p50_ms: float
    delay_p99_ms: float
    document_p99_ms: float


@dataclass(frozen=True, slots=True)
class DayFigures:
    seconds: float
    scales: tuple[Scale, ...]

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "errors": sum(scale.errors for scale in self.scales)}

    def lines(self) -> list[str]:
        names = list(asdict(self.scales[0]))
        table = [asdict(scale) for scale in self.scales]
        return [f"{name:20}" + "".join(f"{row[name]!s:>12}" for row in table) for name in names]


async def measure_day(*, rooms: int, seconds: float) -> DayFigures:
    """Hold days of growing size. Raises: OutOfBoundsError, for more than a load test may take."""
    _check(rooms, seconds)
    scales = sorted({max(1, rooms // 4), max(1, rooms // 2), rooms})
    return DayFigures(seconds, tuple([await _scale(n, seconds, until_s=0.0) for n in scales]))


async def measure_soak(*, rooms: int, seconds: float, sitting_s: float) -> DayFigures:
    """Hold session after session. Raises: OutOfBoundsError, for more than a load test may take."""
    _check(rooms, seconds)
    return DayFigures(seconds, (await _scale(rooms, sitting_s, until_s=seconds),))


def _check(rooms: int, seconds: float) -> None:
    if not (0 < rooms <= MAX_ROOMS and 0 < seconds <= MAX_SECONDS):
        raise OutOfBoundsError(
            f"at most {MAX_ROOMS} rooms and {MAX_SECONDS:.0f} s, and at least one"
        )


async def _scale(rooms: int, sitting_s: float, *, until_s: float) -> Scale:
    certificate, day = RTCCertificate.generateCertificate(), Day()
    with tempfile.TemporaryDirectory(prefix="visiojury-day-") as name:
        installation = Installation(Path(name), fronts=("127.0.0.1/32",))
        async with installation.started() as running, _watched(running, day):
            course = Course(running, certificate, sitting_s, time.monotonic() + until_s)
            async with asyncio.TaskGroup() as group:
                for room in range(rooms):
                    # One after the other, so that rooms open while others are in session.
                    begins_s = room * sitting_s / 2 / rooms
                    group.create_task(course.hold_in(room, day, begins_s=begins_s))
    return _figures(rooms, day)


@asynccontextmanager
async def _watched(running: Running, day: Day) -> AsyncIterator[None]:
    """Read metrics and the processes' use all the while, and once more at the end."""

    async def watch() -> None:
        while True:
            day.samples.append(_sample(running.pid))
            await running.scrape()
            await asyncio.sleep(SCRAPE_S)

    task = asyncio.get_running_loop().create_task(watch())
    try:
        yield
        day.metrics = await running.scrape()
        day.samples.append(_sample(running.pid))
    finally:
        task.cancel()


def _sample(pid: int) -> Sample:
    server, relays = usage(pid), [usage(relay) for relay in relays_of(pid)]
    return Sample(
        at_s=time.monotonic(),
        server_s=server.user_s + server.system_s,
        server_mib=server.resident_bytes / _MIB,
        relay_s=sum(one.user_s + one.system_s for one in relays),
        relay_mib=sum(one.resident_bytes for one in relays) / _MIB,
        load_s=sum(os.times()[:2]),
    )


@dataclass(frozen=True, slots=True)
class Course:
    """How sessions are held, in every room alike."""

    running: Running
    certificate: RTCCertificate
    sitting_s: float
    end_s: float
    """When the last session may begin, on the monotonic clock."""

    async def hold_in(self, room: int, day: Day, *, begins_s: float) -> None:
        """Hold sessions in one room until the end; at least one."""
        await asyncio.sleep(begins_s)
        # Each room is an office of its own: what one address may ask is not shared.
        headers = {"X-Forwarded-For": f"198.51.100.{room + 1}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            while True:
                await self._session(http, room, day)
                if time.monotonic() >= self.end_s:
                    return

    async def _session(self, http: aiohttp.ClientSession, room: int, day: Day) -> None:
        origin, has_outage = self.running.origin, room % _OUTAGE_EVERY == 0
        try:
            invited = await self.running.create(definition())
            async with attending(http, origin, invited, self.certificate, number=room) as who:
                people, group = who
                day.held.append(
                    await hold(people, group, seconds=self.sitting_s, has_outage=has_outage)
                )
        except* Exception as found:  # noqa: BLE001 - whatever it is, it is what is counted
            day.errors += [_said(error) for error in _leaves(found)]


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _figures(rooms: int, day: Day) -> Scale:
    first, last = day.samples[0], day.samples[-1]
    length_s = last.at_s - first.at_s
    messages = [s for held in day.held for s in held.messages_s]
    joins = [s for held in day.held for s in held.joins_s]
    delays = [s for held in day.held for s in held.delays_s]
    documents = [s for held in day.held for s in held.documents_s]
    buckets = [(float(le), float(count)) for le, count in _LE.findall(day.metrics)]
    appends = int(buckets[-1][1])
    late = day.samples[len(day.samples) // 4 :]
    return Scale(
        rooms=rooms,
        sessions=len(day.held),
        errors=len(day.errors),
        error_texts=tuple(sorted(set(day.errors))[:5]),
        packets_out_per_s=round(sum(held.packets for held in day.held) / length_s),
        server_cpu=round((last.server_s - first.server_s) / length_s, 3),
        relay_cpu=round((last.relay_s - first.relay_s) / length_s, 3),
        load_cpu=round((last.load_s - first.load_s) / length_s, 3),
        server_mib=round(last.server_mib, 1),
        relay_mib=round(last.relay_mib, 1),
        server_mib_per_hour=_slope(late, [one.server_mib for one in late]),
        relay_mib_per_hour=_slope(late, [one.relay_mib for one in late]),
        appends=appends,
        append_p99_ms=next(le for le, count in buckets if count >= 0.99 * appends) * 1000,
        message_p50_ms=_quantile_ms(messages, 0.5),
        message_p99_ms=_quantile_ms(messages, 0.99),
        join_p50_ms=_quantile_ms(joins, 0.5),
        join_p99_ms=_quantile_ms(joins, 0.99),
        delay_p50_ms=_quantile_ms(delays, 0.5),
        delay_p99_ms=_quantile_ms(delays, 0.99),
        document_p99_ms=_quantile_ms(documents, 0.99),
    )


def _quantile_ms(values: Sequence[float], share: float) -> float:
    """Return the value below which that share lies; 0 where there is none."""
    ordered = sorted(values)
    return round(ordered[int(len(ordered) * share)] * 1000, 2) if ordered else 0.0


def _slope(samples: Sequence[Sample], mib: Sequence[float]) -> float:
    """Return by how much memory grows, in MiB an hour; 0 where too little was seen."""
    if len(samples) < 2:
        return 0.0
    return round(statistics.linear_regression([s.at_s for s in samples], mib).slope * 3600, 1)
