"""Keeps one relay process alive and speaks with it. Knows peers and rooms, never people."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

import structlog

from media.client import RelayGoneError, RelayProcess, RelayRefusedError
from media.messages import (
    Command,
    Done,
    Event,
    Join,
    Joined,
    Restart,
    SetGroups,
    Stats,
    Switch,
    View,
)
from signaling.settings import Relay

log = structlog.get_logger()

RESTART_DELAY_S = 0.2


class RelayError(Exception):
    """The relay refused or cannot be reached; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Listener(Protocol):
    """Who is told what the relay does; on the event loop, in order."""

    def take(self, event: Event) -> None: ...

    def ready(self) -> None:
        """Hear that a relay has come up."""

    def lost(self, last_sign_s: float) -> None:
        """Hear that it has died, and the monotonic instant of its last sign of life."""


class RelayLink:
    """The relay as the server knows it: started again when it dies.

    It starts before there is anybody to listen: that takes a second, in which the server has
    things of its own to prepare.
    """

    def __init__(self, settings: Relay, *, log_level: str = "info") -> None:
        """Prepare; nothing is started before `running`.

        Args:
            settings: where it listens and what it announces.
            log_level: of the relay's own log.
        """
        self._settings = settings
        self._log_level = log_level
        self._process: RelayProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._last_sign_s = 0.0
        self.listener: Listener | None = None
        self.is_ready = asyncio.Event()
        self.stats: Stats | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep a relay running until the block ends, and end it then."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        try:
            yield
        finally:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def supervise(self) -> None:
        """Raise what ended the keeping of the relay, which only a defect does."""
        assert self._keeper is not None, "supervised while it runs"
        await asyncio.shield(self._keeper)

    async def _keep(self) -> None:
        while True:
            try:
                process = await self._start()
            except RelayGoneError as error:
                log.warning("relay.failed", reason=str(error))
                await asyncio.sleep(RESTART_DELAY_S)
                continue
            try:
                status = await process.wait_gone()
            finally:
                self._process, self.stats = None, None
                self.is_ready.clear()
                await process.close()
            log.warning("relay.died", status=status)
            if self.listener is not None:
                self.listener.lost(self._last_sign_s)
            await asyncio.sleep(RESTART_DELAY_S)

    async def join(
        self, room: str, peer: str, offer: str, fingerprint: str, group: str | None
    ) -> str:
        """Return the SDP answer to a new connection's offer.

        Raises:
            RelayError: the offer was refused, or there is no relay now.
        """
        command = Join(room=room, peer=peer, offer=offer, fingerprint=fingerprint, group=group)
        return self._answer(await self._request(command))

    async def restart(self, room: str, peer: str, offer: str) -> str:
        """Return the answer to an ICE restart. Raises: RelayError."""
        return self._answer(await self._request(Restart(room=room, peer=peer, offer=offer)))

    async def set_groups(self, room: str, groups: dict[str, str | None]) -> None:
        """Raises: RelayError."""
        await self._request(SetGroups(room=room, groups=groups))

    async def switch(self, room: str, peer: str, *, audio: bool, video: bool) -> None:
        """Raises: RelayError."""
        await self._request(Switch(room=room, peer=peer, audio=audio, video=video))

    async def view(self, room: str, peer: str, heights: dict[str, int]) -> None:
        """Raises: RelayError."""
        await self._request(View(room=room, peer=peer, heights=heights))

    async def _start(self) -> RelayProcess:
        """Raises: RelayGoneError."""
        settings = self._settings
        self._process = await RelayProcess.start(
            listen=f"{settings.host}:{settings.port}",
            announce=settings.announce,
            on_event=self._take,
            log_level=self._log_level,
        )
        self._last_sign_s = asyncio.get_running_loop().time()
        self.is_ready.set()
        log.info("relay.up", pid=self._process.ready.pid, port=self._process.ready.port)
        if self.listener is not None:
            self.listener.ready()
        return self._process

    async def _request(self, command: Command) -> Joined | Done:
        if self._process is None:
            raise RelayError("relay_unavailable")
        try:
            return await self._process.request(command)
        except RelayGoneError:
            raise RelayError("relay_unavailable") from None
        except RelayRefusedError as error:
            raise RelayError(error.code) from None

    @staticmethod
    def _answer(reply: Joined | Done) -> str:
        assert isinstance(reply, Joined), "an offer is answered by `joined`"
        return reply.answer

    def _take(self, event: Event) -> None:
        self._last_sign_s = asyncio.get_running_loop().time()
        if isinstance(event, Stats):
            self.stats = event
        if self.listener is not None:
            self.listener.take(event)
