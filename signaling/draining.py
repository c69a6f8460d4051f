"""Leaving in good order: nothing more begins, what is under way is held to its end.

A server that is asked to stop (SIGTERM, an upgrade) lets nobody's exam pay for it. From then on
no sitting starts and no deliberation opens; those that run go on, every act in them included.
Once none is left, or after a limit, the server ends. What is *not* decided here: signals
(`run.py`), and what people on their way to a sitting see (`messages.Draining`).

Source: requirement T4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from signaling import telemetry
from signaling.instants import Instants
from signaling.messages import Draining
from signaling.refusals import RequestError
from signaling.rooms import Room
from visiojury.exam import commands as cmd

log = structlog.get_logger()

LOOK_S = 0.25
BEGINS = (cmd.Start, cmd.OpenDeliberation)
"""What begins something that somebody would have to wait for."""


class Drain:
    """Whether this server takes anything on, and what it still has under way."""

    def __init__(self, rooms: Callable[[], Iterable[Room]], instants: Instants) -> None:
        self._rooms = rooms
        self._instants = instants
        self.notice: Draining | None = None
        """What everyone connected is told; None: the server takes everything on."""
        self.let_go: Callable[[Room], Awaitable[None]] | None = None
        """Where another server can have a room in which nothing is under way; None: none can."""

    def check(self, command: cmd.Command) -> None:
        """Raises: RequestError, `server_draining`, where the act begins something."""
        if self.notice is not None and isinstance(command, BEGINS):
            raise RequestError("server_draining")

    def under_way(self) -> int:
        """Return how many sittings and deliberations are not at their end."""
        return sum(map(_under_way, self._rooms()))

    async def run(self, limit_s: float) -> None:
        """Take nothing on from now on; return once nothing is under way, or after `limit_s`."""
        until_ms = self._instants.now_ms() + round(limit_s * 1000)
        self.notice = Draining(until_ms=until_ms)
        telemetry.DRAINING.set(1)
        log.info("server.draining", under_way=self.under_way(), limit_s=limit_s)
        for room in self._rooms():
            room.hub.post_all(self.notice)
        # Not an event: any act of any room may end what is under way, or begin it again.
        while (left := await self._left()) and self._instants.now_ms() < until_ms:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        log.info("server.drained", under_way=left)

    async def _left(self) -> int:
        """Return how many are not at their end, once all other rooms have been let go."""
        if self.let_go is not None:
            for room in self._rooms():
                if not _under_way(room):
                    await self.let_go(room)
        return self.under_way()


def _under_way(room: Room) -> int:
    state = room.owner.state
    return state.deliberation.is_open + len(state.live_sittings())
