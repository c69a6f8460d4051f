"""Starts the relay, watches it, and speaks with it. Knows peers and rooms, never people."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sys
from collections.abc import Awaitable, Callable

import structlog

from media.control import LineBuffer, decode_output, encode
from media.messages import (
    CloseRoom,
    Command,
    Event,
    Join,
    Joined,
    Leave,
    Ready,
    Refused,
    Reply,
    Restart,
    SetGroups,
    Stats,
    Switch,
)
from signaling.settings import Relay

log = structlog.get_logger()

REPLY_TIMEOUT_S = 5.0
RESTART_DELAY_S = 0.2
READ_BYTES = 65_536


class RelayError(Exception):
    """The relay refused or cannot be reached; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RelayLink:
    """One relay process: kept alive, its events handed to `on_event` in order."""

    def __init__(
        self,
        settings: Relay,
        *,
        on_event: Callable[[Event], Awaitable[None]],
        on_lost: Callable[[float], Awaitable[None]],
        log_level: str = "info",
    ) -> None:
        """Prepare; nothing is started before `run`.

        Args:
            settings: where it listens and what it announces.
            on_event: told every event, one after the other.
            on_lost: told, when a relay has died, the monotonic instant of its last sign of life.
            log_level: of the relay's own log.
        """
        self._settings = settings
        self._on_event = on_event
        self._on_lost = on_lost
        self._log_level = log_level
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self.is_ready = asyncio.Event()
        self.port = 0
        self.pid = 0
        self.stats: Stats | None = None

    async def run(self) -> None:
        """Keep a relay running until cancelled."""
        while True:
            self._last_sign_s = asyncio.get_running_loop().time()
            await self._run_once()
            log.error("relay.died", pid=self.pid)
            await self._on_lost(self._last_sign_s)
            await asyncio.sleep(RESTART_DELAY_S)

    async def join(
        self, room: str, peer: str, offer: str, fingerprint: str, group: str | None
    ) -> str:
        """Return the SDP answer to a new connection's offer.

        Raises:
            RelayError: the offer was refused, or there is no relay now.
        """
        command = Join(room=room, peer=peer, offer=offer, fingerprint=fingerprint, group=group)
        return self._answer(await self._ask(command))

    async def restart(self, room: str, peer: str, offer: str) -> str:
        """Return the answer to an ICE restart. Raises: RelayError."""
        return self._answer(await self._ask(Restart(room=room, peer=peer, offer=offer)))

    async def set_groups(self, room: str, groups: dict[str, str | None]) -> None:
        """Raises: RelayError."""
        await self._ask(SetGroups(room=room, groups=groups))

    async def switch(self, room: str, peer: str, *, audio: bool, video: bool) -> None:
        """Raises: RelayError."""
        await self._ask(Switch(room=room, peer=peer, audio=audio, video=video))

    async def leave(self, room: str, peer: str) -> None:
        """Raises: RelayError."""
        await self._ask(Leave(room=room, peer=peer))

    async def close_room(self, room: str) -> None:
        """Raises: RelayError."""
        await self._ask(CloseRoom(room=room))

    async def _ask(self, command: Command) -> Reply:
        if self._writer is None:
            raise RelayError("relay_unavailable")
        number = next(self._ids)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        self._writer.write(encode(command.model_copy(update={"id": number})))
        try:
            async with asyncio.timeout(REPLY_TIMEOUT_S):
                answer = await reply
        except TimeoutError:
            raise RelayError("relay_unavailable") from None
        finally:
            del self._waiting[number]
        if isinstance(answer, Refused):
            raise RelayError(answer.code)
        return answer

    @staticmethod
    def _answer(reply: Reply) -> str:
        assert isinstance(reply, Joined), "an offer is answered by `joined` or `refused`"
        return reply.answer

    async def _run_once(self) -> None:
        """Start one relay and serve it until its end of the control stream closes."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *self._command_line(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                # Ctrl-C in the terminal is for the server, which then closes the stream.
                start_new_session=True,
            )
        self.pid = process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        try:
            await self._read(reader)
        finally:
            self.is_ready.clear()
            self._writer.close()
            self._writer = None
            for reply in self._waiting.values():
                if not reply.done():
                    reply.set_exception(RelayError("relay_unavailable"))
            await self._reap(process)

    def _command_line(self, control_fd: int) -> list[str]:
        settings = self._settings
        command = [sys.executable, "-m", "media", "--control-fd", str(control_fd)]
        command += ["--listen", f"{settings.host}:{settings.port}", "--log-level", self._log_level]
        for address in settings.announce:
            command += ["--announce", address]
        return command

    async def _read(self, reader: asyncio.StreamReader) -> None:
        lines = LineBuffer()
        while data := await reader.read(READ_BYTES):
            self._last_sign_s = asyncio.get_running_loop().time()
            for line in lines.feed(data):
                await self._take(decode_output(line))

    async def _take(self, message: Reply | Event) -> None:
        if isinstance(message, Reply):
            reply = self._waiting.get(message.id)
            if reply is not None and not reply.done():
                reply.set_result(message)
            return
        if isinstance(message, Stats):
            self.stats = message
        if isinstance(message, Ready):
            self.port = message.port
            self.is_ready.set()
            log.info("relay.started", pid=message.pid, port=message.port)
        await self._on_event(message)

    @staticmethod
    async def _reap(process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
