"""A store on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.builders import WRAPPING_KEY, entry_ids, key_of
from tests.databases import Database
from visiojury.record.store import RecordStore


@pytest.fixture
async def store(database: Database) -> AsyncIterator[RecordStore]:
    opened = await RecordStore.open(
        database.target, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    yield opened
    await opened.close()
