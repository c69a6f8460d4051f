"""Start and stop: from settings to a server that listens, and back in good order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from aiohttp import web

from auth.errors import AuthError
from auth.keys import InstallationKeys
from signaling import app, telemetry
from signaling.demonstration import open_demonstration
from signaling.instants import Instants
from signaling.server import Server
from signaling.settings import Settings
from visiojury.record.errors import RecordError
from visiojury.record.store import RecordStore

log = structlog.get_logger()

STOP_S = 3.0


class StartError(Exception):
    """The server cannot start; the text says what to do (French)."""


def serve(settings: Settings, *, demo: bool) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        StartError: a port is taken, the record or the keys cannot be used.
    """
    telemetry.configure_logs(settings.log_level)
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
        server = await _server(settings, listening, stack)
        try:
            await stack.enter_async_context(server.running())
            await server.relay_started()
        except RecordError as error:
            raise StartError(f"{settings.database} : {error}") from error
        except TimeoutError:
            raise StartError(
                "Le relais ne démarre pas : vérifiez relay.host et relay.port."
            ) from None
        for application, listener in (
            (app.build(server), listening),
            (app.build_metrics(server), metrics),
        ):
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_S)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
        stack.callback(server.say_goodbye)
        log.info("server.started", port=listening.getsockname()[1])
        yield server


async def _server(
    settings: Settings, listening: socket.socket, stack: contextlib.AsyncExitStack
) -> Server:
    try:
        keys = InstallationKeys.load_or_create(settings.keys)
        store = await RecordStore.open(settings.database)
    except (AuthError, RecordError, OSError) as error:
        raise StartError(f"{settings.data} : {error}") from error
    stack.push_async_callback(store.close)
    host, port = settings.http.host, listening.getsockname()[1]
    return Server(
        settings=settings,
        store=store,
        keys=keys,
        instants=Instants(time.time, time.monotonic),
        origins=settings.http.origins or (f"http://{host}:{port}",),
    )


def _listen(host: str, port: int, section: str) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False, backlog=256)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "de 0 à 65535"
        raise StartError(
            f"{section}.host = {host}, {section}.port = {port} : impossible d’écouter "
            f"({reason}). Choisissez un autre port ou arrêtez ce qui l’occupe."
        ) from error
