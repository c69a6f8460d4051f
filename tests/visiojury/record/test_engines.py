"""What differs between the engines: files, pragmas, settings, and databases that are refused."""

# ruff: noqa: ASYNC240 - a test owns its loop: nobody waits while it looks at files.

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.builders import WRAPPING_KEY, entry_ids, key_of, sealed_story
from tests.postgres import Postgres
from visiojury.record.engines import PRAGMAS, prepare_sqlite
from visiojury.record.errors import StoreError
from visiojury.record.store import RecordStore

STORY = sealed_story()
SESSION = STORY.definition.session_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[RecordStore]:
    opened = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    yield opened
    await opened.close()


async def test_the_file_is_its_owners_only(store: RecordStore, path: Path) -> None:
    await store.append(SESSION, STORY.drafts[:1])
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_a_file_that_others_could_read_is_taken_from_them(path: Path) -> None:
    path.touch(0o644)
    await (await RecordStore.open(path, wrapping_key=WRAPPING_KEY)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_every_connection_has_what_durability_rests_on(store: RecordStore) -> None:
    needed: dict[str, object] = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    needed |= {"synchronous": 2, "wal_autocheckpoint": 0}  # 2: FULL
    assert set(PRAGMAS) == set(needed)

    def look(connection: Connection) -> None:
        for name, expected in needed.items():
            value = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            assert value == expected, name

    async with store._reader.connect() as one, store._reader.connect() as other:
        for connection in (one, other):
            await connection.run_sync(look)
    await store._writer.transact(look)


def test_a_file_system_without_shared_memory_is_refused(path: Path) -> None:
    """SQLite's dotfile VFS stands for it: there WAL is asked for and not given."""
    uri = f"file:{path}?vfs=unix-dotfile"
    with (
        closing(sqlite3.connect(uri, uri=True)) as connection,
        pytest.raises(StoreError) as refusal,
    ):
        prepare_sqlite(connection, None)  # type: ignore[arg-type]
    assert refusal.value.code == "durability_refused"
    assert "journal_mode" in refusal.value.message
    assert "local file system" in refusal.value.message


@pytest.mark.parametrize("name", ["missing/record.db", "."])
async def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(tmp_path / name, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "database_unusable"


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "database_unusable"


def test_the_server_beside_sqlite_is_the_postgresql_that_is_supported(postgres: Postgres) -> None:
    assert postgres.sql("postgres", "SHOW server_version").partition(".")[0] == "18"
