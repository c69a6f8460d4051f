"""Bring a database to the schema of this program, in one transaction, before it is used.

A database that is newer than the program is refused, never guessed at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from visiojury.record.engines import lock_schema
from visiojury.record.errors import StoreError

LATEST: Final = "0005"
_FIRST: Final = "0001"
_TABLE: Final = "alembic_version"


async def migrate(engine: AsyncEngine) -> tuple[str | None, str]:
    """Return the revision that was found (None: an empty database), and the one there is now.

    Servers that start together wait for one another here.

    Raises:
        StoreError: `schema_unknown`: written by a later version of the program.
    """
    async with engine.begin() as connection:
        await lock_schema(connection)
        found = await connection.run_sync(revision_of)
        if found != LATEST:
            await connection.run_sync(upgrade, found=found)
    return found, LATEST


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the schema; None where nothing of ours is there."""
    tables = inspect(connection)
    if tables.has_table(_TABLE):
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    # The first release kept its version in a table of its own.
    return _FIRST if tables.has_table("meta") else None


def upgrade(connection: Connection, *, found: str | None, to: str = LATEST) -> None:
    """Go from revision `found` to `to`. Raises: StoreError."""
    # Loaded when there is something to do: it would be a tenth of every start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            "schema_unknown",
            f"the database is of version {found}, this program knows {LATEST};"
            " run the version that wrote it",
        )
    if found == _FIRST and not inspect(connection).has_table(_TABLE):
        command.stamp(config, _FIRST)
    command.upgrade(config, to)
