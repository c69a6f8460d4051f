"""Several servers on one PostgreSQL, as processes; a front before them; people who come back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
from aiortc.rtcdtlstransport import RTCCertificate

from auth.keys import InstallationKeys
from auth.tokens import Tokens
from loadtests.attendants import FOREVER_S, IN_THE_ROOM, ServerDesk
from loadtests.swarm import Hall
from signaling import demonstration
from tests.databases import Database
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.errors import RehearsalError
from visiojury.rehearsal.ports import LOCAL, free_port

READY_S = 60.0
AGAIN_S = 0.25
SILENT_S, LOOK_S = 2.0, 0.1
"""When a page takes its connection for cut."""
LOST = (RehearsalError, aiohttp.ClientError, ConnectionError, TimeoutError)
"""What a page takes for a reason to try again."""


class Node:
    """One of the servers: owns its process."""

    def __init__(self, folder: Path, name: str, database: Database, origin: str) -> None:
        self._port = free_port()
        self.address = f"http://{LOCAL}:{self._port}"
        self._log = folder / f"{name}.log"
        self._config = folder / f"{name}.toml"
        self.metrics_port = free_port()
        self._config.write_text(
            f"""\
data = "data"
database = "{database.target}"
drain_s = 0
log_level = "info"
[http]
port = {self._port}
origins = ["{origin}"]
[metrics]
port = {self.metrics_port}
[relay]
port = {free_port()}
[cluster]
address = "{self.address}"
""",
            encoding="utf-8",
        )
        self._process: Process | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def start(self) -> None:
        """Return once it is ready."""
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "visiojury", "serve", "--config", str(self._config)),
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
            )
        async with asyncio.timeout(READY_S), aiohttp.ClientSession() as http:
            while not await self._is_ready(http):
                assert self._process.returncode is None, self.said[-2000:]
                await asyncio.sleep(0.1)

    async def end(self, by: signal.Signals) -> None:
        """Send a signal and wait for the end of the process."""
        assert self._process is not None
        self._process.send_signal(by)
        await self._process.wait()

    def tell(self, what: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, what)

    async def remove(self) -> None:
        if self._process is not None and self._process.returncode is None:
            await self.end(signal.SIGKILL)

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.address}/readyz") as response:
                return response.ok
        except aiohttp.ClientError:
            return False


class Front:
    """Knows of no session: each new connection goes to the next server that takes it."""

    def __init__(self) -> None:
        self._port = free_port()
        self.origin = f"http://{LOCAL}:{self._port}"
        self.ports: list[int] = []
        self._turns = itertools.count()

    async def open(self) -> asyncio.Server:
        return await asyncio.start_server(self._carry, LOCAL, self._port)

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        first = next(self._turns) % len(self.ports)
        for port in self.ports[first:] + self.ports[:first]:
            try:
                behind_reader, behind_writer = await asyncio.open_connection(LOCAL, port)
            except OSError:
                continue
            await asyncio.gather(_pass_on(reader, behind_writer), _pass_on(behind_reader, writer))
            return
        writer.close()


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while content := await reader.read(1 << 16):
            writer.write(content)
            await writer.drain()
    writer.close()


class Cluster:
    """Three servers that share a database and a directory, behind one front."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._database = database
        self.front = Front()
        self.nodes = {
            node.address: node
            for node in (
                Node(folder, name, database, self.front.origin) for name in ("one", "two", "three")
            )
        }
        self.front.ports = [node.port for node in self.nodes.values()]
        self._keys = InstallationKeys.load_or_create(folder / "data" / "keys")
        self.session_id = f"cluster-{time.time_ns()}"

    def owner(self) -> Node:
        """Return who owns the session, as the database says."""
        return self.nodes[self._owner_address()]

    async def moved(self, before: Node) -> None:
        """Return once another server owns the session."""
        async with asyncio.timeout(READY_S):
            while await asyncio.to_thread(self._owner_address) in {"-", before.address}:  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.1)

    def _owner_address(self) -> str:
        (address,) = self._database.sql(
            f"SELECT coalesce(owner, '-') FROM head WHERE session_id = '{self.session_id}'"
        )
        return address

    def admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {Tokens(self._keys, self.front.origin).admin()}"}

    async def create_session(self, http: aiohttp.ClientSession) -> dict[str, Invitation]:
        definition = demonstration.definition(
            self.session_id, now_ms=int(time.time() * 1000), duration_s=600
        )
        async with http.post(
            f"{self.front.origin}/api/sessions", json=asdict(definition), headers=self.admin()
        ) as response:
            answer = await response.json()
            assert response.status == 201, answer
        return {i["participant_id"]: Invitation.of(i) for i in answer["invitations"]}


@contextlib.asynccontextmanager
async def cluster(folder: Path, database: Database) -> AsyncIterator[Cluster]:
    """Yield the servers, all of them ready."""
    made = Cluster(folder, database)
    try:
        async with await made.front.open():
            await asyncio.gather(*(node.start() for node in made.nodes.values()))
            yield made
    finally:
        for node in made.nodes.values():
            await node.remove()


class Device(Client):
    """A participant's device that notes when it last heard from a server."""

    heard_s = 0.0

    async def _take(self, message: dict[str, Any], ready: asyncio.Event) -> None:
        self.heard_s = time.monotonic()
        await super()._take(message, ready)


class Returning:
    """A person's device that comes back as a page does, and its media with it."""

    def __init__(self, client: Device, certificate: RTCCertificate) -> None:
        self.client = client
        self._certificate = certificate
        self._has_media = client.invitation.role in IN_THE_ROOM

    async def live(self) -> None:
        while True:
            ready = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                media = group.create_task(self._send(ready))
                connected = group.create_task(self._connect(ready))
                self.client.heard_s = time.monotonic()
                while not connected.done():
                    await asyncio.wait([connected], timeout=LOOK_S)
                    if time.monotonic() - self.client.heard_s > SILENT_S:
                        connected.cancel()
                media.cancel()
            await asyncio.sleep(AGAIN_S)

    async def _connect(self, ready: asyncio.Event) -> None:
        with contextlib.suppress(*LOST):
            await self.client.run(ready=ready)

    async def _send(self, ready: asyncio.Event) -> None:
        await ready.wait()
        if not self._has_media:
            return
        hall = Hall(0, 1, self._certificate, has_arrivals=True)
        (peer,) = hall.peers
        try:
            with contextlib.suppress(*LOST):
                await peer.join(ServerDesk(self.client), places=2)
                await hall.play(peer, FOREVER_S, offset_s=0.0)
        finally:
            await peer.close()


@contextlib.asynccontextmanager
async def attending(
    http: aiohttp.ClientSession, origin: str, invitations: Mapping[str, Invitation]
) -> AsyncIterator[dict[str, Device]]:
    """Yield the devices of people who are in, and come back whatever happens."""
    certificate = RTCCertificate.generateCertificate()
    clients = {who: Device(http, origin, one) for who, one in invitations.items()}
    async with asyncio.TaskGroup() as group:
        for client in clients.values():
            await client.redeem()
        tasks = [
            group.create_task(Returning(client, certificate).live()) for client in clients.values()
        ]
        yield clients
        for task in tasks:
            task.cancel()
