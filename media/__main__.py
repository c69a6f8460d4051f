"""The relay process: `python -m media --listen 0.0.0.0:PORT --announce ADDRESS …`.

One port, over UDP and over TCP.

With `--control-fd N` it is started by the server with one end of a socket pair, speaks
`media.messages` on it, and exits when the other end closes: a relay without a server has nobody
to report to. With `--control-socket PATH` it runs alone (`visiojury relay`): one server at a
time speaks to it there, and when that one goes its rooms are closed and the next may come.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import logging
import os
import resource
import socket
import sys
import time
from pathlib import Path

import structlog
import uvloop

from media import garbage
from media.commands import Commander
from media.control import LineBuffer, decode_command, encode
from media.errors import MalformedCommandError
from media.messages import Event, Ready, Refused, Reply
from media.port import Port
from media.relay import Ports, Relay
from media.rounds import Rounds

ROUND_S = 0.1
MAX_TURN_S = 0.0005
"""What is judged for longer lets the packets pass that came meanwhile."""
PRIORITY = -10
"""Niceness: lower comes first, and 0 is what everything else has."""
_AUTOGROUP = Path("/proc/self/autogroup")
"""Source: sched(7), the autogroup feature."""
MAX_UNSENT_BYTES = 8 << 20
"""A server that reads nothing for this long is not there any more."""

log = structlog.get_logger("media")


class ServerGoneError(Exception):
    """The control stream ended, broke or is not read."""


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return _address(host.strip("[]")), int(port)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m media", description="VisioJury relay")
    control = parser.add_mutually_exclusive_group(required=True)
    control.add_argument("--control-fd", type=int)
    control.add_argument("--control-socket", type=Path, metavar="PATH")
    parser.add_argument("--listen", type=_listen, required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--announce", type=_address, action="append", required=True)
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])
    parser.set_defaults(log_level="warning")
    return parser.parse_args()


def _configure_log(level: str) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _go_first() -> None:
    """Run before other work of this machine, where the system lets us.

    A packet that waits for a page to be rendered is jitter to everyone in the room, and a loop
    that waits stamps arrivals late. The relay needs little of a core, and needs it at once.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        # Where sessions share the processor as groups, niceness counts within ours alone.
        if _AUTOGROUP.exists():
            _AUTOGROUP.write_text(str(PRIORITY))
    except OSError:
        log.info("relay.priority_kept")  # an ordinary user may not; the service unit can


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Control:
    """The stream to the server. What is told goes out in order, without waiting."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def tell(self, message: Event | Reply) -> None:
        """Queue a message; when nobody reads them, end the stream instead."""
        transport = self._writer.transport
        if transport.is_closing():
            return  # the end of the stream is on its way to `serve`
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()
        else:
            self._writer.write(encode(message))

    async def serve(self, commander: Commander) -> None:
        """Carry out commands until the stream ends.

        Raises:
            ServerGoneError: always, in the end.
        """
        lines = LineBuffer()
        while data := await self._reader.read(1 << 16):
            for line in lines.feed(data):
                self.tell(self._carry_out(commander, line))
        raise ServerGoneError

    def _carry_out(self, commander: Commander, line: bytes) -> Reply:
        try:
            command = decode_command(line)
        except MalformedCommandError as error:
            log.warning("command.refused", code=error.code)
            return Refused(id=0, code=error.code, message=str(error))
        reply = commander.carry_out(command, time.monotonic())
        if isinstance(reply, Refused):
            log.info("command.refused", command=command.type, code=reply.code)
        return reply


async def _judge(relay: Relay) -> None:
    """Judge all each 100 ms, letting packets pass whenever that takes longer than a turn may."""
    due = time.monotonic()
    rounds, collector = Rounds(relay, cpu_s=_cpu_s, now=due), garbage.Collector()
    while True:
        due = max(due + ROUND_S, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
        began = time.monotonic()
        rounds.begin(began, due=due)
        while rounds.turn(now := time.monotonic()):
            if now - began > MAX_TURN_S:
                await asyncio.sleep(0)
                began = time.monotonic()
        collector.collect_if_due(relay.ended)


class Service:
    """One relay, and whoever commands it."""

    def __init__(self, arguments: argparse.Namespace, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._control: Control | None = None
        host, port = arguments.listen
        loop = asyncio.get_running_loop()
        self._port = Port(
            host,
            port,
            lambda wire: Relay(
                Ports(wire, self._tell, tasks.create_task, time.monotonic, loop.call_later)
            ),
        )
        self._commander = Commander(
            self._port.relay, announced=tuple(arguments.announce), port=self._port.number
        )

    async def start(self) -> None:
        """Forward and judge from now on."""
        await self._port.open()
        self._tasks.create_task(_judge(self._port.relay))
        self._tasks.create_task(self._port.keep_clean())
        log.info("relay.started")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Obey one server until it goes, then forget what it wanted.

        Raises:
            ServerGoneError: always, in the end.
        """
        self._control = control = Control(reader, writer)
        control.tell(Ready(port=self._port.number, pid=os.getpid()))
        try:
            await control.serve(self._commander)
        finally:
            self._control = None
            self._port.relay.stop()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a server that came by itself; only one at a time, as each would see half."""
        if self._control is not None:
            writer.close()
            return
        with contextlib.suppress(ServerGoneError, ConnectionError):
            await self.serve(reader, writer)
        writer.close()
        log.info("server.gone")

    def _tell(self, event: Event) -> None:
        if self._control is not None:
            self._control.tell(event)


async def run(arguments: argparse.Namespace) -> None:
    """Relay until the server goes away, or for ever when running alone."""
    async with asyncio.TaskGroup() as tasks:
        service = Service(arguments, tasks)
        await service.start()
        if arguments.control_socket is None:
            control = socket.socket(fileno=arguments.control_fd)
            await service.serve(*await asyncio.open_connection(sock=control))
        await _wait_for_servers(service, arguments.control_socket)


async def _wait_for_servers(service: Service, path: Path) -> None:
    async with await asyncio.start_unix_server(service.take, sock=_control_socket(path)) as server:
        await server.serve_forever()


def _control_socket(path: Path) -> socket.socket:
    """Listen where only this user and group may speak."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o117)
    try:
        listening.bind(str(path))
    finally:
        os.umask(mask)
    return listening


def main() -> None:
    arguments = _arguments()
    _configure_log(arguments.log_level)
    _go_first()
    garbage.take_over()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(arguments))
    except* (ServerGoneError, ConnectionError):
        log.info("relay.stopped")


if __name__ == "__main__":
    main()
