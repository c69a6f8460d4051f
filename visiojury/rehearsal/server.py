"""A server of our own for one rehearsal: a child process with a directory that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from visiojury.rehearsal.errors import ServerError
from visiojury.rehearsal.ports import LOCAL, free_port

_READY_DUE_S = 30.0
_STOP_DUE_S = 5.0
_POLL_S = 0.05
_LOG_TAIL_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class OwnServer:
    url: str
    config: Path
    pid: int


@contextlib.asynccontextmanager
async def own_server(directory: Path) -> AsyncIterator[OwnServer]:
    """Serve on free loopback ports, with everything it writes below `directory`.

    Raises:
        ServerError: it did not become ready; the text ends with what it printed.
    """
    http_port = free_port()
    config, log = directory / "visiojury.toml", directory / "server.log"
    config.write_text(_settings(http_port, free_port(), free_port()), encoding="utf-8")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "visiojury", "serve", "--config", str(config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://{LOCAL}:{http_port}"
        await _wait_ready(url, process, log)
        yield OwnServer(url, config, process.pid)
    finally:
        await _stop(process)


def _settings(http_port: int, metrics_port: int, relay_port: int) -> str:
    return f"""\
data = "data"
log_level = "warning"

[http]
host = "{LOCAL}"
port = {http_port}

[metrics]
host = "{LOCAL}"
port = {metrics_port}

[relay]
host = "{LOCAL}"
port = {relay_port}
announce = ["{LOCAL}"]
"""


async def _wait_ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    try:
        async with asyncio.timeout(_READY_DUE_S), aiohttp.ClientSession() as http:
            while process.returncode is None:
                if await _is_ready(http, url):
                    return
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise ServerError(f"le serveur n’est pas prêt après {_READY_DUE_S:.0f} s") from None
    tail = await asyncio.to_thread(_tail, log)
    raise ServerError(f"le serveur s’est arrêté (code {process.returncode}) :\n{tail}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL_CHARS:]


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/readyz") as response:
            return response.ok
    except aiohttp.ClientConnectionError:
        return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), _STOP_DUE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
