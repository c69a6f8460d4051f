"""The record in SQLite: appended in one transaction, committed before anybody is told.

SQLite is told to lose nothing: WAL, synchronous=FULL, foreign keys, a busy timeout. Each
connection sets these and reads them back, and refuses to serve when one did not take: some
file systems accept the request and ignore it.

One writer a session. A store appends only to what it created or loaded; where another writer
came in between, the primary key (session_id, seq) lets one of them win.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, Self

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    event,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from visiojury.record.entry import Draft, Entry
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.keyring import Keyring, erased_with, new_key, opener
from visiojury.record.link import link
from visiojury.record.verify import Stored, examine

SCHEMA_VERSION = "1"
PRAGMAS: Final[dict[str, tuple[str, str]]] = {
    # name: (what is asked, what must be read back)
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", "2"),
    "foreign_keys": ("ON", "1"),
    "busy_timeout": ("5000", "5000"),
}

_metadata = MetaData()
META = Table("meta", _metadata, Column("name", String, primary_key=True), Column("value", String))
HEAD = Table(
    "head",
    _metadata,
    Column("session_id", String, primary_key=True),
    # The last entry, counted beside the chain: an entry lost at its end is missed at once.
    Column("seq", Integer, nullable=False),
    Column("digest", String, nullable=False),
)
ENTRY = Table(
    "entry",
    _metadata,
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("entry_id", String, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("digest", String, nullable=False),
    PrimaryKeyConstraint("session_id", "seq"),
)
PERSON_KEY = Table(
    "person_key",
    _metadata,
    Column("session_id", String, ForeignKey("head.session_id"), nullable=False),
    Column("subject", String, nullable=False),
    # Wrapped with the installation's key; NULL: destroyed (record/personal.py).
    Column("wrapped", String),
    PrimaryKeyConstraint("session_id", "subject"),
)
LIFE = Table(
    "life",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
)


def _new_id() -> str:
    return uuid.uuid4().hex


class RecordStore:
    """The records of one installation. Make one with `open`, close it with `close`."""

    def __init__(
        self,
        engine: AsyncEngine,
        new_id: Callable[[], str],
        keyring: Callable[[Mapping[str, str | None]], Keyring],
    ) -> None:
        self._engine = engine
        self._new_id = new_id
        self._keyring = keyring
        self._keyrings: dict[str, Keyring] = {}
        self._heads: dict[str, tuple[int, str]] = {}
        self._turn = asyncio.Lock()  # SQLite has one writer; queue here, not on its lock

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        wrapping_key: bytes,
        new_id: Callable[[], str] = _new_id,
        new_key: Callable[[str], bytes] = new_key,
    ) -> Self:
        """Open the database at `path`, or make it, readable by its owner only.

        Args:
            path: a local file.
            wrapping_key: 32 bytes; the keys of people are stored under it.
            new_id: makes identifiers of entries.
            new_key: makes the key of a subject, 32 bytes.

        Raises:
            StoreError: the file cannot be used, and what to do about it.
        """
        file = await asyncio.to_thread(_claim_file, path)
        url = URL.create("sqlite+aiosqlite", database=file)
        engine = create_async_engine(url)
        event.listen(engine.sync_engine, "connect", _prepare_connection)
        store = cls(engine, new_id, partial(Keyring, wrapping_key, new_key=new_key))
        try:
            async with engine.begin() as connection:
                await _check_schema(connection)
        except DBAPIError as error:
            await store.close()
            raise StoreError(
                "database_unusable",
                f"{path.name} cannot be opened ({error.orig}); restore it from a copy,"
                " or choose another file",
            ) from error
        except StoreError:
            await store.close()
            raise
        return store

    async def append(self, session_id: str, drafts: Sequence[Draft]) -> list[Entry]:
        """Chain and commit `drafts`, all or none; they are on disk when this returns.

        Raises:
            StoreError: `writer_conflict`: another writer has appended to this session, or it
                exists and was not loaded; nothing was written. `database_unusable`: the disk
                is full or gone; nothing was written.
        """
        if not drafts:
            return []
        async with self._turn:
            last = self._heads.get(session_id)
            keyring = self._keyrings.setdefault(session_id, self._keyring({}))
            entries = link(
                session_id, drafts, new_id=self._new_id, key_of=keyring.key_of, last=last
            )
            keyring.destroy(erased_with(entries))
            try:
                await self._write(session_id, entries, keyring)
            except BaseException:
                # Cancelled in the middle, it may be on disk or not: only `load` can tell.
                self._heads.pop(session_id, None)
                self._keyrings.pop(session_id, None)
                raise
            keyring.stored()
            self._heads[session_id] = (entries[-1].seq, entries[-1].digest)
        return entries

    async def load(self, session_id: str) -> list[Entry]:
        """Return every entry of a session, in order; empty for a session unknown here.

        Raises:
            RecordTamperedError: names the first entry that is at fault.
            StoreError: `database_unusable`.
        """
        async with self._turn, _explained(), self._engine.connect() as connection:
            counted = (
                await connection.execute(
                    select(HEAD.c.seq, HEAD.c.digest).where(HEAD.c.session_id == session_id)
                )
            ).one_or_none()
            rows = await connection.execute(
                select(ENTRY.c.seq, ENTRY.c.entry_id, ENTRY.c.body, ENTRY.c.digest)
                .where(ENTRY.c.session_id == session_id)
                .order_by(ENTRY.c.seq)
            )
            keys = await connection.execute(
                select(PERSON_KEY.c.subject, PERSON_KEY.c.wrapped).where(
                    PERSON_KEY.c.session_id == session_id
                )
            )
            keyring = self._keyring({row.subject: row.wrapped for row in keys})
            stored = [
                Stored(row.seq, row.body.encode(), row.digest, opener(keyring, row.entry_id))
                for row in rows
            ]
        known = (0, "") if counted is None else (counted.seq, counted.digest)
        # A long record takes a second: not on the loop that other sessions live on.
        report, entries = await asyncio.to_thread(examine, session_id, stored, counted=known)
        for found in report.findings:
            # A session that died between its last act and its seal is sealed by who loads it.
            if found.is_error and found.code != "seal_missing":
                raise RecordTamperedError(session_id, found.seq, found.code)
        if entries:
            self._heads[session_id] = (entries[-1].seq, entries[-1].digest)
            self._keyrings[session_id] = keyring
        return entries

    async def session_ids(self) -> list[str]:
        """Return the sessions that have a record, in order of identifier. Raises: StoreError."""
        async with _explained(), self._engine.connect() as connection:
            rows = await connection.execute(select(HEAD.c.session_id).order_by(HEAD.c.session_id))
            return [str(row.session_id) for row in rows]

    async def mark(self, at_ms: int) -> None:
        """Note that the server is alive at `at_ms`, UTC; the note before is overwritten.

        Raises:
            StoreError: `database_unusable`.
        """
        statement = insert(LIFE).values(id=1, at_ms=at_ms)
        statement = statement.on_conflict_do_update(index_elements=["id"], set_={"at_ms": at_ms})
        async with self._turn, _explained(), self._engine.begin() as connection:
            await connection.execute(statement)

    async def last_mark(self) -> int | None:
        """Return the last sign of life, ms UTC; None if there never was one. Raises: StoreError."""
        async with _explained(), self._engine.connect() as connection:
            at_ms = (await connection.execute(select(LIFE.c.at_ms))).scalar_one_or_none()
        return None if at_ms is None else int(at_ms)

    async def close(self) -> None:
        """Release the file; what was appended is there already."""
        await self._engine.dispose()

    async def _write(self, session_id: str, entries: Sequence[Entry], keyring: Keyring) -> None:
        try:
            async with _explained(), self._engine.begin() as connection:
                await self._advance(connection, session_id, entries[-1])
                await connection.execute(insert(ENTRY), [_row(entry) for entry in entries])
                for subject, wrapped in keyring.unstored().items():
                    values = {"session_id": session_id, "subject": subject, "wrapped": wrapped}
                    await connection.execute(
                        insert(PERSON_KEY)
                        .values(values)
                        .on_conflict_do_update(
                            index_elements=["session_id", "subject"], set_={"wrapped": wrapped}
                        )
                    )
        except IntegrityError as error:
            raise _conflict(session_id) from error

    async def _advance(self, connection: AsyncConnection, session_id: str, last: Entry) -> None:
        """Move the count to `last`, if it still stands where we left it."""
        known = self._heads.get(session_id)
        if known is None:
            values = {"session_id": session_id, "seq": last.seq, "digest": last.digest}
            await connection.execute(insert(HEAD).values(values))
            return
        moved = await connection.execute(
            update(HEAD)
            .where(HEAD.c.session_id == session_id, HEAD.c.seq == known[0])
            .where(HEAD.c.digest == known[1])
            .values(seq=last.seq, digest=last.digest)
        )
        if moved.rowcount != 1:
            raise _conflict(session_id)


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Turn what the database says into a refusal; what it says of keys is for the caller."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise StoreError("database_unusable", f"nothing was done: {error.orig}") from error


def _row(entry: Entry) -> dict[str, str | int]:
    return {
        "session_id": entry.session_id,
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "body": entry.raw.decode(),
        "digest": entry.digest,
    }


def _conflict(session_id: str) -> StoreError:
    return StoreError(
        "writer_conflict",
        f"session {session_id} was written by somebody else, or not loaded first;"
        " nothing was written; load it again",
    )


def _claim_file(path: Path) -> str:
    """Make the file if need be, keep it to its owner, and return its full name.

    SQLite gives its -wal and -shm files the same permissions.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            "database_unusable",
            f"{path.name} cannot be written ({error.strerror}); make its folder, or give it"
            " to the user that runs the server",
        ) from error
    return str(path.absolute())


def _prepare_connection(connection: DBAPIConnection, _record: object) -> None:
    """Set what durability rests on, and see that it took.

    Raises:
        StoreError: `pragma_refused`.
    """
    cursor = connection.cursor()
    try:
        for name, (asked, expected) in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name} = {asked}")
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()
            if found is None or str(found[0]) != expected:
                raise StoreError(
                    "pragma_refused",
                    f"SQLite did not accept {name}={asked} (it says {found and found[0]});"
                    " put the database on a local file system",
                )
    finally:
        cursor.close()


async def _check_schema(connection: AsyncConnection) -> None:
    await connection.run_sync(_metadata.create_all)
    statement = insert(META).values(name="schema_version", value=SCHEMA_VERSION)
    await connection.execute(statement.on_conflict_do_nothing())
    found = (
        await connection.execute(select(META.c.value).where(META.c.name == "schema_version"))
    ).scalar_one()
    if found != SCHEMA_VERSION:
        raise StoreError(
            "schema_unknown",
            f"the database is of version {found}, this program knows {SCHEMA_VERSION};"
            " run the version that wrote it",
        )
