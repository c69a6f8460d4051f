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
    """Run until SIGINT, or until SIGTERM and the end of what was under way then.

    Raises:
        StartError: a port is taken, the record or the keys cannot be used.
    """
    logs.configure(settings.log_level)
    with _fast_loop() as runner:
        try:
            runner.run(_serve(settings, demo=demo))
        except StartError as error:
            raise _whole(error, settings) from error
        except BaseExceptionGroup as group:
            expected, other = group.split(StartError)
            if expected is None or other is not None:
                raise
            raise _whole(_first(expected), settings) from None


def _whole(error: BaseException, settings: Settings) -> StartError:
    """Return the refusal with everything else that is wrong: who corrects one, corrects all."""
    from signaling.preflight import faults  # noqa: PLC0415 - a start that succeeds needs none of it

    return StartError("\n".join(dict.fromkeys([str(error), *faults(settings)])))


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


class Stops:
    """What the signals ask for: to leave in good order, or at once.

    SIGTERM: once nothing is under way. A second one, or SIGINT (Ctrl-C, somebody who waits): now.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._now)
        loop.add_signal_handler(signal.SIGTERM, self._in_good_order)

    def _in_good_order(self) -> None:
        if self.asked.is_set():
            self.at_once.set()
        self.asked.set()

    def _now(self) -> None:
        self.asked.set()
        self.at_once.set()


async def _serve(settings: Settings, *, demo: bool) -> None:
    stops = Stops()
    async with started(settings) as server:
        if demo:
            from signaling.demonstration import open_demonstration  # noqa: PLC0415 - see `started`

            await open_demonstration(server)
        await stops.asked.wait()
        await _drained(server, stops, settings.drain_s)
        log.info("server.stopping")


async def _drained(server: Server, stops: Stops, limit_s: float) -> None:
    """Return once nothing is under way, or somebody wants the server to stop at once."""
    if stops.at_once.is_set():
        return
    loop = asyncio.get_running_loop()
    waits = [
        loop.create_task(server.drain.run(limit_s)),
        loop.create_task(stops.at_once.wait()),
    ]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Server]:
    """Yield a server that listens for people and for Prometheus.

    Raises:
        StartError: see `serve`; within an ExceptionGroup once tasks are running.
    """
    async with contextlib.AsyncExitStack() as stack:
        listening, metrics = _listen_on_both(settings, stack)
        relays = Relays.of(settings.relay, log_level=settings.log_level)
        await stack.enter_async_context(relays.running())
        await asyncio.to_thread(importlib.import_module, "signaling.assembly")
        from signaling.assembly import assembled  # noqa: PLC0415 - read while the relay starts

        server = await stack.enter_async_context(assembled(settings, relays, listening, metrics))
        log.info("server.started", port=listening.getsockname()[1])
        yield server


def _listen_on_both(
    settings: Settings, stack: contextlib.AsyncExitStack
) -> tuple[socket.socket, socket.socket]:
    """Return the sockets for people and for Prometheus. Raises: StartError, naming each port."""
    opened: list[socket.socket] = []
    refusals: list[str] = []
    for section, place in (("http", settings.http), ("metrics", settings.metrics)):
        try:
            opened.append(stack.enter_context(_listen(place.host, place.port, section)))
        except StartError as error:
            refusals.append(str(error))
    if refusals:
        raise StartError("\n".join(refusals))
    listening, metrics = opened
    return listening, metrics


def _listen(host: str, port: int, section: str) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False, backlog=256)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "de 0 à 65535"
        raise StartError(
            f"{section}.host = {host}, {section}.port = {port} : impossible d’écouter "
            f"({reason}). Choisissez un autre port ou arrêtez ce qui l’occupe."
        ) from error
