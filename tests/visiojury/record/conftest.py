"""Databases to keep a record in: a SQLite file, and a database of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, entry_ids, key_of
from tests.databases import Database
from tests.postgres import Postgres, cluster
from visiojury.record.store import RecordStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with cluster() as running:
        yield running


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Database:
    return Database(tmp_path / "record.db")


@pytest.fixture
def postgres_database(postgres: Postgres) -> Database:
    return Database(postgres.new_database(), postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    chosen = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(chosen, Database)
    return chosen


@pytest.fixture
async def store(database: Database) -> AsyncIterator[RecordStore]:
    opened = await RecordStore.open(
        database.target, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    yield opened
    await opened.close()
