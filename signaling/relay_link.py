"""Keeps one relay alive and speaks with it. Knows peers and rooms, never people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import structlog

from media.client import RelayGoneError, RelayLine, RelayRefusedError
from media.messages import Command, Done, Event, Joined, Stats

log = structlog.get_logger()

RESTART_S, RESTART_MAX_S = 0.2, 5.0
"""Between two attempts; doubled each time a relay does not last, up to the second."""
LASTING_S = 10.0
"""A relay that lived this long was not started in vain."""

Open: TypeAlias = Callable[[Callable[[Event], None]], Awaitable[RelayLine]]
"""Start a relay, or find one that runs alone, that tells its events there.

Raises:
    RelayGoneError: there is none.
"""


class RelayError(Exception):
    """The relay refused or cannot be reached; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Listener(Protocol):
    """Who is told what a relay does; on the event loop, in order."""

    def take(self, link: RelayLink, event: Event) -> None: ...

    def up(self, link: RelayLink) -> None:
        """Hear that it has come up."""

    def lost(self, link: RelayLink) -> None:
        """Hear that it has died; `last_sign_s` is its last sign of life."""


class RelayLink:
    """One relay as the server knows it: opened again when it dies."""

    def __init__(self, number: int, open_relay: Open, listener: Listener) -> None:
        self.number = number
        self._open = open_relay
        self._listener = listener
        self._line: RelayLine | None = None
        self.last_sign_s = 0.0
        """On the loop's clock."""
        self.stats: Stats | None = None

    @property
    def is_up(self) -> bool:
        return self._line is not None

    async def keep(self) -> None:
        """Have a relay, for as long as this runs."""
        loop, delay_s = asyncio.get_running_loop(), RESTART_S
        while True:
            began_s = loop.time()
            try:
                await self._live()
            except RelayGoneError as error:
                log.warning("relay.failed", relay=self.number, reason=str(error))
            lasted = loop.time() - began_s >= LASTING_S
            delay_s = RESTART_S if lasted else min(RESTART_MAX_S, 2 * delay_s)
            await asyncio.sleep(delay_s)

    async def _live(self) -> None:
        """Open one and wait for its end. Raises: RelayGoneError, when it does not come up."""
        loop = asyncio.get_running_loop()
        line = self._line = await self._open(self._take)
        self.last_sign_s = loop.time()
        log.info("relay.up", relay=self.number, pid=line.ready.pid, port=line.ready.port)
        try:
            self._listener.up(self)
            status = await line.wait_gone()
        finally:
            self._line, self.stats = None, None
            await line.close()
        log.warning("relay.died", relay=self.number, status=status)
        self._listener.lost(self)

    async def request(self, command: Command) -> Joined | Done:
        """Have a command carried out.

        Raises:
            RelayError: it was refused, or there is no relay now.
        """
        if self._line is None:
            raise RelayError("relay_unavailable")
        try:
            return await self._line.request(command)
        except RelayGoneError:
            raise RelayError("relay_unavailable") from None
        except RelayRefusedError as error:
            raise RelayError(error.code) from None

    def _take(self, event: Event) -> None:
        self.last_sign_s = asyncio.get_running_loop().time()
        if isinstance(event, Stats):
            self.stats = event
        self._listener.take(self, event)
