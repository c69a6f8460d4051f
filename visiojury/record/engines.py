"""What differs between SQLite and PostgreSQL; everything else is one code for both.

Both are told to lose nothing, and asked whether they do: a database that would acknowledge
what is not on disk is refused at every new connection, not trusted. Some file systems accept
SQLite's wishes and ignore them; an administrator may have traded safety for speed.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy import Engine, Executable, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import Table

from visiojury.record.errors import StoreError

PRAGMAS: Final[dict[str, tuple[str, str]]] = {
    # name: (what is asked, what must be read back)
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", "2"),
    "foreign_keys": ("ON", "1"),
    "busy_timeout": ("5000", "5000"),
    "wal_autocheckpoint": ("0", "0"),  # checkpoints.py
}
POSTGRES_SETTINGS: Final[dict[str, str]] = {
    # name: what it must be; the last is asked for by each connection
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}
STUCK_S = 3
"""After so long a transaction whose client has gone silent is ended, and what it locked is free."""
ANSWER_S = 5.0
"""How long a database may take to answer before the act is refused."""
MIGRATION_LOCK = 8_236_001
"""PostgreSQL advisory lock: one server at a time brings the schema up to date."""

_BEGIN: Final = "visiojury_begin"
"""Execution option: the statement that begins a transaction; none, with an empty one."""
CreateConnection = Callable[[], Any]
"""Opens what SQLite's own driver would: a connection of Python's DB-API."""


def is_url(database: str) -> bool:
    """Return whether `database` is a URL; a path otherwise."""
    return "://" in database


def open_engine(
    database: str | Path,
    *,
    password: str | None = None,
    connect: CreateConnection | None = None,
) -> AsyncEngine:
    """Return an engine on a SQLite file, made if need be, or on a PostgreSQL database.

    Args:
        database: path, or `postgresql://user@host/name`.
        password: of PostgreSQL; never part of the URL, which is printed.
        connect: what opens a connection, where it is not the engine's own driver.

    Raises:
        StoreError: `database_unusable`.
    """
    if isinstance(database, Path) or not is_url(database):
        return _sqlite(Path(database), connect)
    return _postgres(database, password)


def reading(engine: AsyncEngine) -> AsyncEngine:
    """Return `engine` for reads: each transaction sees one state, and waits for no writer."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN"})
    return engine.execution_options(isolation_level="REPEATABLE READ")


def beside_transactions(engine: AsyncEngine) -> AsyncEngine:
    """Return SQLite's `engine` for statements that no transaction may hold."""
    return engine.execution_options(**{_BEGIN: ""})


def upsert(connection: AsyncConnection | Connection, table: Table) -> Executable:
    """Return the statement that inserts a row, or replaces the one with the same primary key."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


async def lock_schema(connection: AsyncConnection) -> None:
    """Keep other servers from migrating until this transaction ends.

    SQLite's write transactions exclude each other already.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))


def place_of(engine: AsyncEngine) -> str:
    """Return where the database is, for a person: no password."""
    if engine.dialect.name == "sqlite":
        return Path(engine.url.database or "").name
    return engine.url.render_as_string(hide_password=True)


# --- SQLite ------------------------------------------------------------------------------------


# The driver begins no transaction by itself: `_begin` does, and DDL is inside it too.
_NO_BEGIN: Final[dict[str, Any]] = {"connect_args": {"isolation_level": None}}


def _sqlite(path: Path, connect: CreateConnection | None) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=_claim_file(path))
    options = _NO_BEGIN if connect is None else {"async_creator": lambda: _awaited(connect)}
    engine = create_async_engine(url, **options)
    _prepare(engine.sync_engine)
    return engine


async def _awaited(connect: CreateConnection) -> aiosqlite.Connection:
    return await aiosqlite.Connection(connect, iter_chunk_size=64)


def sqlite_engine(url: URL, connect: CreateConnection | None) -> Engine:
    """Return an engine for one thread, on the SQLite file that `url` names."""
    options = _NO_BEGIN if connect is None else {"creator": connect}
    engine = create_engine(url.set(drivername="sqlite"), **options)
    _prepare(engine)
    return engine


def _prepare(engine: Engine) -> None:
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at once: later, it may find that its snapshot is too old."""
    if statement := connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(statement)


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


def prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    """Set what durability rests on, and see that it took.

    Raises:
        StoreError: `durability_refused`.
    """
    cursor = connection.cursor()
    try:
        for name, (asked, expected) in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name} = {asked}")
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()
            if found is None or str(found[0]) != expected:
                raise StoreError(
                    "durability_refused",
                    f"SQLite did not accept {name}={asked} (it says {found and found[0]});"
                    " put the database on a local file system",
                )
    finally:
        cursor.close()


# --- PostgreSQL --------------------------------------------------------------------------------


def _postgres(database: str, password: str | None) -> AsyncEngine:
    try:
        url = make_url(database)
    except ArgumentError as error:
        raise StoreError("database_unusable", "the database URL cannot be read") from error
    if url.get_backend_name() != "postgresql":
        raise StoreError(
            "database_unusable",
            f"{url.get_backend_name()} is not a database this program knows; give a path"
            " (SQLite) or postgresql://user@host/name",
        )
    url = url.set(drivername="postgresql+asyncpg", password=password or url.password)
    settings = {
        "synchronous_commit": "on",
        "application_name": "visiojury",
        "idle_in_transaction_session_timeout": f"{STUCK_S}s",
    }
    engine = create_async_engine(
        url,
        connect_args={
            "timeout": ANSWER_S,
            "command_timeout": ANSWER_S,
            "server_settings": settings,
        },
        pool_timeout=ANSWER_S,
        # A server that was restarted has cut every connection: none of them is to refuse an act.
        pool_pre_ping=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: DBAPIConnection, _record: object) -> None:
    """See that a commit is on disk when it is acknowledged.

    Raises:
        StoreError: `durability_refused`.
    """
    cursor = connection.cursor()
    try:
        for name, expected in POSTGRES_SETTINGS.items():
            cursor.execute(f"SELECT current_setting('{name}')")
            found = cursor.fetchone()
            if found is None or found[0] != expected:
                raise StoreError(
                    "durability_refused",
                    f"PostgreSQL runs with {name}={found and found[0]}; set it to {expected}",
                )
    finally:
        cursor.close()
    connection.rollback()


@asynccontextmanager
async def explained() -> AsyncIterator[None]:
    """Turn what the database says into a refusal; what it says of keys is for the caller."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, OSError, PoolTimeoutError) as error:
        raise StoreError("database_unusable", f"nothing was done: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """Return what the database said, without the statement, its values, or an address."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(said, OSError):
        return said.strerror or type(said).__name__
    return str(said)
