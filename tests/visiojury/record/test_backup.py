"""A backup: one state of the whole database, from either engine into either, or a refusal."""

# ruff: noqa: ASYNC240 - a test owns its loop: nobody waits while it looks at files.

from __future__ import annotations

import asyncio
import gzip
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, sealed_story
from tests.databases import Database
from visiojury.record.backup import backup, check, restore
from visiojury.record.backup_file import Contents
from visiojury.record.engines import open_engine
from visiojury.record.errors import StoreError
from visiojury.record.store import RecordStore

STORY = sealed_story()
SESSIONS = ["a", "b", "c"]


async def filled(database: Database) -> RecordStore:
    store = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    for number, session_id in enumerate(SESSIONS):
        await store.append(session_id, STORY.drafts[: 3 + number])
    await store.mark(1234)
    return store


async def restored(database: Database, path: Path) -> Contents:
    engine = open_engine(database.target)
    try:
        return await restore(engine, path)
    finally:
        await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def other(request: pytest.FixtureRequest) -> Database:
    """A second database, of either engine."""
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        return Database(postgres.new_database(), postgres)
    return Database(request.getfixturevalue("tmp_path") / "other.db")


@pytest.mark.requirement("T5")
async def test_what_one_engine_saves_any_engine_restores(
    database: Database, other: Database, tmp_path: Path
) -> None:
    store = await filled(database)
    path = tmp_path / "record.backup"
    try:
        saved = await backup(store._engine, path)
        kept = {session_id: await store.load(session_id) for session_id in SESSIONS}
    finally:
        await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (saved.sessions, saved.entries) == (3, 3 + 4 + 5)
    assert await restored(other, path) == saved == check(path)
    again = await RecordStore.open(other.target, wrapping_key=WRAPPING_KEY)
    try:
        assert {session_id: await again.load(session_id) for session_id in SESSIONS} == kept
        assert await again.last_mark() == 1234
        assert (await again.append("a", STORY.drafts[3:4]))[0].seq == 4
    finally:
        await again.close()


@pytest.mark.requirement("T4")
async def test_what_is_acknowledged_before_a_backup_is_in_it(
    database: Database, tmp_path: Path
) -> None:
    store = await filled(database)
    path = tmp_path / "record.backup"
    is_over, one_more = asyncio.Event(), asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not is_over.is_set():
            await store.append(f"live-{written % 7}-{written // 7}", STORY.drafts[:3])
            written += 1
            one_more.set()

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            for _ in range(5):
                one_more.clear()
                await one_more.wait()
                acknowledged = written
                saved = await backup(store._engine, path)
                assert check(path) == saved
                assert saved.sessions >= len(SESSIONS) + acknowledged
            is_over.set()
    finally:
        await store.close()


async def test_the_same_state_gives_the_same_file(database: Database, tmp_path: Path) -> None:
    store = await filled(database)
    try:
        await backup(store._engine, tmp_path / "one")
        await backup(store._engine, tmp_path / "two")
    finally:
        await store.close()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def spoiled(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: gzip.compress(change(gzip.decompress(data)))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-20], "backup_damaged"),
        (lambda data: data[: len(data) // 2], "backup_damaged"),
        (lambda data: b"PK" + data, "backup_damaged"),
        (lambda _: b"", "backup_damaged"),
        (spoiled(lambda text: text[: text.rindex(b'{"end"')]), "backup_damaged"),
        (spoiled(lambda text: text.replace(b",1234]", b",1235]")), "backup_damaged"),
        (spoiled(lambda text: text.replace(b'"schema":"', b'"schema":"9')), "backup_of_other"),
        (spoiled(lambda text: text.replace(b"session.created", b"session.cre4ted", 1)), "tampered"),
    ],
)
async def test_a_spoiled_backup_restores_nothing(
    sqlite_database: Database,
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
    code: str,
) -> None:
    store = await filled(sqlite_database)
    path = tmp_path / "record.backup"
    await backup(store._engine, path)
    await store.close()
    path.write_bytes(spoil(path.read_bytes()))
    other = Database(tmp_path / "other.db")
    with pytest.raises(StoreError, match=code):
        await restored(other, path)
    assert other.sql("SELECT count(*) FROM head", "SELECT count(*) FROM entry") == ["0", "0"]


async def test_nothing_is_restored_over_a_record(database: Database, tmp_path: Path) -> None:
    store = await filled(database)
    path = tmp_path / "record.backup"
    try:
        await backup(store._engine, path)
        with pytest.raises(StoreError, match="database_not_empty"):
            await restore(store._engine, path)
        assert await store.index.session_ids() == SESSIONS
    finally:
        await store.close()


async def test_a_record_that_was_changed_is_not_saved_as_if_it_held(
    database: Database, tmp_path: Path
) -> None:
    store = await filled(database)
    database.sql("UPDATE entry SET digest = 'x' WHERE session_id = 'b' AND seq = 2")
    try:
        with pytest.raises(StoreError, match="record_tampered"):
            await backup(store._engine, tmp_path / "record.backup")
    finally:
        await store.close()
    assert not list(tmp_path.glob("*backup*"))


async def test_a_file_that_cannot_be_written_is_said(database: Database, tmp_path: Path) -> None:
    store = await filled(database)
    try:
        with pytest.raises(StoreError, match="backup_unwritable"):
            await backup(store._engine, tmp_path / "missing" / "record.backup")
    finally:
        await store.close()
