"""Which sessions are in memory: read when asked for, once; given up when over and unused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling import rooms as rooms_module
from signaling.instants import Instants
from signaling.rooms import Room, Rooms
from signaling.server import TimedStore
from tests.builders import WRAPPING_KEY, SealingKey, Story
from tests.databases import append_sealed
from visiojury.exam import events as ev
from visiojury.record.entry import Entry
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.fold import Loaded
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore

LIVE = Story()
PUBLISHED = ev.ResultsPublished(at_ms=1, place="Strasbourg")


def seal(entries: Sequence[Entry], at_ms: int) -> ev.RecordSealed:
    key = SealingKey()
    return make_seal(entries, key.sign, key.jwk, at_ms=at_ms)


class Counting(TimedStore):
    """The real store, its readings counted."""

    def __init__(self, store: RecordStore) -> None:
        super().__init__(store)
        self.read: list[str] = []

    async def load_session(self, session_id: str) -> Loaded:
        self.read.append(session_id)
        return await super().load_session(session_id)


class Bench:
    def __init__(self, store: RecordStore) -> None:
        self.record = store
        self.store = Counting(store)
        self.keeps_all = False
        self.welcomed: list[str] = []
        self.rooms = Rooms(
            store=self.store,
            instants=Instants(time.time, time.monotonic),
            seal=seal,
            welcome=self._welcome,
            is_kept=lambda _: self.keeps_all,
        )

    async def _welcome(self, room: Room) -> None:
        await asyncio.sleep(0)
        self.welcomed.append(room.session_id)

    async def closed(self, name: str) -> str:
        """Have a session on disk that is over."""
        await append_sealed(self.record, name)
        return name

    async def live(self, name: str) -> str:
        await self.record.append(name, LIVE.drafts)
        self.record.release(name)
        return name

    async def found(self, name: str) -> Room:
        room = await self.rooms.find(name)
        assert room is not None
        return room

    @property
    def here(self) -> list[str]:
        return [room.session_id for room in self.rooms]


@asynccontextmanager
async def benched(path: Path) -> AsyncIterator[Bench]:
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        yield Bench(store)
    finally:
        await store.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path / "record.db") as made:
        yield made


async def test_a_session_is_read_once_however_many_ask_at_once(bench: Bench) -> None:
    await bench.closed("a")
    found = await asyncio.gather(*(bench.rooms.find("a") for _ in range(20)))
    assert len({id(room) for room in found}) == 1
    assert bench.store.read == ["a"]
    assert bench.welcomed == ["a"]
    assert await bench.found("a") is found[0]
    assert bench.store.read == ["a"]


async def test_who_asks_does_not_wait_for_all_the_others(bench: Bench) -> None:
    names = [await bench.live(f"live-{number}") for number in range(6)]

    async def one_after_the_other() -> None:
        for name in names[:-1]:
            await bench.found(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(one_after_the_other())
        await asyncio.sleep(0)
        await bench.found(names[-1])
    assert bench.store.read.index(names[-1]) == 1


async def test_nobody_knows_what_has_no_record(bench: Bench) -> None:
    assert await bench.rooms.find("ghost") is None
    assert bench.here == []


async def test_what_is_read_has_the_state_that_its_entries_give(bench: Bench) -> None:
    await bench.closed("a")
    room = await bench.found("a")
    assert await room.owner.differences() == []
    assert room.owner.entries == await bench.record.load("a")


async def test_closed_sessions_leave_memory_and_live_ones_stay(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "MOST_CLOSED", 2)
    for name in ("live-1", "live-2", "live-3"):
        await bench.found(await bench.live(name))
    for name in ("a", "b"):
        await bench.found(await bench.closed(name))
    await bench.found("a")
    await bench.found(await bench.closed("c"))
    assert bench.here == ["live-1", "live-2", "live-3", "a", "c"]
    await bench.found("b")
    assert bench.store.read.count("b") == 2


async def test_what_somebody_needs_stays(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "MOST_CLOSED", 1)
    bench.keeps_all = True
    for name in ("unstamped-1", "unstamped-2"):
        await bench.found(await bench.closed(name))
    assert bench.here == ["unstamped-1", "unstamped-2"]
    bench.keeps_all = False
    (await bench.found(await bench.closed("heard"))).joined("chair", None)
    for name in ("a", "b"):
        await bench.found(await bench.closed(name))
    assert bench.here == ["heard", "b"]


async def test_who_still_holds_a_room_that_was_given_up_records_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "MOST_CLOSED", 1)
    held = await bench.found(await bench.closed("a"))
    await bench.found(await bench.closed("b"))
    again = await bench.found("a")
    with pytest.raises(StoreError, match="was given up"):
        await held.owner.record(lambda _: [PUBLISHED], actor=None)
    await again.owner.record(lambda _: [PUBLISHED], actor=None)
    assert again.owner.entries == await bench.record.load("a")


async def test_all_sessions_are_walked_through_and_few_are_in_memory(bench: Bench) -> None:
    names = [await bench.closed(f"over-{number}") for number in range(4)]
    names.append(await bench.live("under-way"))
    await bench.found("over-1")
    seen = []
    async for owner in bench.rooms.each():
        seen.append(owner.session_id)
        assert len(bench.here) <= 2
    assert seen == names
    assert bench.here == ["over-1", "under-way"]


async def test_a_changed_session_is_refused_and_passed_by(bench: Bench, tmp_path: Path) -> None:
    for name in ("a", "b"):
        await bench.live(name)
    async with bench.record._engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE entry SET body = replace(body, 'Bretagne', 'Corse') WHERE session_id = 'a'"
        )
    with pytest.raises(RecordTamperedError, match="entry_changed"):
        await bench.rooms.find("a")
    assert [owner.session_id async for owner in bench.rooms.each()] == ["b"]
    assert bench.here == ["b"]


@pytest.mark.requirement("B3")
async def test_an_invitation_leads_to_its_session_in_memory_or_not(bench: Bench) -> None:
    await bench.live("a")
    room = await bench.found("a")
    issued = ev.InvitationIssued(
        at_ms=1,
        invitation_id="one",
        participant_id="candidate",
        secret_digest="ab" * 32,
        code_digest=None,
        not_before_ms=0,
        expires_ms=2,
    )
    await room.owner.record(lambda _: [issued], actor=None)
    assert await bench.rooms.find_invited("ab" * 32) is room
    assert await bench.rooms.find_invited("cd" * 32) is None
    again = Bench(bench.record)
    found = await again.rooms.find_invited("ab" * 32)
    assert found is not None
    assert found.session_id == "a"


async def test_reading_a_long_record_leaves_the_loop_to_others(bench: Bench) -> None:
    long = Story()
    long.open_sitting()
    while len(long.drafts) < 1000:
        long.wait(20)
        long.cut("candidate", 3.0)
    await bench.record.append("long", long.drafts)
    bench.record.release("long")
    gaps_s: list[float] = []

    async def beat() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            gaps_s.append(time.thread_time() - before)

    beating = asyncio.get_running_loop().create_task(beat())
    await bench.found("long")
    beating.cancel()
    # Processor time of the loop's own thread between two turns: other work does not add to it.
    assert max(gaps_s) < 0.02
