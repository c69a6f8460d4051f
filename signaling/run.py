"""Start and stop: from settings to a server that listens, and back in good order.

What takes time is done side by side, as people wait for a server that was ended in their midst:
the ports are open first, so that who comes meanwhile waits and is not turned away; the relays
start while the rest of the program is still being read.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import structlog

from signaling import logs
from signaling.errors import StartError
from signaling.relays import Relays
from signaling.settings import Settings

if TYPE_CHECKING:
    from signaling.server import Server

log = structlog.get_logger()


def serve(settings: Settings, *, demo: bool) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        StartError: a port is taken, the record or the keys cannot be used.
    """
    logs.configure(settings.log_level)
    with _fast_loop() as runner:
        try:
            runner.run(_serve(settings, demo=demo))
        except BaseExceptionGroup as group:
            expected, other = group.split(StartError)
            if expected is None or other is not None:
                raise
            raise StartError(str(_first(expected))) from None


def _first(group: BaseExceptionGroup[StartError]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextmanager
def _fast_loop() -> Iterator[asyncio.Runner]:
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        yield runner


async def _serve(settings: Settings, *, demo: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with started(settings) as server:
        if demo:
            from signaling.demonstration import open_demonstration  # noqa: PLC0415 - see `started`

            await open_demonstration(server)
        await stopping.wait()
        log.info("server.stopping")


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Server]:
    """Yield a server that listens for people and for Prometheus.

    Raises:
        StartError: see `serve`; within an ExceptionGroup once tasks are running.
    """
    async with contextlib.AsyncExitStack() as stack:
        listening = stack.enter_context(_listen(settings.http.host, settings.http.port, "http"))
        metrics = stack.enter_context(
            _listen(settings.metrics.host, settings.metrics.port, "metrics")
        )
        relays = Relays.of(settings.relay, log_level=settings.log_level)
        await stack.enter_async_context(relays.running())
        await asyncio.to_thread(importlib.import_module, "signaling.assembly")
        from signaling.assembly import assembled  # noqa: PLC0415 - read while the relay starts

        server = await stack.enter_async_context(assembled(settings, relays, listening, metrics))
        log.info("server.started", port=listening.getsockname()[1])
        yield server


def _listen(host: str, port: int, section: str) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False, backlog=256)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "de 0 à 65535"
        raise StartError(
            f"{section}.host = {host}, {section}.port = {port} : impossible d’écouter "
            f"({reason}). Choisissez un autre port ou arrêtez ce qui l’occupe."
        ) from error
