"""A copy of the whole database as one file, made and put back while servers run.

It is one state of the database: what was acknowledged before the backup began is in it, and
nothing half done. It holds the people's keys as the database does, wrapped with the installation's:
without the directory of keys it can be checked, but not read. A copy that is older than the
erasure of a person still holds that person's key: whoever keeps copies deletes them in time (A2).

The format is that of backup_file.py, one for both engines.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from visiojury.record.backup_file import Contents, Reader, Writer
from visiojury.record.engines import explained, reading
from visiojury.record.errors import StoreError
from visiojury.record.migrate import LATEST, migrate
from visiojury.record.schema import HEAD, LIFE, METADATA


async def backup(engine: AsyncEngine, path: Path) -> Contents:
    """Write every record to `path`, for its owner only; nothing is there before all of it is.

    The database is brought to the schema of this program first.

    Raises:
        StoreError: `database_unusable`, `schema_unknown`, `backup_unwritable`;
            `record_tampered`: a chain does not hold. No file is left.
    """
    async with explained():
        await migrate(engine)
    with Writer.to(path, LATEST) as writer:
        async with explained(), reading(engine).connect() as connection:
            for table in METADATA.sorted_tables:
                await _write(connection, table, writer)
        return writer.end()


async def restore(engine: AsyncEngine, path: Path) -> Contents:
    """Put a backup into a database without a record: all of it, its chains followed, or nothing.

    Raises:
        StoreError: `database_not_empty`, `backup_damaged`, `backup_of_other_version`,
            `record_tampered`, `database_unusable`, `schema_unknown`.
    """
    reader = Reader(path, LATEST)
    try:
        async with explained():
            await migrate(engine)
            async with engine.begin() as connection:
                await _require_empty(connection)
                for table, rows in reader.chunks():
                    names = table.columns.keys()
                    values = [dict(zip(names, row, strict=True)) for row in rows]
                    await connection.execute(insert(table), values)
    except IntegrityError as error:
        raise StoreError("backup_damaged", f"{path.name}: rows that contradict others") from error
    assert reader.contents is not None, "chunks ends with an error or with the contents"
    return reader.contents


def check(path: Path) -> Contents:
    """Return what a backup holds, after reading all of it. Raises: StoreError, as `restore`."""
    reader = Reader(path, LATEST)
    for _ in reader.chunks():
        pass
    assert reader.contents is not None, "chunks ends with an error or with the contents"
    return reader.contents


async def _write(connection: AsyncConnection, table: Table, writer: Writer) -> None:
    writer.table(table)
    rows = await connection.stream(select(table).order_by(*table.primary_key))
    async for row in rows:
        writer.row(table, tuple(row))


async def _require_empty(connection: AsyncConnection) -> None:
    """Nothing is written over. A server that waits for its record has left its mark of life."""
    if (await connection.execute(select(HEAD.c.session_id).limit(1))).first() is not None:
        raise StoreError("database_not_empty", "restore into a database without a record")
    await connection.execute(delete(LIFE))
