"""The record under load: appends of many sittings at once, opening a sitting, starting a server.

The database is filled with sittings that are over before anything is measured (old_sittings.py).
The sittings that are live went through the append path, all of them in the midst of an exam with
everyone connected: a server that starts owes each of them its gap. A session has one sitting here.
Appends are measured at the store, in this process; starts and openings at a server process, over
HTTP, and openings of the record alone at the store.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.bounds import OutOfBoundsError
from loadtests.old_sittings import ended_story, fill, running_story
from loadtests.serving import Installation
from visiojury.record.entry import Draft
from visiojury.record.store import RecordStore

AT_ONCE = 50
PERIOD_S = 0.5
"""Each live sitting appends this often: ten times what an exam with trouble does."""
OPENED = 50
SYNCS = 500
PAGE = bytes(4096)
MOST_SITTINGS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What was measured with so many sittings in the database."""

    sittings: int
    entries: int
    database_mib: float
    fill_s: float
    append_p50_ms: float
    append_p99_ms: float
    burst_p99_ms: float
    """Appends of all the sittings in the same instant, again and again, without a pause."""
    sync_p50_ms: float
    """One page written and forced to the same disk: the least that an append can take."""
    sync_p99_ms: float
    load_p50_ms: float
    """A sitting read from the record, checked and folded."""
    load_p99_ms: float
    open_p50_ms: float
    """The same asked of a server process that does not have it in memory."""
    open_p99_ms: float
    erasures_ms: float
    """What is due for erasure, asked of a server process; nothing is."""
    start_s: float
    """A server process from its start until it is ready, with all live sittings."""
    gaps_recorded_s: float
    """The same, until the gap of every live sitting is recorded."""


@dataclass(frozen=True, slots=True)
class RecordFigures:
    events: int
    live: int
    scales: list[Scale]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        head = f"{self.events} events a sitting, {AT_ONCE} appending at once, {self.live} live"
        return [head, *(str(asdict(scale)) for scale in self.scales)]


@dataclass(frozen=True, slots=True)
class _Load:
    names: list[str]
    """The live sittings; the first ones append."""
    drafts: list[Draft]
    """One append."""
    rounds: int


async def measure_record(*, sittings: int, events: int, live: int, rounds: int) -> RecordFigures:
    """Measure with a hundredth, a tenth and all of `sittings` in the database.

    Raises:
        OutOfBoundsError: more than the disk should be asked for.
    """
    if not 100 <= sittings <= MOST_SITTINGS:
        raise OutOfBoundsError(f"from 100 to at most {MOST_SITTINGS} sittings")
    story, over = running_story(events), ended_story(events)
    with tempfile.TemporaryDirectory(prefix="visiojury-record-") as folder:
        installation = Installation(Path(folder))
        path = installation.record
        store = await RecordStore.open(path, wrapping_key=installation.wrapping_key)
        names = [f"live-{number}" for number in range(max(live, AT_ONCE))]
        for name in names:
            await store.append(name, story.drafts[:events])
        load = _Load(names, story.drafts[1:3], rounds)
        await store.close()
        scales, filled = [], 0
        for wanted in (sittings // 100, sittings // 10, sittings):
            begun = time.perf_counter()
            await asyncio.to_thread(fill, path, over, range(filled, wanted))
            filled, fill_s = wanted, time.perf_counter() - begun
            scales.append(await _measure(installation, filled, load, fill_s))
    return RecordFigures(events, len(names), scales)


async def _measure(installation: Installation, sittings: int, load: _Load, fill_s: float) -> Scale:
    chosen = [f"over-{n * sittings // OPENED}" for n in range(OPENED)]
    async with installation.started() as server:
        gaps_recorded_s = await server.gaps_recorded_s(len(load.names))
        opened_ms = [await server.open_ms(name) for name in dict.fromkeys(chosen)]
        erasures_ms = await server.erasures_ms()
        start_s = server.ready_s
    path = installation.record
    store = await RecordStore.open(path, wrapping_key=installation.wrapping_key)
    loaded_ms = [await _loaded_ms(store, name) for name in chosen]
    for name in load.names[:AT_ONCE]:
        await store.load(name)
    paced = await _append(store, load, pause_s=PERIOD_S)
    synced = await _synced_ms(path.with_name("floor"))
    burst = await _append(store, load, pause_s=0.0)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        (entries,) = connection.execute("SELECT sum(seq) FROM head").fetchone()
    return Scale(
        sittings=sittings,
        entries=entries,
        database_mib=_mib(path),
        fill_s=round(fill_s, 1),
        append_p50_ms=_share(paced, 0.5),
        append_p99_ms=_share(paced, 0.99),
        burst_p99_ms=_share(burst, 0.99),
        sync_p50_ms=_share(synced, 0.5),
        sync_p99_ms=_share(synced, 0.99),
        load_p50_ms=_share(loaded_ms, 0.5),
        load_p99_ms=_share(loaded_ms, 0.99),
        open_p50_ms=_share(opened_ms, 0.5),
        open_p99_ms=_share(opened_ms, 0.99),
        erasures_ms=round(erasures_ms, 1),
        start_s=round(start_s, 2),
        gaps_recorded_s=round(gaps_recorded_s, 2),
    )


async def _loaded_ms(store: RecordStore, session_id: str) -> float:
    begun = time.perf_counter()
    await store.load_session(session_id)
    return (time.perf_counter() - begun) * 1000


async def _synced_ms(path: Path) -> list[float]:
    """Return how long it takes to write one page and force it to disk, again and again, ms."""
    took_ms: list[float] = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            os.write(descriptor, PAGE)
            await asyncio.to_thread(os.fsync, descriptor)
            took_ms.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PERIOD_S / AT_ONCE)
    finally:
        os.close(descriptor)
    return took_ms


async def _append(store: RecordStore, load: _Load, *, pause_s: float) -> list[float]:
    """Return how long each append took, ms; with a pause, the sittings are out of step."""
    took_ms: list[float] = []

    async def write(name: str, offset_s: float) -> None:
        await asyncio.sleep(offset_s)
        for _ in range(load.rounds):
            begun = time.perf_counter()
            await store.append(name, load.drafts)
            took_ms.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(pause_s)

    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(load.names[:AT_ONCE]):
            group.create_task(write(name, pause_s * number / AT_ONCE))
    return took_ms


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


def _mib(path: Path) -> float:
    return round(path.stat().st_size / 2**20, 1)
