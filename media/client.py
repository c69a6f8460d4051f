"""Starts a relay process, or finds one that runs alone, and talks to it.

The server's end of `media.messages`. Commands are awaited, one reply each; events go to one
callback, in order, on the event loop. When the relay ends, whoever waits is told with
`RelayGoneError`, and `wait_gone` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from media.control import LineBuffer, decode_output, encode
from media.messages import Command, Done, Event, Joined, Ready, Refused

READY_S = 30.0
REPLY_S = 10.0
STOP_S = 3.0


class RelayRefusedError(Exception):
    """The relay refused a command; `code` is that of `media.messages.Refused`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RelayGoneError(Exception):
    """The relay process ended, or does not answer."""

    code = "relay_gone"


class RelayLine:
    """The control stream to a relay that is there. Make it with `connect`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_event: Callable[[Event], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._writer = writer
        self._on_event = on_event
        self._waiting: dict[int, asyncio.Future[Joined | Done]] = {}
        self._last_id = 0
        self._ready: asyncio.Future[Ready] = loop.create_future()
        self._reading = loop.create_task(self._read(reader))

    @classmethod
    async def connect(cls, path: Path, on_event: Callable[[Event], None]) -> RelayLine:
        """Take over a relay that runs alone (`visiojury relay`).

        Args:
            path: of its control socket.
            on_event: called for every event, on this loop.

        Raises:
            RelayGoneError: nobody listens there, or it serves another server.
        """
        try:
            line = cls(*await asyncio.open_unix_connection(path), on_event)
        except OSError as error:
            raise RelayGoneError("no relay listens on its control socket") from error
        try:
            await line._has_begun()
        except RelayGoneError:
            await line.close()
            raise
        return line

    async def _has_begun(self) -> None:
        """Wait for its first message. Raises: RelayGoneError."""
        try:
            async with asyncio.timeout(READY_S):
                await asyncio.shield(self._ready)
        except (TimeoutError, RelayGoneError) as error:
            raise RelayGoneError("the relay did not start") from error

    @property
    def ready(self) -> Ready:
        """What it said first: its port and process id."""
        return self._ready.result()

    async def request(self, command: Command) -> Joined | Done:
        """Send a command, with an id of our own, and return its reply.

        Raises:
            RelayRefusedError: the relay says why.
            RelayGoneError: there is no relay, or it does not answer in time.
        """
        if self._writer.is_closing() or self._reading.done():
            raise RelayGoneError
        self._last_id = number = self._last_id + 1
        reply: asyncio.Future[Joined | Done] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        self._writer.write(encode(command.model_copy(update={"id": number})))
        try:
            async with asyncio.timeout(REPLY_S):
                return await reply
        except TimeoutError as error:
            raise RelayGoneError("the relay does not answer") from error
        finally:
            self._waiting.pop(number, None)

    async def wait_gone(self) -> int | None:
        """Return when there is no relay any more; its exit status when it is a child of ours."""
        await asyncio.wait([self._reading])
        return None

    async def close(self) -> None:
        """End the conversation: the relay forgets its rooms and waits for another server."""
        self._writer.close()
        await asyncio.wait([self._reading])

    async def _read(self, reader: asyncio.StreamReader) -> None:
        lines = LineBuffer()
        try:
            while data := await reader.read(1 << 16):
                for line in lines.feed(data):
                    self._take(line)
        except ConnectionError:
            self._writer.close()
        finally:
            self._fail_all()

    def _take(self, line: bytes) -> None:
        message = decode_output(line)
        match message:
            case Joined() | Done() | Refused():
                self._answer(message)
            case Ready():
                self._ready.set_result(message)
            case _:
                self._on_event(message)

    def _answer(self, message: Joined | Done | Refused) -> None:
        reply = self._waiting.pop(message.id, None)
        if reply is None or reply.done():
            return
        if isinstance(message, Refused):
            reply.set_exception(RelayRefusedError(message.code, message.message))
        else:
            reply.set_result(message)

    def _fail_all(self) -> None:
        gone = RelayGoneError("the relay ended")
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(gone)
        self._waiting.clear()
        if not self._ready.done():
            self._ready.set_exception(gone)
            self._ready.exception()  # told: `start` may have been cancelled and not ask any more


class RelayProcess(RelayLine):
    """A relay that is a child of this process. Make it with `start`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_event: Callable[[Event], None],
    ) -> None:
        super().__init__(reader, writer, on_event)
        self._process = process

    @classmethod
    async def start(
        cls,
        *,
        listen: str,
        announce: Sequence[str],
        on_event: Callable[[Event], None],
        log_level: str = "warning",
    ) -> RelayProcess:
        """Start a relay and wait until its port is open.

        Args:
            listen: `ADDRESS:PORT`; port 0 takes any that is free.
            announce: the addresses that answers name, preferred ones first.
            on_event: called for every event, on this loop.
            log_level: of the process, which logs to its standard error.

        Raises:
            RelayGoneError: it did not come up, for instance as the port is taken.
        """
        async with contextlib.AsyncExitStack() as undo:
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *_command(theirs.fileno(), listen, announce, log_level),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                    # Ctrl-C in a terminal is for who started it, whose end of the stream closes.
                    start_new_session=True,
                    env=_environment(),
                )
            reader, writer = await asyncio.open_connection(sock=ours)
            relay = cls(process, reader, writer, on_event)
            undo.push_async_callback(relay.close)
            await relay._has_begun()
            undo.pop_all()
        return relay

    async def wait_gone(self) -> int:
        """Return the exit status when the process has ended."""
        return await self._process.wait()

    async def close(self) -> None:
        """End the relay: it exits when its control stream closes, or is killed."""
        self._writer.close()
        if not self._ready.done():  # still starting: it would not hear of it before it has
            self._process.kill()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it ended between the two lines
                self._process.kill()
            await self._process.wait()
        await asyncio.wait([self._reading])


def _command(fd: int, listen: str, announce: Sequence[str], log_level: str) -> list[str]:
    command = [sys.executable, "-P", "-m", "media", "--control-fd", str(fd), "--listen", listen]
    for address in announce:
        command += ["--announce", address]
    return [*command, "--log-level", log_level]


def _environment() -> dict[str, str]:
    """Let the child find this package, however this process found it."""
    here = str(Path(__file__).resolve().parent.parent)
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
