"""The file of a backup: written whole or not at all, read with every doubt. Knows no engine.

gzip of lines of JSON, the same whatever database it came from:

    {"visiojury_backup":1,"schema":"…"}        the revision that wrote it
    {"table":"head","columns":[…]}             then one array a row, for each table
    {"file":["session","digest"],"kept":"…"}   each file beside the record, as it is kept, base64
    {"end":{"rows":…,"sha256":"…"}}            SHA-256 over every line before

The chain of every session is followed as it passes, in both directions: what is saved holds, and
what is put back holds.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Table

from visiojury.record import chain
from visiojury.record.durable import sync_folder
from visiojury.record.errors import StoreError
from visiojury.record.schema import ENTRY, HEAD, METADATA

FORMAT: Final = 2
READABLE: Final = (1, FORMAT)
"""The first had no files."""
CHUNK_ROWS: Final = 1000
COMPRESSION: Final = 3
"""Entries are text that repeats itself: more effort gains little and costs minutes."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup holds."""

    sessions: int
    entries: int
    files: int = 0
    sha256: str
    """Of its lines; the same state of a database gives the same."""


@dataclass(slots=True)
class ChainWalk:
    """Follows the chains of a stream of rows: heads first, then entries by session and number."""

    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    entries: int = 0
    _session_id: str | None = None
    _last: tuple[int, str] = (0, "")
    _walked: int = 0

    def head(self, session_id: str, seq: int, digest: str) -> None:
        self.heads[session_id] = (seq, digest)

    def entry(self, session_id: str, seq: int, body: str, digest: str) -> None:
        """Take the next entry. Raises: StoreError: `record_tampered`."""
        if session_id != self._session_id:
            self._end_session()
            self._session_id, self._last = session_id, (0, chain.genesis(session_id))
        number, previous = self._last
        if seq != number + 1 or chain.digest(previous, body.encode()) != digest:
            raise _tampered(session_id, seq)
        self._last = (seq, digest)
        self.entries += 1

    def end(self) -> None:
        """See that every session came, whole. Raises: StoreError: `record_tampered`."""
        self._end_session()
        if self._walked != len(self.heads):
            raise StoreError("record_tampered", "a session has no entries")

    def _end_session(self) -> None:
        if self._session_id is None:
            return
        if self.heads.get(self._session_id) != self._last:
            raise _tampered(self._session_id, self._last[0])
        self._walked += 1


def _tampered(session_id: str, seq: int) -> StoreError:
    return StoreError(
        "record_tampered", f"record of session {session_id}, entry {seq}: the chain does not hold"
    )


