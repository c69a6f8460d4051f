"""SQLite's log is moved into its database beside the commits, not inside one of them.

By itself SQLite does this in the commit that fills the log, and whoever waits for that commit
waits for it too. https://www.sqlite.org/wal.html, "Checkpointing" and "Avoiding Excessively
Large WAL Files".
"""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from visiojury.record.engines import beside_transactions

EVERY_S: Final = 1.0
LONG_PAGES: Final = 4000
"""A log of so many pages (16 MiB) is emptied with no commit in between, so that it starts anew."""


class Checkpoints:
    """Those of one store. On PostgreSQL, which has its own, `note_commit` does nothing."""

    def __init__(self, engine: AsyncEngine, turn: asyncio.Lock) -> None:
        """Args: turn: held by whoever writes."""
        self._engine = beside_transactions(engine) if engine.dialect.name == "sqlite" else None
        self._turn = turn
        self._task: asyncio.Task[None] | None = None

    def note_commit(self) -> None:
        """See that what was committed is moved, soon, unless that is under way."""
        if self._engine is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(  # noqa: TID251 - held here; `close` waits for it
                self._move_soon(self._engine)
            )

    async def close(self) -> None:
        """Stop; SQLite moves what is left when its last connection closes."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _move_soon(self, engine: AsyncEngine) -> None:
        await asyncio.sleep(EVERY_S)
        try:
            if await _move(engine) >= LONG_PAGES:
                # Little is left to move now. Once all is, and nobody reads from the log, the next
                # commit begins it anew.
                async with self._turn:
                    await _move(engine)
        except (DBAPIError, OSError, PoolTimeoutError):
            # Nothing is lost: the log keeps it. Who writes is told when it cannot grow.
            return


async def _move(engine: AsyncEngine) -> int:
    """Move what no reader needs where it is; return the log's length, pages."""
    async with engine.connect() as connection:
        result = await connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        return int(result.mappings().one()["log"])
