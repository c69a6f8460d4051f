"""A record database as a file: read without writing to it, also while a server writes.

Used to check it, and by whoever has the file but not the server. Nothing here trusts what
the file says: every entry goes through verify.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from visiojury.record.errors import StoreError
from visiojury.record.findings import Report
from visiojury.record.verify import Stored, examine

BUSY_TIMEOUT_S = 5.0
MAGIC = b"SQLite format 3\x00"


def verify_database(path: Path) -> list[Report]:
    """Return one report a session, ordered by session.

    Raises:
        StoreError: `database_unusable`: not a record database, damaged, or not readable.
    """
    try:
        with _snapshot(path) as connection:
            _check_pages(connection)
            return [_examine(connection, session_id) for session_id in _sessions(connection)]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise StoreError("database_unusable", f"{path.name}: {error}") from error


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Open `path` read-only and keep one state of it for the whole check."""
    try:
        connection = _open(path, "mode=ro")
    except sqlite3.OperationalError:
        if path.with_name(f"{path.name}-wal").exists():
            raise
        # A copy on a medium that cannot be written: WAL wants its files beside it, unless the
        # database is said not to change. Nobody is writing where there is no -wal file.
        connection = _open(path, "immutable=1")
    with closing(connection):
        yield connection


def _open(path: Path, how: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{how}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema")  # The first read opens the file.
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_pages(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(str(verdict))


def _sessions(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT session_id FROM entry UNION SELECT session_id FROM head")
    return sorted(str(session_id) for (session_id,) in rows)


def _examine(connection: sqlite3.Connection, session_id: str) -> Report:
    counted = connection.execute(
        "SELECT seq, digest FROM head WHERE session_id = ?", (session_id,)
    ).fetchone()
    rows = connection.execute(
        "SELECT seq, body, digest FROM entry WHERE session_id = ? ORDER BY seq", (session_id,)
    )
    stored = [Stored(int(seq), str(body).encode(), str(digest)) for seq, body, digest in rows]
    known = (0, "") if counted is None else (int(counted[0]), str(counted[1]))
    return examine(session_id, stored, counted=known).report
