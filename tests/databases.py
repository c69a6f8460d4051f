"""A database as a test has it: what `RecordStore.open` takes, and a way in to tamper with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.builders import SealingKey, sealed_story
from tests.postgres import Postgres
from visiojury.record.store import RecordStore


async def append_sealed(store: RecordStore, session_id: str, key: SealingKey | None = None) -> None:
    """Append a whole session, with a seal over the entries as this store chained them."""
    story = sealed_story()
    assert story.drafts.pop().event.type == "record.sealed"
    entries = await store.append(session_id, story.drafts)
    await store.append(session_id, [story.seal_over(entries, key or SealingKey())])
    store.release(session_id)


@dataclass(frozen=True)
class Database:
    target: str | Path
    postgres: Postgres | None = None

    @property
    def name(self) -> str:
        """Of the database within PostgreSQL."""
        return str(self.target).partition("@/")[2].partition("?")[0]

    def sql(self, *statements: str) -> list[str]:
        """Run statements as an administrator could; return what they give, a row a line."""
        if self.postgres is not None:
            return self.postgres.sql(self.name, *statements).splitlines()
        with closing(sqlite3.connect(self.target)) as connection, connection:
            found = [connection.execute(statement).fetchall() for statement in statements]
        return ["|".join(map(str, row)) for rows in found for row in rows]
