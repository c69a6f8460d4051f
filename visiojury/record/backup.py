"""A copy of the whole database and of the files beside it, as one file, while servers run.

It is one state of the database: what was acknowledged before the backup began is in it, and
nothing half done. The files follow as they are kept, encrypted; those that the state names were
on disk before it. It holds the people's keys as the database does, wrapped with the
installation's: without the directory of keys it can be checked, but not read. A copy that is
older than the erasure of a person still holds that person's key: whoever keeps copies deletes
them in time (A2).

The format is that of backup_file.py, one for both engines.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from visiojury.record.backup_file import Contents, Reader, Writer
from visiojury.record.engines import explained, reading
from visiojury.record.errors import StoreError
from visiojury.record.migrate import LATEST, migrate
from visiojury.record.schema import HEAD, LIFE, METADATA


async def backup(engine: AsyncEngine, path: Path, *, files: Path | None = None) -> Contents:
    """Write every record to `path`, for its owner only; nothing is there before all of it is.

    Args:
        engine: of the database.
        path: the file to write.
        files: where the files beside the record lie, a folder a session; may not be there.

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
        for file in _kept(files):
            await asyncio.to_thread(writer.file, file.parent.name, file.name, file.read_bytes())
        return writer.end()


async def restore(engine: AsyncEngine, path: Path, *, files: Path | None = None) -> Contents:
    """Put a backup into a database without a record: all of it, its chains followed, or nothing.

    Files are put in place before the rows are committed; after a refusal some may lie there that
    no record names and no key opens.

    Raises:
        StoreError: `database_not_empty`, `backup_damaged`, `backup_of_other_version`,
            `record_tampered`, `database_unusable`, `schema_unknown`, `files_unwritable`.
    """
    reader = Reader(path, LATEST, _pass if files is None else partial(_keep, files))
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
    reader = Reader(path, LATEST, _pass)
    for _ in reader.chunks():
        pass
    assert reader.contents is not None, "chunks ends with an error or with the contents"
    return reader.contents


def _pass(_session_id: str, _sha256: str, _kept: bytes) -> None:
    """Read a file and leave it."""


def _keep(folder: Path, session_id: str, sha256: str, kept: bytes) -> None:
    """Put a file in its place, on disk before this returns. Raises: StoreError."""
    if session_id != Path(session_id).name:
        raise StoreError("backup_damaged", "a session whose name leads elsewhere")
    place = folder / session_id / sha256
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(kept)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError("files_unwritable", f"{place.name}: {error.strerror}") from error


def _kept(folder: Path | None) -> list[Path]:
    """Return the files that lie beside the record, in one order; drafts of files are none."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(file for file in folder.glob("*/*") if not file.name.startswith("."))


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
