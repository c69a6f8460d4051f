"""Disks that fill, files that others hold, servers that go: a refusal, then recovery by itself."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, sealed_story
from tests.databases import Database
from tests.postgres import Postgres, cluster
from visiojury.record import engines
from visiojury.record.entry import Entry
from visiojury.record.errors import StoreError
from visiojury.record.store import RecordStore

pytestmark = pytest.mark.requirement("T4")
STORY = sealed_story()


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Let no file of this process grow: to a writer, a full disk and this look the same."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    wal = path.with_name(f"{path.name}-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def refused(store: RecordStore, session_id: str) -> str:
    with pytest.raises(StoreError) as refusal:
        await store.append(session_id, STORY.drafts[2:3])
    return refusal.value.code


async def goes_on(store: RecordStore, session_id: str, acknowledged: list[Entry]) -> None:
    """See that what was acknowledged is there, and that the session goes on."""
    loaded = await store.load(session_id)
    assert loaded[: len(acknowledged)] == acknowledged
    following = STORY.drafts[len(loaded) : len(loaded) + 1]
    assert (await store.append(session_id, following))[0].seq == len(loaded) + 1


async def test_a_full_disk_refuses_and_loses_nothing(sqlite_database: Database) -> None:
    assert isinstance(sqlite_database.target, Path)
    store = await RecordStore.open(sqlite_database.target, wrapping_key=WRAPPING_KEY)
    try:
        acknowledged = await store.append("a", STORY.drafts[:2])
        with full_disk(sqlite_database.target):
            assert await refused(store, "a") == "database_unusable"
            with pytest.raises(StoreError, match="database_unusable"):
                await store.mark(1)
            assert await store.index.session_ids() == ["a"]
        await goes_on(store, "a", acknowledged)
    finally:
        await store.close()


async def test_a_locked_file_refuses_all_that_wait_and_then_goes_on(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = engines.PRAGMAS | {"busy_timeout": ("100", "100")}
    monkeypatch.setattr(engines, "PRAGMAS", short)
    store = await RecordStore.open(sqlite_database.target, wrapping_key=WRAPPING_KEY)
    sessions = ["a", "b", "c"]
    try:
        kept = {session: await store.append(session, STORY.drafts[:2]) for session in sessions}
        with closing(sqlite3.connect(sqlite_database.target, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            codes = await asyncio.gather(*(refused(store, session) for session in sessions))
            assert codes == ["database_unusable"] * 3
        for session in sessions:
            await goes_on(store, session, kept[session])
    finally:
        await store.close()


async def test_a_lost_connection_to_postgresql_is_made_again(postgres_database: Database) -> None:
    assert postgres_database.postgres is not None
    store = await RecordStore.open(postgres_database.target, wrapping_key=WRAPPING_KEY)
    try:
        acknowledged = await store.append("a", STORY.drafts[:2])
        postgres_database.postgres.cut_connections(postgres_database.name)
        acknowledged += await store.append("a", STORY.drafts[2:3])
        postgres_database.postgres.cut_connections(postgres_database.name)
        await goes_on(store, "a", acknowledged)
    finally:
        await store.close()


async def test_a_postgresql_that_stops_refuses_and_comes_back() -> None:
    with cluster() as postgres:
        store = await RecordStore.open(postgres.new_database(), wrapping_key=WRAPPING_KEY)
        try:
            acknowledged = await store.append("a", STORY.drafts[:2])
            postgres.stop()
            assert await refused(store, "a") == "database_unusable"
            assert await refused(store, "new") == "database_unusable"
            postgres.start()
            await goes_on(store, "a", acknowledged)
        finally:
            await store.close()


async def test_a_connection_cut_in_the_midst_of_a_commit_is_found_out_by_loading(
    postgres_database: Database,
) -> None:
    """Whether it was committed, only the database knows; whoever was told yes finds it."""
    assert postgres_database.postgres is not None
    store = await RecordStore.open(postgres_database.target, wrapping_key=WRAPPING_KEY)
    try:
        acknowledged = await store.append("a", STORY.drafts[:2])
        for _ in range(5):
            loaded = await store.load("a")
            assert loaded[: len(acknowledged)] == acknowledged
            acknowledged = loaded
            writing = asyncio.ensure_future(
                store.append("a", STORY.drafts[len(loaded) : len(loaded) + 1])
            )
            await asyncio.to_thread(
                postgres_database.postgres.cut_connections, postgres_database.name
            )
            (outcome,) = await asyncio.gather(writing, return_exceptions=True)
            if isinstance(outcome, list):
                acknowledged = acknowledged + outcome
            else:
                assert isinstance(outcome, StoreError)
        await goes_on(store, "a", acknowledged)
    finally:
        await store.close()


async def test_a_database_told_to_hurry_is_told_otherwise(postgres: Postgres) -> None:
    url = postgres.new_database()
    name = url.partition("@/")[2].partition("?")[0]
    await (await RecordStore.open(url, wrapping_key=WRAPPING_KEY)).close()
    postgres.sql("postgres", f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = await RecordStore.open(url, wrapping_key=WRAPPING_KEY)
    try:  # Our connections ask for it themselves.
        await store.append("a", STORY.drafts[:1])
    finally:
        await store.close()


async def test_a_postgresql_without_fsync_is_refused() -> None:
    with cluster() as postgres:
        url = postgres.new_database()
        postgres.stop()
        postgres.start("fsync=off")
        with pytest.raises(StoreError, match="fsync=off"):
            await RecordStore.open(url, wrapping_key=WRAPPING_KEY)


async def test_entries_keep_their_order_when_the_clock_jumps(database: Database) -> None:
    """Instants are what the caller's clock said; the order is that of the chain."""
    store = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        await store.append("a", STORY.drafts[:3])
        back = replace(STORY.drafts[3], received_ms=STORY.drafts[0].received_ms - 86_400_000)
        await store.append("a", [back])
        await store.mark(2000)
        await store.mark(1000)
        assert [entry.seq for entry in await store.load("a")] == [1, 2, 3, 4]
        assert await store.last_mark() == 1000
    finally:
        await store.close()
