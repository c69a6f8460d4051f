"""Janus with its videoroom, on a configuration of our own, and its WebSocket API.

Debian's package `janus` is what is measured against; nothing of it is part of the product.
Source: janus.conf.meetecho.com/docs (JavaScript-free API, videoroom plugin 1.1.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

WEBSOCKET_PORT = 8188
START_S = 10.0
_FOLDERS = Path("/usr/lib/x86_64-linux-gnu/janus")
BITRATE_BPS = 2_500_000
"""The same that our relay lets a camera send."""


class NoJanusError(Exception):
    """Janus is not installed and could not be."""


def install() -> None:
    """Install Debian's package where it is missing. Raises: NoJanusError."""
    if shutil.which("janus") is not None:
        return
    print("loadtests: installing the Debian package janus", flush=True)
    command = ["apt-get", "install", "-y", "--no-install-recommends", "janus"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoJanusError("install the Debian package janus (apt-get install janus)") from error


def version() -> str:
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "janus"],
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def write_configuration(folder: Path, address: str) -> None:
    """Write what a videoroom needs: its address, one transport, no events; the rest as it comes."""
    library = next(iter(Path("/usr/lib").glob("*/janus")), _FOLDERS)
    (folder / "janus.jcfg").write_text(
        f"""general: {{
    configs_folder = "{folder}"
    plugins_folder = "{library}/plugins"
    transports_folder = "{library}/transports"
    events_folder = "{library}/events"
    loggers_folder = "{library}/loggers"
    debug_level = 3
    session_timeout = 0
}}
nat: {{ ice_enforce_list = "{address}" }}
plugins: {{ disable = "{_others(library / "plugins", "videoroom")}" }}
transports: {{ disable = "{_others(library / "transports", "websockets")}" }}
"""
    )
    (folder / "janus.transport.websockets.jcfg").write_text(
        'general: { json = "compact", ws = true, '
        f'ws_port = {WEBSOCKET_PORT}, ws_ip = "{address}" }}\n'
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { events = false }\n")


def _others(folder: Path, wanted: str) -> str:
    return ",".join(path.name for path in folder.glob("*.so") if wanted not in path.name)


@contextlib.asynccontextmanager
async def running(prefix: Sequence[str], address: str, folder: Path) -> AsyncIterator[int]:
    """Run Janus; yield its process id."""
    write_configuration(folder, address)
    with (folder / "janus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *prefix, "janus", "-F", str(folder), stdout=log, stderr=log
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


class JanusDesk:
    """One session of its API: commands, each answered by its event."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._session = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, address: str) -> AsyncIterator[JanusDesk]:
        url = f"ws://{address}:{WEBSOCKET_PORT}"
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            desk = cls(await _connected(client, url))
            reading = tasks.create_task(desk._read())
            desk._session = (await desk._ask(janus="create"))["data"]["id"]
            yield desk
            reading.cancel()

    async def attach(self) -> int:
        """Return a new handle of the videoroom."""
        reply = await self._ask(janus="attach", plugin="janus.plugin.videoroom")
        return int(reply["data"]["id"])

    async def message(
        self, handle: int, body: dict[str, Any], *, jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Send a request of the plugin and return its event, session description included."""
        more = {} if jsep is None else {"jsep": jsep}
        reply = await self._ask(janus="message", handle_id=handle, body=body, **more)
        data = reply["plugindata"]["data"]
        if "error" in data:
            raise RuntimeError(data["error"])
        return reply

    async def _ask(self, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - the API's own JSON
        transaction = secrets.token_hex(8)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = reply
        if self._session:
            fields["session_id"] = self._session
        await self._socket.send_json({"transaction": transaction, **fields})
        async with asyncio.timeout(START_S):
            return await reply

    async def _read(self) -> None:
        async for message in self._socket:
            reply = message.json()
            if reply["janus"] == "ack":
                continue
            waiting = self._waiting.pop(reply.get("transaction", ""), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)


async def _connected(client: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    """Connect once Janus listens. Raises: TimeoutError."""
    async with asyncio.timeout(START_S):
        while True:
            try:
                return await client.ws_connect(url, protocols=["janus-protocol"])
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
