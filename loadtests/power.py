"""Power cuts: a disk under SQLite that keeps only what was synced, and some of the rest, torn.

The product's own store writes through a SQLite whose file system is ours (apsw). At a random
operation the power goes: of what was written since the last sync of a file, each write is kept,
dropped, or kept in part, at random. What is left is opened by the ordinary SQLite, and every
acknowledged entry must be in it.

`synchronous=NORMAL` is measured beside, behind the product's back: it must lose something, or
this test could not fail. Names of files are taken as durable at once; SQLite syncs folders itself.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import apsw

from loadtests.ledger import Ledger, lost, write_until_stopped

SECTOR_BYTES = 512
MOST_OPERATIONS = 400


class Disk:
    """What is durable of each file, and what was written since its last sync."""

    def __init__(self, chance: random.Random, cut_at: int) -> None:
        self.chance = chance
        self._left = cut_at
        self.is_off = False
        self._durable: dict[str, bytearray] = {}
        self._pending: dict[str, list[tuple[int, bytes | None]]] = {}

    def step(self, ledger: Ledger) -> None:
        """Count one operation; at the last, the power goes."""
        self._left -= 1
        if self._left == 0:
            self.is_off = True
            ledger.close()
        if self.is_off:
            raise apsw.IOError("the power is off")

    def write(self, path: str, offset: int, data: bytes | None) -> None:
        """Note a write, or with no data, that the file ends at `offset`."""
        self._pending.setdefault(path, []).append((offset, data))

    def sync(self, path: str) -> None:
        for offset, data in self._pending.pop(path, []):
            self._apply(path, offset, data)

    def delete(self, path: str) -> None:
        self._durable.pop(path, None)
        self._pending.pop(path, None)

    def after_the_cut(self, folder: Path) -> Path:
        """Write what is left into `folder`, and return the database there."""
        for path, writes in self._pending.items():
            for offset, data in writes:
                self._survive(path, offset, data)
        for path, content in self._durable.items():
            (folder / Path(path).name).write_bytes(content)
        return folder / "record.db"

    def _survive(self, path: str, offset: int, data: bytes | None) -> None:
        fate = self.chance.random()
        if fate < 1 / 3:
            return
        if fate < 2 / 3 and data is not None:
            data = data[: self.chance.randrange(len(data) + 1) // SECTOR_BYTES * SECTOR_BYTES]
        self._apply(path, offset, data)

    def _apply(self, path: str, offset: int, data: bytes | None) -> None:
        content = self._durable.setdefault(path, bytearray())
        if data is None:
            del content[offset:]
            return
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], disk: Disk, ledger: Ledger) -> None:  # noqa: ANN401 - apsw hands a filename object through
        super().__init__("", name, flags)
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._disk = disk
        self._ledger = ledger

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.step(self._ledger)
        self._disk.write(self._path, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.step(self._ledger)
        self._disk.write(self._path, newsize, None)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's name and signature
        self._disk.step(self._ledger)
        self._disk.sync(self._path)


class _VFS(apsw.VFS):
    def __init__(self, disk: Disk, ledger: Ledger) -> None:
        self._disk = disk
        self._ledger = ledger
        self.name = f"power-{id(self)}"
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: ANN401, N802 - SQLite's name
        return _File(name, flags, self._disk, self._ledger)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's signature
        self._disk.delete(filename)
        super().xDelete(filename, syncdir)


class _Cursor:
    """As much of DB-API as the store's driver asks for."""

    arraysize = 1
    lastrowid = 0

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: list[Sequence[object]] = []
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1

    def execute(self, sql: str, parameters: Any = ()) -> _Cursor:  # noqa: ANN401 - whatever binds
        cursor = self._connection.apsw.cursor()
        cursor.exec_trace = self._describe
        try:
            cursor.execute(self._connection.asked(sql), parameters)
            self.rowcount = self._connection.apsw.changes()
            self._rows = [self._connection.told(sql, row) for row in cursor]
        except apsw.ConstraintError as error:
            raise sqlite3.IntegrityError(str(error)) from error
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        return self

    def _describe(self, cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        """Note the columns before the statement runs: after it, there may be no row to tell."""
        columns = cursor.getdescription()
        self.description = tuple((*column, *[None] * 5) for column in columns) or None
        return True

    def executemany(self, sql: str, many: Sequence[Any]) -> _Cursor:
        for parameters in many:
            self.execute(sql, parameters)
        return self

    def fetchall(self) -> list[Sequence[object]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Sequence[object] | None:
        return self._rows.pop(0) if self._rows else None

    def close(self) -> None:
        self._rows = []


class _Connection:
    isolation_level = None

    def __init__(self, path: Path, vfs: str, synchronous: str) -> None:
        self.apsw = apsw.Connection(str(path), vfs=vfs)
        self._synchronous = synchronous

    def asked(self, sql: str) -> str:
        """Weaken what the store asks for, as some file systems do."""
        return sql.replace("synchronous = FULL", f"synchronous = {self._synchronous}")

    def told(self, sql: str, row: Sequence[object]) -> Sequence[object]:
        return (2,) if sql == "PRAGMA synchronous" else row

    @property
    def in_transaction(self) -> bool:
        return self.apsw.in_transaction

    def cursor(self) -> _Cursor:
        return _Cursor(self)

    def create_function(self, *_: object, **__: object) -> None:
        """The driver offers `regexp`; the store uses none."""

    def commit(self) -> None:
        if self.in_transaction:
            self.cursor().execute("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.cursor().execute("ROLLBACK")

    def close(self) -> None:
        with suppress(apsw.Error):  # Without power, nothing can be written any more.
            self.apsw.close()


@dataclass(frozen=True, slots=True)
class PowerFigures:
    cuts: int
    lossy_full: int
    """Cuts after which something acknowledged was gone, or a chain did not hold."""
    lossy_normal: int
    acknowledged: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [
            f"{self.cuts} power cuts each, {self.acknowledged} acknowledged entries",
            f"lost with synchronous=FULL: {self.lossy_full}; with NORMAL: {self.lossy_normal}",
        ]


async def measure_power(*, cuts: int, seed: int) -> PowerFigures:
    """Cut the power `cuts` times with the product's setting, and as often with less."""
    lossy, acknowledged = {"FULL": 0, "NORMAL": 0}, 0
    for number in range(cuts):
        for synchronous in lossy:
            chance = random.Random(f"{seed} {number}")
            with tempfile.TemporaryDirectory(prefix="visiojury-power-") as folder:
                ledger, database = await _cut(Path(folder), chance, synchronous)
                acknowledged += len(ledger.told)
                lossy[synchronous] += bool(await lost(database, ledger))
    return PowerFigures(cuts, lossy["FULL"], lossy["NORMAL"], acknowledged)


async def _cut(folder: Path, chance: random.Random, synchronous: str) -> tuple[Ledger, Path]:
    before, after = folder / "before", folder / "after"
    before.mkdir()
    after.mkdir()
    ledger = Ledger()
    disk = Disk(chance, cut_at=chance.randrange(100, MOST_OPERATIONS))
    vfs = _VFS(disk, ledger)
    path = before / "record.db"

    def connect() -> _Connection:
        return _Connection(path, vfs.name, synchronous)

    await write_until_stopped(path, ledger, connect=connect)
    vfs.unregister()
    return ledger, disk.after_the_cut(after)
