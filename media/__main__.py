"""The relay process: `python -m media --control-fd N --listen 0.0.0.0:PORT --announce ADDRESS`.

One port, over UDP and over TCP.

It is started by the server with one end of a socket pair, speaks `media.messages` on it, and
exits when the other end closes: a relay without a server has nobody to report to.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import logging
import os
import resource
import socket
import sys
import time

import structlog
import uvloop

from media.commands import Commander
from media.control import LineBuffer, decode_command, encode
from media.errors import MalformedCommandError
from media.ice import Address
from media.messages import Event, Ready, Refused, Reply
from media.relay import Ports, Relay
from media.tcp import Listener
from media.udp import UDPSocket

TICK_S = 0.1
PRIORITY = -10
"""Niceness: lower comes first, and 0 is what everything else has."""
PORT_ATTEMPTS = 20
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
    parser.add_argument("--control-fd", type=int, required=True)
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
    except PermissionError:
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


async def _tick(relay: Relay) -> None:
    due = time.monotonic()
    while True:
        due = max(due + TICK_S, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
        relay.tick(time.monotonic(), due=due, cpu_s=_cpu_s())


async def _serve(control: Control, commander: Commander, relay: Relay) -> None:
    try:
        await control.serve(commander)
    finally:
        relay.stop()


class Port:
    """The one port, over UDP and over TCP."""

    def __init__(self, host: str, port: int, control: Control, tasks: asyncio.TaskGroup) -> None:
        """Take the port; 0: any that is free over both.

        Raises:
            OSError: it is taken.
        """
        ports = Ports(self._send, control.tell, tasks.create_task, time.monotonic)
        self.relay = Relay(ports)
        for attempt in range(PORT_ATTEMPTS):
            self.udp = UDPSocket(host, port)
            try:
                self.tcp = Listener(host, self.udp.port, self.relay)
            except OSError:
                self.udp.close()
                if port or attempt == PORT_ATTEMPTS - 1:
                    raise
            else:
                return

    async def open(self) -> None:
        """Receive from now on, as long as the loop runs."""
        relay, udp = self.relay, self.udp
        asyncio.get_running_loop().add_reader(
            udp.fileno(), udp.drain, relay.received, relay.datagram, relay.meter.delayed
        )
        await self.tcp.open()

    def _send(self, data: bytes | memoryview, address: Address) -> None:
        if len(address) == 3:
            self.tcp.send(data, address)
        else:
            self.udp.send(data, address)


async def run(arguments: argparse.Namespace) -> None:
    """Relay until the server goes away."""
    control_socket = socket.socket(fileno=arguments.control_fd)
    reader, writer = await asyncio.open_connection(sock=control_socket)
    control = Control(reader, writer)
    async with asyncio.TaskGroup() as tasks:
        host, wanted = arguments.listen
        port = Port(host, wanted, control, tasks)
        number, relay = port.udp.port, port.relay
        commander = Commander(relay, announced=tuple(arguments.announce), port=number)
        await port.open()
        control.tell(Ready(port=number, pid=os.getpid()))
        log.info("relay.started")
        tasks.create_task(_tick(relay))
        tasks.create_task(port.tcp.keep_clean())
        tasks.create_task(_serve(control, commander, relay))


def main() -> None:
    arguments = _arguments()
    _configure_log(arguments.log_level)
    _go_first()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: no collection has to walk through it again
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(arguments))
    except* (ServerGoneError, ConnectionError):
        log.info("relay.stopped")


if __name__ == "__main__":
    main()
