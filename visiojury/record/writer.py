"""Transactions that write, one at a time.

On SQLite a transaction is one job of one thread: the asynchronous driver goes from the loop to
a thread and back for every cursor and statement, some thirty times for one append, and on a busy
machine waits for a processor each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from visiojury.record.engines import CreateConnection, sqlite_engine

T = TypeVar("T")


class Writer(Protocol):
    """Writes to one database."""

    @property
    def engine(self) -> Engine:
        """What the transactions are made on."""

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction of its own, committed when this returns.

        Whoever is cancelled does not know whether it was.

        Raises: what `work` or the database raises; nothing was written then.
        """

    async def close(self) -> None:
        """Release the connections that are its own."""


def writer_for(engine: AsyncEngine, connect: CreateConnection | None = None) -> Writer:
    """Return what writes to the database of `engine`."""
    if engine.dialect.name == "sqlite":
        return _InThread(sqlite_engine(engine.url, connect))
    return _OnLoop(engine)


class _OnLoop:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        return self._engine.sync_engine

    async def transact(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Nothing is its own."""


class _InThread:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._thread = ThreadPoolExecutor(1, "record")

    async def transact(self, work: Callable[[Connection], T]) -> T:
        return await self._run(lambda: self._transact(work))

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        await self._run(self.engine.dispose)
        self._thread.shutdown()

    async def _run(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)
