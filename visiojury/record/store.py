"""The record in its database: committed to disk before anybody is told.

One writer a session. A store appends only to what it created or loaded; where another writer
came in between, the condition on the session's head lets one of them win, and the other is
told to load again. Appends of different sessions share transactions (commit.py).

What differs between SQLite and PostgreSQL is in engines.py; the schema in schema.py.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from visiojury.record import commit, samples
from visiojury.record.checkpoints import Checkpoints
from visiojury.record.commit import Place, Request
from visiojury.record.engines import (
    CreateConnection,
    explained,
    open_engine,
    place_of,
    reading,
    reason_of,
    upsert,
)
from visiojury.record.entry import Draft, Entry
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.fold import Loaded
from visiojury.record.index import SessionIndex
from visiojury.record.keyring import Keyring, new_key, opener
from visiojury.record.leases import FIRST_EPOCH, Leases
from visiojury.record.migrate import migrate
from visiojury.record.personal import SESSION, file_key
from visiojury.record.samples import QualitySample
from visiojury.record.schema import ENTRY, HEAD, LIFE, PERSON_KEY
from visiojury.record.verify import Stored, examine
from visiojury.record.writer import Writer, writer_for

T = TypeVar("T")

_LIFE_ROW, _TRIAL_ROW = 1, 2


def _new_id() -> str:
    return uuid.uuid4().hex


class RecordStore:
    """The records of one installation. Make one with `open`, close it with `close`."""

    def __init__(
        self,
        engine: AsyncEngine,
        writer: Writer,
        new_id: Callable[[], str],
        keyring: Callable[[Mapping[str, str | None]], Keyring],
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._reader = reading(engine)
        self.index = SessionIndex(engine)
        self._new_id = new_id
        self._keyring = keyring
        self._keyrings: dict[str, Keyring] = {}
        self._heads: dict[str, Place] = {}
        self._epochs: dict[str, int] = {}
        self.leases: Leases | None = None
        """Where several servers share the database: only what is held in them is written to."""
        self._waiting: list[Request] = []
        self._turn = asyncio.Lock()  # One transaction writes at a time, and takes all that waits.
        self._checkpoints = Checkpoints(engine, self._turn)

    @classmethod
    async def open(
        cls,
        database: str | Path,
        *,
        wrapping_key: bytes,
        password: str | None = None,
        new_id: Callable[[], str] = _new_id,
        new_key: Callable[[str], bytes] = new_key,
        connect: CreateConnection | None = None,
        node: str | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Open the database, or make it; bring it to the schema of this program.

        Args:
            database: path of a SQLite file, or URL of a PostgreSQL database.
            wrapping_key: 32 bytes; the keys of people are stored under it.
            password: of PostgreSQL.
            new_id: makes an identifier that no other entry has.
            new_key: makes the key of a subject, 32 bytes.
            connect: what opens a connection, where it is not the engine's own driver.
            node: names this server where others write to the same PostgreSQL; None: none does.
            now_s: monotonic clock by which this server stops writing to what it lost.

        Raises:
            StoreError: the database cannot be used, and what to do about it.
        """
        engine = await asyncio.to_thread(open_engine, database, password=password, connect=connect)
        store = cls(
            engine,
            writer_for(engine, connect),
            new_id,
            partial(Keyring, wrapping_key, new_key=new_key),
        )
        if node is not None:
            store.leases = Leases(node, store._transact, now_s)
        try:
            await migrate(engine)
        except (DBAPIError, OSError, PoolTimeoutError) as error:
            await store.close()
            raise StoreError(
                "database_unusable",
                f"{place_of(engine)} cannot be opened ({reason_of(error)}); see that it is"
                " there and complete, restore it from a backup, or choose another",
            ) from error
        except StoreError:
            await store.close()
            raise
        return store

    async def append(self, session_id: str, drafts: Sequence[Draft]) -> list[Entry]:
        """Chain and commit `drafts`, all or none; they are on disk when this returns.

        Raises:
            StoreError: `writer_conflict`: another writer has appended to this session, or it
                exists and was not loaded; nothing was written. `lease_lost`: it is another
                server's; nothing was written. `database_unusable`: the disk is full, or the
                database gone; load the session to know what was written.
        """
        if not drafts:
            return []
        keyring = self._keyrings.setdefault(session_id, self._keyring({}))
        request = Request(session_id, drafts, keyring, self._epoch(session_id))
        self._waiting.append(request)
        try:
            # Shielded: others' appends are in the same transaction.
            await asyncio.shield(self._commit_waiting(request))
        except asyncio.CancelledError:
            self._abandon(request)
            raise
        return request.answer()

    async def load(self, session_id: str) -> list[Entry]:
        """Return every entry of a session, in order; empty for a session unknown here.

        Raises:
            RecordTamperedError: names the first entry that is at fault.
            StoreError: `database_unusable`.
        """
        return (await self.load_session(session_id)).entries

    async def load_session(self, session_id: str) -> Loaded:
        """Like `load`, and the state that the entries give."""
        async with self._turn:
            pass  # An append whose caller went away has ended, one way or the other.
        async with explained(), self._reader.connect() as connection:
            head = await connection.execute(
                select(HEAD.c.seq, HEAD.c.digest, HEAD.c.epoch).where(
                    HEAD.c.session_id == session_id
                )
            )
            counted = head.one_or_none()
            entries = await connection.execute(
                select(ENTRY.c.seq, ENTRY.c.entry_id, ENTRY.c.body, ENTRY.c.digest)
                .where(ENTRY.c.session_id == session_id)
                .order_by(ENTRY.c.seq)
            )
            rows = entries.all()
            keys = await connection.execute(
                select(PERSON_KEY.c.subject, PERSON_KEY.c.wrapped).where(
                    PERSON_KEY.c.session_id == session_id
                )
            )
            wrapped = {row.subject: row.wrapped for row in keys}
        known = (0, "") if counted is None else (counted.seq, counted.digest)
        # A long record takes a second: not on the loop that other sessions live on.
        loaded, keyring = await asyncio.to_thread(self._read, session_id, rows, wrapped, known)
        if counted is not None:
            self._epochs[session_id] = counted.epoch
        if loaded.entries:
            self._heads[session_id] = (loaded.entries[-1].seq, loaded.entries[-1].digest)
            self._keyrings[session_id] = keyring
        return loaded

    def _read(
        self,
        session_id: str,
        rows: Sequence[Any],
        wrapped: Mapping[str, str | None],
        counted: Place,
    ) -> tuple[Loaded, Keyring]:
        """Raises: RecordTamperedError, StoreError."""
        keyring = self._keyring(wrapped)
        stored = [
            Stored(row.seq, row.body.encode(), row.digest, opener(keyring, row.entry_id))
            for row in rows
        ]
        report, entries, session = examine(session_id, stored, counted=counted)
        for found in report.findings:
            # A session that died between its last act and its seal is sealed by who loads it.
            if found.is_error and found.code != "seal_missing":
                raise RecordTamperedError(session_id, found.seq, found.code)
        return Loaded(entries, session), keyring

    async def file_key(self, session_id: str, sha256: str) -> bytes | None:
        """Return the key of a file kept beside a session's record, 32 bytes; None: destroyed.

        It is made from the key of the session's own texts, and goes with it.

        Raises:
            StoreError: `database_unusable`, `keys_unreadable`.
        """
        async with explained(), self._reader.connect() as connection:
            found = await connection.execute(
                select(PERSON_KEY.c.wrapped).where(
                    PERSON_KEY.c.session_id == session_id, PERSON_KEY.c.subject == SESSION
                )
            )
        wrapped = found.scalar_one_or_none()
        key = self._keyring({SESSION: wrapped}).known(SESSION)
        return None if key is None else file_key(key, sha256)

    def release(self, session_id: str) -> None:
        """Keep nothing of a session in memory: nothing is appended to it before `load`."""
        self._heads.pop(session_id, None)
        self._epochs.pop(session_id, None)
        self._keyrings.pop(session_id, None)

    async def check_keys(self) -> None:
        """See that the keys of people can be read; one tells for all.

        Raises:
            StoreError: `keys_unreadable`, `database_unusable`.
        """
        statement = select(PERSON_KEY).where(PERSON_KEY.c.wrapped.is_not(None)).limit(1)
        async with explained(), self._reader.connect() as connection:
            for row in await connection.execute(statement):
                self._keyring({row.subject: row.wrapped})

    async def mark(self, at_ms: int) -> None:
        """Note that the server is alive at `at_ms`, UTC; the note before is overwritten.

        Raises:
            StoreError: `database_unusable`.
        """
        await self._note(_LIFE_ROW, at_ms)

    async def try_writing(self, at_ms: int) -> None:
        """Write something of no meaning. Raises: StoreError: the database takes no writes."""
        await self._note(_TRIAL_ROW, at_ms)

    async def _note(self, row: int, at_ms: int) -> None:
        values = {"id": row, "at_ms": at_ms}
        await self._transact(lambda c: c.execute(upsert(c, LIFE), values))

    async def last_mark(self) -> int | None:
        """Return the last sign of life, ms UTC; None if there never was one. Raises: StoreError."""
        statement = select(LIFE.c.at_ms).where(LIFE.c.id == _LIFE_ROW)
        async with explained(), self._reader.connect() as connection:
            at_ms = (await connection.execute(statement)).scalar_one_or_none()
        return None if at_ms is None else int(at_ms)

    async def keep_quality(self, taken: Sequence[QualitySample]) -> None:
        """Keep samples of quality, beside the chain. Raises: StoreError."""
        if taken:
            await self._transact(lambda c: samples.write(c, taken))

    async def quality_of(self, session_id: str) -> list[QualitySample]:
        """Return what is kept of a session's quality, oldest first. Raises: StoreError."""
        async with explained(), self._reader.connect() as connection:
            return await samples.read(connection, session_id)

    async def erase_quality(self, session_id: str, *, before_ms: int) -> int:
        """Erase a session's samples from before an instant; return how many. Raises: StoreError."""
        return await self._transact(lambda c: samples.erase(c, session_id, before_ms=before_ms))

    async def _transact(self, work: Callable[[Connection], T]) -> T:
        """Raises: StoreError."""
        async with self._turn, explained():
            return await self._writer.transact(work)

    async def close(self) -> None:
        """Release the database; what was appended is there already."""
        await self._checkpoints.close()
        await self._writer.close()
        await self._engine.dispose()

    # --- group commit --------------------------------------------------------------------------

    def _abandon(self, request: Request) -> None:
        """Whoever asked went away: what became of it, only `load` can tell."""
        request.is_abandoned = True
        self._forget(request)
        if request in self._waiting:
            self._waiting.remove(request)

    async def _commit_waiting(self, request: Request) -> None:
        """Commit `request` with all that waits, unless somebody's turn has done so already."""
        async with self._turn:
            if request.is_settled:
                return  # Whoever would write now writes alone what could wait for the others.
            waiting, self._waiting = self._waiting, []
            try:
                await self._commit(waiting)
            except StoreError as error:
                if error.code in commit.FENCED:
                    await self._commit_each(waiting)
                else:
                    self._fail(waiting, error)

    async def _commit_each(self, requests: Sequence[Request]) -> None:
        """Write one at a time what could not be written together: one of them is at fault."""
        for request in requests:
            try:
                await self._commit([request])
            except StoreError as error:
                self._fail([request], error)

    async def _commit(self, requests: Sequence[Request]) -> None:
        """Raises: StoreError: nothing was written, or with the database gone, nobody knows."""
        spelled = commit.chain_up(requests, self._heads, self._new_id)
        if not spelled:
            return
        node = None if self.leases is None else self.leases.node
        began_s = 0.0 if self.leases is None else self.leases.now_s()
        try:
            async with explained():
                await self._writer.transact(
                    lambda c: commit.write(c, spelled, self._heads, node=node)
                )
        except IntegrityError as error:
            raise commit.conflict(spelled[0].session_id) from error
        self._checkpoints.note_commit()
        for request in spelled:
            self._committed(request, began_s)
        for request in spelled:
            if request.is_abandoned:
                self._forget(request)

    def _committed(self, request: Request, began_s: float) -> None:
        request.is_done = True
        request.keyring.stored()
        session_id = request.session_id
        if session_id not in self._heads:
            self._epochs[session_id] = request.epoch
            if self.leases is not None:
                self.leases.begun(session_id, began_s)
        self._heads[session_id] = commit.place_of(request)

    def _epoch(self, session_id: str) -> int:
        """Return the epoch to write under. Raises: StoreError, `lease_lost`."""
        if self.leases is None:
            return self._epochs.get(session_id, 0)
        # What was never loaded is new, or else its head is found where none should be.
        return self.leases.require(session_id) if session_id in self._heads else FIRST_EPOCH

    def _fail(self, requests: Sequence[Request], error: StoreError) -> None:
        for request in requests:
            request.error = request.error or error
            self._forget(request)

    def _forget(self, request: Request) -> None:
        """What is stored of a session is not known any more."""
        self.release(request.session_id)
