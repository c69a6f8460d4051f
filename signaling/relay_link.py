"""Keeps one relay process alive and speaks with it. Knows peers and rooms, never people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
)
from signaling.settings import Relay

log = structlog.get_logger()

RESTART_DELAY_S = 0.2


class RelayError(Exception):
    """The relay refused or cannot be reached; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RelayLink:
    """The relay as the server knows it: started again when it dies."""

    def __init__(
        self,
        settings: Relay,
        *,
        on_event: Callable[[Event], None],
        on_ready: Callable[[], None],
        on_lost: Callable[[float], None],
        log_level: str = "info",
    ) -> None:
        """Prepare; nothing is started before `run`.

        Args:
            settings: where it listens and what it announces.
            on_event: told every event, in order.
            on_ready: told when a relay has come up.
            on_lost: told, when a relay has died, the monotonic instant of its last sign of life.
            log_level: of the relay's own log.
        """
        self._settings = settings
        self._on_event = on_event
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._log_level = log_level
        self._process: RelayProcess | None = None
        self._last_sign_s = 0.0
        self.is_ready = asyncio.Event()
        self.stats: Stats | None = None

    async def run(self) -> None:
        """Keep a relay running until cancelled, which ends it."""
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
            self._on_lost(self._last_sign_s)
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
        self._on_ready()
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
        self._on_event(event)