class _Passing:
    """What writer and reader have in common: the digest, the counts, the chains."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._walk = ChainWalk()
        self._rows: dict[str, int] = {}
        self._files = 0

    def _pass(self, table: Table, row: Row) -> None:
        self._rows[table.name] = self._rows.get(table.name, 0) + 1
        values = dict(zip(table.columns.keys(), row, strict=True))
        if table is HEAD:
            self._walk.head(values["session_id"], values["seq"], values["digest"])
        elif table is ENTRY:
            self._walk.entry(values["session_id"], values["seq"], values["body"], values["digest"])

    def _end(self) -> dict[str, Any]:
        self._walk.end()
        return {"rows": self._rows, "sha256": self._hash.hexdigest()}

    def _contents(self, sha256: str) -> Contents:
        return Contents(
            sessions=len(self._walk.heads),
            entries=self._walk.entries,
            files=self._files,
            sha256=sha256,
        )


class Writer(_Passing):
    """Writes a backup, table by table, in the order of `METADATA.sorted_tables`."""

    def __init__(self, file: gzip.GzipFile, schema: str) -> None:
        super().__init__()
        self._file = file
        self._line({"visiojury_backup": FORMAT, "schema": schema})

    @classmethod
    @contextmanager
    def to(cls, path: Path, schema: str) -> Iterator[Self]:
        """Yield a writer; `path` is there once the block has ended well, and on disk.

        Raises:
            StoreError: `backup_unwritable`.
        """
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as raw:
                    # No name and no time in it: the same state gives the same file.
                    with gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as file:
                        yield cls(file, schema)
                    raw.flush()
                    os.fsync(raw.fileno())
                draft.replace(path)
                sync_folder(path.parent)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError("backup_unwritable", f"{path.name}: {error.strerror}") from error

    def table(self, table: Table) -> None:
        self._line({"table": table.name, "columns": table.columns.keys()})

    def row(self, table: Table, row: Row) -> None:
        self._pass(table, row)
        self._line(list(row))

    def file(self, session_id: str, sha256: str, kept: bytes) -> None:
        """Write a file that lies beside the record, after all tables."""
        self._files += 1
        self._line({"file": [session_id, sha256], "kept": base64.b64encode(kept).decode()})

    def end(self) -> Contents:
        """Write the last line. Raises: StoreError: `record_tampered`."""
        end = self._end()
        self._line({"end": end})
        return self._contents(end["sha256"])

    def _line(self, value: object) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._hash.update(line)
        try:
            self._file.write(line)
        except OSError as error:
            raise StoreError("backup_unwritable", str(error.strerror)) from error


class Reader(_Passing):
    """Reads a backup of the schema named, once."""

    def __init__(self, path: Path, schema: str, keep: Callable[[str, str, bytes], None]) -> None:
        """Take who is given each file beside the record: session, digest, bytes as kept."""
        super().__init__()
        self._keep = keep
        self._path = path
        self._schema = schema
        self.contents: Contents | None = None
        """Known once `chunks` has given everything."""

    def chunks(self) -> Iterator[tuple[Table, list[Row]]]:
        """Yield rows of one table, many at a time.

        Raises:
            StoreError: `backup_damaged`, `backup_of_other_version`, `record_tampered`.
        """
        try:
            with gzip.open(self._path, "rb") as file:
                yield from self._chunks(file)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise _damaged(self._path, type(error).__name__) from error

    def _chunks(self, file: gzip.GzipFile) -> Iterator[tuple[Table, list[Row]]]:
        self._header(self._next(file))
        table: Table | None = None
        rows: list[Row] = []
        while True:
            before = self._hash.hexdigest()
            line = self._next(file)
            if isinstance(line, list):
                if table is None:
                    raise ValueError
                self._pass(table, line)
                rows.append(line)
            if table is not None and rows and (len(rows) >= CHUNK_ROWS or isinstance(line, dict)):
                yield table, rows
                rows = []
            if isinstance(line, dict) and "end" in line:
                self._finish(line["end"], before)
                return
            if isinstance(line, dict) and "file" in line:
                self._file(line)
            elif isinstance(line, dict):
                table = self._table(line)

    def _next(self, file: gzip.GzipFile) -> Any:  # noqa: ANN401 - whatever JSON can hold
        line = file.readline()
        self._hash.update(line)
        return json.loads(line)

    def _header(self, line: dict[str, Any]) -> None:
        if line["visiojury_backup"] not in READABLE or line["schema"] != self._schema:
            raise StoreError(
                "backup_of_other_version",
                f"it was written by schema {line['schema']}, this program knows {self._schema};"
                " restore it with the version that wrote it, then upgrade",
            )

    def _file(self, line: dict[str, Any]) -> None:
        session_id, sha256 = line["file"]
        # The name of a session is one of those whose chain passed; that of a file, a digest.
        if session_id not in self._walk.heads or not _DIGEST.fullmatch(sha256):
            raise ValueError
        self._files += 1
        self._keep(session_id, sha256, base64.b64decode(line["kept"], validate=True))

    def _table(self, line: dict[str, Any]) -> Table:
        table = METADATA.tables[line["table"]]
        if line["columns"] != table.columns.keys():
            raise ValueError
        return table

    def _finish(self, said: dict[str, Any], sha256: str) -> None:
        if said != {"rows": self._rows, "sha256": sha256}:
            raise _damaged(self._path, "its last line does not fit the others")
        self._walk.end()
        self.contents = self._contents(sha256)


def _damaged(path: Path, reason: str) -> StoreError:
    return StoreError("backup_damaged", f"{path.name} is not a whole backup ({reason})")
