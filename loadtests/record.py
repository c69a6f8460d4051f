"""The record under load: appends of many sittings at once, opening a sitting, opening all.

The database is filled with sittings that are over before anything is measured. Each is a copy of
one that the exam's own rules made: another session, other identifiers, its chain made anew and
holding; written straight into the tables, for the append path would take an hour. The sittings
that are measured, live ones, went through the append path. A session has one sitting here.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.builders import WRAPPING_KEY, Story
from visiojury.record import chain
from visiojury.record.entry import Draft, Entry
from visiojury.record.fold import fold
from visiojury.record.store import RecordStore

AT_ONCE = 50
PERIOD_S = 0.5
"""Each live sitting appends this often: ten times what an exam with trouble does."""
OPENED = 50
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
    open_p50_ms: float
    open_p99_ms: float
    open_live_s: float
    """All live sittings, one after the other, as a server that starts does."""


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
    drafts: list[Draft]
    """One append."""
    rounds: int


async def measure_record(*, sittings: int, events: int, live: int, rounds: int) -> RecordFigures:
    """Measure with a quarter, a half and all of `sittings` in the database.

    Raises:
        ValueError: more than the disk should be asked for.
    """
    if not 4 <= sittings <= MOST_SITTINGS:
        raise ValueError(f"from 4 to at most {MOST_SITTINGS} sittings")
    story = _long_story(events)
    template = story.entries[:events]
    with tempfile.TemporaryDirectory(prefix="visiojury-record-") as folder:
        path = Path(folder) / "record.db"
        store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
        names = [f"live-{number}" for number in range(max(live, AT_ONCE))]
        for name in names:
            await store.append(name, story.drafts[:events])
        scales, filled = [], 0
        for wanted in (sittings // 4, sittings // 2, sittings):
            begun = time.perf_counter()
            _fill(path, template, range(filled, wanted))
            filled, fill_s = wanted, time.perf_counter() - begun
            load = _Load(names, story.drafts[1:3], rounds)
            scales.append(await _measure(path, filled, load, fill_s))
        await store.close()
    return RecordFigures(events, live, scales)


def _long_story(events: int) -> Story:
    """Return a sitting with outages until it has so many events."""
    story = Story()
    story.open_sitting()
    while len(story.drafts) < events:
        story.wait(20)
        story.cut("candidate", 3.0)
    return story


def _fill(path: Path, template: list[Entry], numbers: range) -> None:
    """Write copies of `template`, one a session; how many at once does not matter here."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in numbers:
            rows = list(_copy(template, f"over-{number}"))
            last = rows[-1]
            head = (last[0], last[1], last[4], True)
            connection.execute("INSERT INTO head VALUES (?, ?, ?, ?)", head)
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)


def _copy(template: list[Entry], session_id: str) -> Iterator[tuple[str, int, str, str, str]]:
    previous = chain.genesis(session_id)
    old = f'"session_id":"{template[0].session_id}"'.encode()
    new = f'"session_id":"{session_id}"'.encode()
    for entry in template:
        entry_id = f"{session_id}-{entry.seq}"
        raw = entry.raw.replace(old, new).replace(entry.previous.encode(), previous.encode())
        raw = raw.replace(entry.entry_id.encode(), entry_id.encode())
        previous = chain.digest(previous, raw)
        yield session_id, entry.seq, entry_id, raw.decode(), previous


async def _measure(path: Path, sittings: int, load: _Load, fill_s: float) -> Scale:
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    begun = time.perf_counter()
    for name in load.names:
        fold(await store.load(name))
    open_live_s = time.perf_counter() - begun
    opened_ms = [await _open(store, f"over-{n * sittings // OPENED}") for n in range(OPENED)]
    paced = await _append(store, load, pause_s=PERIOD_S)
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
        open_p50_ms=_share(opened_ms, 0.5),
        open_p99_ms=_share(opened_ms, 0.99),
        open_live_s=round(open_live_s, 2),
    )


async def _open(store: RecordStore, session_id: str) -> float:
    begun = time.perf_counter()
    fold(await store.load(session_id))
    return (time.perf_counter() - begun) * 1000


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

    busy = load.names[:AT_ONCE]
    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(busy):
            group.create_task(write(name, pause_s * number / len(busy)))
    return took_ms


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


def _mib(path: Path) -> float:
    return round(path.stat().st_size / 2**20, 1)
