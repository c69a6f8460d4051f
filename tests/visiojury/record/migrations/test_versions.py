"""A database of any release, with data in it, becomes one of now: on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from tests.builders import WRAPPING_KEY, entry_ids, sealed_story
from tests.databases import Database
from visiojury.exam import events as ev
from visiojury.record import migrations
from visiojury.record.engines import open_engine
from visiojury.record.entry import Entry
from visiojury.record.link import link
from visiojury.record.migrate import LATEST, migrate, upgrade
from visiojury.record.personal import no_key
from visiojury.record.schema import METADATA
from visiojury.record.store import RecordStore

STORY = sealed_story()
ENTRIES = STORY.entries
SEALED = STORY.definition.session_id
OPEN = "still-open"
RELEASED = ("0001",)
"""The revision of each release; a new release adds its own, none ever goes."""


SECRET = "ab" * 32
INVITED = replace(
    STORY.drafts[5],
    event=ev.InvitationIssued(
        at_ms=1,
        invitation_id="one",
        participant_id="candidate",
        secret_digest=SECRET,
        code_digest=None,
        not_before_ms=0,
        expires_ms=2,
    ),
)


def chain_of(session_id: str) -> list[Entry]:
    if session_id == SEALED:
        return ENTRIES
    ids = entry_ids()
    return link(
        session_id, [*STORY.drafts[:5], INVITED], new_id=lambda: f"other-{ids()[:8]}", key_of=no_key
    )


def rows(session_id: str) -> Iterator[dict[str, object]]:
    for entry in chain_of(session_id):
        yield {
            "session_id": session_id,
            "seq": entry.seq,
            "entry_id": entry.entry_id,
            "body": entry.raw.decode(),
            "digest": entry.digest,
        }


def fill(connection: Connection) -> None:
    """Write what every release kept under the same names."""
    for session_id in (SEALED, OPEN):
        last = chain_of(session_id)[-1]
        connection.execute(
            text("INSERT INTO head (session_id, seq, digest) VALUES (:s, :n, :d)"),
            {"s": session_id, "n": last.seq, "d": last.digest},
        )
        statement = "INSERT INTO entry VALUES (:session_id, :seq, :entry_id, :body, :digest)"
        connection.execute(text(statement), list(rows(session_id)))
    connection.execute(text("INSERT INTO life VALUES (1, 1781514000000)"))


async def released(database: Database, revision: str) -> None:
    """Make `database` what the release of `revision` left behind."""
    engine = open_engine(database.target)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, found=None, to=revision)
        await connection.run_sync(fill)
        if revision == "0001":
            # It knew no Alembic, and kept its version in a table of its own.
            await connection.execute(text("DROP TABLE alembic_version"))
            await connection.execute(text("INSERT INTO meta VALUES ('schema_version', '1')"))
    await engine.dispose()


@pytest.mark.requirement("T5")
@pytest.mark.parametrize("revision", RELEASED)
async def test_a_database_of_an_earlier_release_is_brought_forward(
    database: Database, revision: str
) -> None:
    await released(database, revision)
    store = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        assert await store.index.session_ids() == sorted([SEALED, OPEN])
        assert await store.index.live_session_ids() == [OPEN]
        for session_id in (SEALED, OPEN):
            kept = [entry.raw for entry in await store.load(session_id)]
            assert kept == [entry.raw for entry in chain_of(session_id)]
        assert await store.last_mark() == 1781514000000
        assert await store.index.session_of_invitation(SECRET) == OPEN
        (entry,) = await store.append(OPEN, STORY.drafts[6:7])
        assert entry.seq == 7
    finally:
        await store.close()


async def test_the_migrated_schema_is_that_of_the_program(database: Database) -> None:
    engine = open_engine(database.target)

    def differences(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), METADATA)

    try:
        await migrate(engine)
        async with engine.begin() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_a_database_of_now_is_left_alone(database: Database) -> None:
    engine = open_engine(database.target)
    try:
        assert await migrate(engine) == (None, LATEST)
        assert await migrate(engine) == (LATEST, LATEST)
    finally:
        await engine.dispose()


async def test_servers_that_start_together_migrate_once(database: Database) -> None:
    await released(database, "0001")
    stores = await asyncio.gather(
        *(RecordStore.open(database.target, wrapping_key=WRAPPING_KEY) for _ in range(4))
    )
    try:
        assert [len(await store.load(SEALED)) for store in stores] == [len(ENTRIES)] * 4
    finally:
        for store in stores:
            await store.close()


def test_the_latest_revision_is_the_one_that_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [LATEST]
    assert set(RELEASED) <= {revision.revision for revision in script.walk_revisions()}
