"""A real server process on a record that is there already: how long until it serves, and opens."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import aiohttp

from auth.keys import InstallationKeys
from auth.tokens import Tokens
from visiojury.exam.commands import SessionDefinition
from visiojury.rehearsal.client import Invitation
from visiojury.rehearsal.ports import free_port

READY_S = 60.0
_GAPS = re.compile(r'^visiojury_events_total\{type="service\.interrupted"\} (\S+)', re.MULTILINE)


class Installation:
    """A folder with a configuration, keys and a record."""

    def __init__(self, folder: Path, *, fronts: tuple[str, ...] = ()) -> None:
        """Set it up. `fronts`: networks that are believed when they name people's addresses."""
        self.folder = folder
        self.record = folder / "data" / "record.db"
        self.record.parent.mkdir()
        self.keys = InstallationKeys.load_or_create(folder / "data" / "keys")
        self._http, self._metrics = free_port(), free_port()
        self._config = folder / "visiojury.toml"
        self._config.write_text(
            f'data = "data"\nlog_level = "error"\n[http]\nport = {self._http}\n'
            f"trusted_fronts = {json.dumps(fronts)}\n"
            f"[metrics]\nport = {self._metrics}\n[relay]\nport = {free_port()}\n",
            encoding="utf-8",
        )

    @property
    def wrapping_key(self) -> bytes:
        return self.keys.derive(b"visiojury-person-keys-v1")

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Running]:
        """Start a server, yield once it is ready, end it."""
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: ASYNC220 - started, not waited for; our own command
            [sys.executable, "-m", "visiojury", "serve", "--config", str(self._config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Its workers complain when it is killed; a start that fails shows by its silence.
            stderr=subprocess.DEVNULL,
        )
        origin = f"http://127.0.0.1:{self._http}"
        headers = {"Authorization": f"Bearer {Tokens(self.keys, origin).admin()}"}
        try:
            async with aiohttp.ClientSession(headers=headers) as http:
                metrics = f"http://127.0.0.1:{self._metrics}/metrics"
                running = Running(http, origin, metrics, begun, process.pid)
                await running.ready()
                yield running
        finally:
            process.kill()
            process.wait()


class Running:
    """A server that is up."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        origin: str,
        metrics: str,
        begun: float,
        pid: int,
    ) -> None:
        self._http = http
        self.origin = origin
        self.pid = pid
        self._metrics = metrics
        self._begun = begun
        self.ready_s = 0.0
        """From the start of the process until it says that it can hold an exam."""

    async def ready(self) -> None:
        async with asyncio.timeout(READY_S):
            while not await self._is_ready():  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
        self.ready_s = time.perf_counter() - self._begun

    async def gaps_recorded_s(self, sessions: int) -> float:
        """Return when the gap of so many sessions was recorded, since the start of the process."""
        async with asyncio.timeout(READY_S):
            while await self._gaps() < sessions:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.1)
        return time.perf_counter() - self._begun

    async def open_ms(self, session_id: str) -> float:
        """Return how long the server takes to show a session, asked over HTTP."""
        begun = time.perf_counter()
        async with self._http.get(f"{self.origin}/api/sessions/{session_id}") as response:
            await response.read()
            response.raise_for_status()
        return (time.perf_counter() - begun) * 1000

    async def erasures_ms(self) -> float:
        """Return how long the server takes to say what is due for erasure, asked over HTTP."""
        begun = time.perf_counter()
        url, asked = f"{self.origin}/api/erasures", {"carry_out": False}
        async with self._http.post(url, json=asked) as response:
            await response.read()
            response.raise_for_status()
        return (time.perf_counter() - begun) * 1000

    async def create(self, definition: SessionDefinition) -> list[Invitation]:
        """Create a session and return its people's invitations."""
        url = f"{self.origin}/api/sessions"
        async with self._http.post(url, json=asdict(definition)) as response:
            answer = await response.json()
            response.raise_for_status()
        return [Invitation.of(one) for one in answer["invitations"]]

    async def scrape(self) -> str:
        """Return the metrics, as Prometheus would get them."""
        async with self._http.get(self._metrics) as response:
            return await response.text()

    async def _is_ready(self) -> bool:
        try:
            async with self._http.get(f"{self.origin}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _gaps(self) -> float:
        found = _GAPS.search(await self.scrape())
        return 0.0 if found is None else float(found[1])
