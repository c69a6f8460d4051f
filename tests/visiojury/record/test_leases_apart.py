"""An owner that is killed, stopped or cut off, as a process of its own: another goes on.

Real time, a real PostgreSQL: what was acknowledged to the first is there, and once it is back it
writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.builders import WRAPPING_KEY, Story
from tests.databases import Database
from visiojury.record.errors import LeaseHeldError
from visiojury.record.leases import FREE_S, RENEW_S
from visiojury.record.store import RecordStore

SOME = 10
ROUGHLY_S = 4.0
"""What a busy machine may add."""
REFUSED = {"lease_lost", "writer_conflict", "database_unusable"}
FENCED = {"lease_lost", "writer_conflict"}
SOCKET = ".s.PGSQL.5432"


class Cable:
    """A way to PostgreSQL that can be cut: nothing passes any more, and nobody is told."""

    def __init__(self, url: str, folder: Path) -> None:
        (behind,) = parse_qs(urlsplit(url).query)["host"]
        self.url = url.replace(behind, str(folder))
        self._place, self._behind = folder / SOCKET, Path(behind) / SOCKET
        self._is_whole = True
        self._ways: list[asyncio.StreamWriter] = []

    async def lay(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._carry, self._place)

    def cut(self) -> None:
        self._is_whole = False

    def mend(self) -> None:
        """Let new connections pass; those that were cut are gone."""
        for way in self._ways:
            way.close()
        self._is_whole = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_unix_connection(self._behind)
        self._ways += [writer, behind_writer]
        await asyncio.gather(
            self._pass_on(reader, behind_writer), self._pass_on(behind_reader, writer)
        )

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while content := await reader.read(1 << 16):
                if self._is_whole:
                    writer.write(content)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def holder(url: str, node: str, session_id: str) -> AsyncIterator[Process]:
    arguments = ("-m", "tests.visiojury.record.holder", url, node, session_id)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def lines(process: Process, until: Callable[[list[str]], bool]) -> list[str]:
    """Return what it says, up to what is waited for or its end."""
    assert process.stdout is not None
    said: list[str] = []
    while not until(said) and (line := await process.stdout.readline()):
        said.append(line.decode().strip())
    return said


def digests(said: list[str]) -> list[str]:
    return [digest for line in said if line not in REFUSED for digest in line.split()]


async def take_when_free(store: RecordStore, session_id: str) -> float:
    """Return how long another server had to wait for the lease, s."""
    assert store.leases is not None
    began_s = time.monotonic()
    while True:
        try:
            assert await store.leases.take(session_id) is not None
        except LeaseHeldError:
            await asyncio.sleep(0.1)
        else:
            return time.monotonic() - began_s


class Succession:
    """One session, begun by a process of its own and gone on with by a store of this one."""

    def __init__(self, store: RecordStore, process: Process, session_id: str) -> None:
        self._store, self.process, self._session_id = store, process, session_id
        self._acknowledged: list[str] = []
        self._after: list[str] = []

    async def harm(self, do: Callable[[], None]) -> None:
        """Let it have something acknowledged, and end that; then another server goes on."""
        said = await lines(self.process, lambda said: len(said) >= SOME)
        assert not REFUSED & set(said)
        self._acknowledged = digests(said)
        do()
        waited_s = await take_when_free(self._store, self._session_id)
        assert FREE_S - RENEW_S - 0.5 <= waited_s <= FREE_S + ROUGHLY_S, waited_s
        found = [entry.digest for entry in await self._store.load(self._session_id)]
        written = await self._store.append(self._session_id, Story().drafts[1:3])
        self._after = [*found, *(entry.digest for entry in written)]

    async def wake(self, do: Callable[[], None]) -> None:
        """Let the first go on: it is refused whatever it tries, and says so."""
        do()
        said = await lines(self.process, lambda said: len(said) > 2 and set(said[-3:]) <= FENCED)
        self._acknowledged += digests(said)

    async def is_whole(self) -> None:
        """See that all that was acknowledged to either is there, and nothing was put behind it."""
        if self.process.returncode is not None:
            self._acknowledged += digests(await lines(self.process, lambda _: False))
        entries = await self._store.load(self._session_id)
        kept = [entry.digest for entry in entries]
        assert kept == self._after
        assert kept[: len(self._acknowledged)] == self._acknowledged


@asynccontextmanager
async def begun(database: Database, url: str, session_id: str) -> AsyncIterator[Succession]:
    store = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY, node="heir")
    try:
        async with holder(url, "first", session_id) as process:
            yield Succession(store, process, session_id)
    finally:
        await store.close()


async def killed(database: Database) -> None:
    async with begun(database, str(database.target), "killed") as succession:
        await succession.harm(succession.process.kill)
        await succession.process.wait()
        await succession.is_whole()


async def stopped(database: Database) -> None:
    async with begun(database, str(database.target), "stopped") as succession:
        process = succession.process
        await succession.harm(lambda: os.kill(process.pid, signal.SIGSTOP))
        await succession.wake(lambda: os.kill(process.pid, signal.SIGCONT))
        await succession.is_whole()


async def cut_off(database: Database) -> None:
    with tempfile.TemporaryDirectory(prefix="vj-cable-") as folder:
        cable = Cable(str(database.target), Path(folder))
        async with await cable.lay(), begun(database, cable.url, "cut-off") as succession:
            await succession.harm(cable.cut)
            await succession.wake(cable.mend)
            await succession.is_whole()


@pytest.mark.requirement("T4")
async def test_whatever_ends_an_owner_another_goes_on_and_nothing_is_lost(
    postgres_database: Database,
) -> None:
    """Side by side: each waits for the same five seconds."""
    async with asyncio.TaskGroup() as group:
        for end in (killed, stopped, cut_off):
            group.create_task(end(postgres_database))
