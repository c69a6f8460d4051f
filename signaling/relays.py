"""The relays of this server: which one has which room, and where a room goes when one dies.

A room lives in one relay, the least loaded when its first peer joins. When that one dies, or is
drained by an operator, its rooms have no place until their browsers, told at once, make new
connections: each room's gap is an outage of the relay's in that room, and nothing in any other.
Knows peers and rooms, never people.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from media.client import RelayLine, RelayProcess
from media.kinds import TransportState
from media.messages import (
    CloseRoom,
    Done,
    Event,
    Join,
    Joined,
    Mute,
    RelayStats,
    Restart,
    SetGroups,
    Share,
    Stats,
    Switch,
    Testify,
    Testimony,
    TransportChanged,
    View,
)
from signaling import settings as s
from signaling.relay_link import Open, RelayError, RelayLink

log = structlog.get_logger()

_ECHO = "echo:"
"""Before the name of a room: where its people call themselves, each alone."""


class Listener(Protocol):
    """Who is told what happens to rooms; on the event loop, in order."""

    def take(self, event: Event) -> None: ...

    def invited(self, rooms: Iterable[str] | None) -> None:
        """Hear that these rooms' browsers may make new connections; None: all that have none."""

    def lost(self, rooms: Iterable[str], last_sign_s: float) -> None:
        """Hear that these rooms lost their relay, and the monotonic instant of its last sign."""


class Relays:
    """All relays, each kept alive.

    They start before there is anybody to listen: that takes a second, in which the server has
    things of its own to prepare.
    """

    def __init__(self, openers: Iterable[Open]) -> None:
        self.links = [RelayLink(number, opener, self) for number, opener in enumerate(openers)]
        self.listener: Listener | None = None
        self.drained: set[int] = set()
        """Numbers of those that get no rooms."""
        self._placed: dict[str, RelayLink] = {}
        self._peers: dict[str, set[str]] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._some_up = asyncio.Event()

    @classmethod
    def of(cls, settings: s.Relay, *, log_level: str) -> Relays:
        """Return the relays of a configuration; nothing is started before `running`."""
        started = [
            functools.partial(_start, settings, number, log_level)
            for number in range(settings.count())
        ]
        return cls([*started, *(functools.partial(_find, path) for path in settings.sockets)])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the relays running until the block ends, and end them then."""
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(link.keep()) for link in self.links]
        try:
            yield
        finally:
            for keeper in self._keepers:
                keeper.cancel()
            await asyncio.wait(self._keepers)

    async def supervise(self) -> None:
        """Raise what ended the keeping of a relay, which only a defect does."""
        await asyncio.gather(*(asyncio.shield(keeper) for keeper in self._keepers))

    @property
    def is_ready(self) -> bool:
        """Whether a room that has no place can get one."""
        return any(self._takes_rooms(link) for link in self.links)

    async def started(self) -> None:
        """Return once a relay answers."""
        await self._some_up.wait()

    def stats(self) -> dict[int, Stats | None]:
        """Return what each relay last told of itself, by its number."""
        return {link.number: link.stats for link in self.links}

    def rooms_of(self, link: RelayLink) -> list[str]:
        return [room for room, placed in self._placed.items() if placed is link]

    # --- Commands ---------------------------------------------------------------------------

    async def join(
        self, room: str, peer: str, offer: str, fingerprint: str, group: str | None
    ) -> str:
        """Return the SDP answer to a new connection's offer.

        Raises:
            RelayError: the offer was refused, or there is no relay now.
        """
        return await self._enter(
            Join(room=room, peer=peer, offer=offer, fingerprint=fingerprint, group=group)
        )

    async def echo(self, room: str, peer: str, offer: str, fingerprint: str) -> str:
        """Return the answer to the offer of who calls themselves, apart from all that is a room's.

        What is measured of it concerns no session, and its places are not the room's.

        Raises:
            RelayError: the offer was refused, or there is no relay now.
        """
        apart = f"{_ECHO}{room}"
        return await self._enter(
            Join(room=apart, peer=peer, offer=offer, fingerprint=fingerprint, is_echoed=True)
        )

    async def restart(self, room: str, peer: str, offer: str) -> str:
        """Return the answer to an ICE restart. Raises: RelayError."""
        return self._answer(await self._request(Restart(room=room, peer=peer, offer=offer)))

    async def set_groups(self, room: str, groups: dict[str, str | None]) -> None:
        """Raises: RelayError."""
        await self._request(SetGroups(room=room, groups=groups))

    async def switch(self, room: str, peer: str, *, audio: bool, video: bool) -> None:
        """Raises: RelayError."""
        await self._request(Switch(room=room, peer=peer, audio=audio, video=video))

    async def mute(self, room: str, peer: str, *, audio: bool, video: bool) -> None:
        """Raises: RelayError."""
        await self._request(Mute(room=room, peer=peer, audio=audio, video=video))

    async def share(self, room: str, peer: str, *, is_on: bool) -> None:
        """Raises: RelayError."""
        await self._request(Share(room=room, peer=peer, is_on=is_on))

    async def testify(self, room: str, peer: str, streams: list[Testimony]) -> None:
        """Raises: RelayError."""
        await self._request(Testify(room=room, peer=peer, streams=streams))

    async def view(self, room: str, peer: str, heights: dict[str, int]) -> None:
        """Raises: RelayError."""
        await self._request(View(room=room, peer=peer, heights=heights))

    async def drain(self, number: int) -> list[str]:
        """Give this relay no more rooms and move those it has; return their names.

        Raises:
            RelayError: `relay_unknown`; `relay_last`, as no other could take them.
        """
        link = self._link(number)
        if not any(self._takes_rooms(other) for other in self.links if other is not link):
            raise RelayError("relay_last")
        self.drained.add(number)
        rooms = self.rooms_of(link)
        log.info("relay.drained", relay=number, rooms=len(rooms))
        self._abandon(link, asyncio.get_running_loop().time())
        for room in rooms:
            with contextlib.suppress(RelayError):  # gone by itself meanwhile
                await link.request(CloseRoom(room=room))
        return rooms

    async def close(self, room: str) -> None:
        """Close every connection of a room: nobody here records any more what passes in it."""
        self._peers.pop(room, None)
        if (link := self._placed.pop(room, None)) is not None:
            with contextlib.suppress(RelayError):
                await link.request(CloseRoom(room=room))

    def refill(self, number: int) -> None:
        """Give this relay rooms again. Raises: RelayError, `relay_unknown`."""
        self._link(number)
        self.drained.discard(number)

    # --- What the relays say ----------------------------------------------------------------

    def take(self, link: RelayLink, event: Event) -> None:
        """Pass on what concerns a room that is there; what moved away is no longer its affair."""
        room = getattr(event, "room", None)
        if room is not None and self._placed.get(room) is not link:
            return
        if isinstance(event, TransportChanged) and event.state is TransportState.GONE:
            self._left(event.room, event.peer)
        if self.listener is not None:
            self.listener.take(event)

    def up(self, link: RelayLink) -> None:  # noqa: ARG002 - any will do
        self._some_up.set()
        if self.listener is not None:
            self.listener.invited(None)

    def lost(self, link: RelayLink) -> None:
        if not any(other.is_up for other in self.links):
            self._some_up.clear()
        self._abandon(link, link.last_sign_s)

    def is_placed(self, room: str) -> bool:
        return room in self._placed

    def _abandon(self, link: RelayLink, last_sign_s: float) -> None:
        """Take its rooms away from a relay, and have their browsers go elsewhere."""
        rooms = self.rooms_of(link)
        for room in rooms:
            del self._placed[room]
            self._peers.pop(room, None)
        if self.listener is None or not rooms:
            return
        self.listener.lost(rooms, last_sign_s)
        if self.is_ready:
            self.listener.invited(rooms)

    def _left(self, room: str, peer: str) -> None:
        """An empty room has no place any more: it may get a better one."""
        peers = self._peers.get(room, set())
        peers.discard(peer)
        if not peers:
            self._peers.pop(room, None)
            self._placed.pop(room, None)

    async def _enter(self, command: Join) -> str:
        """Raises: RelayError."""
        link = self._place(command.room)
        answer = self._answer(await link.request(command))
        if self._placed.get(command.room) is not link:  # it was moved meanwhile
            raise RelayError("relay_unavailable")
        self._peers.setdefault(command.room, set()).add(command.peer)
        return answer

    def _place(self, room: str) -> RelayLink:
        """Return the relay of a room, the least loaded one if it has none. Raises: RelayError."""
        placed = self._placed.get(room)
        if placed is not None:
            return placed
        free = [link for link in self.links if self._takes_rooms(link)]
        if not free:
            raise RelayError("relay_unavailable")
        self._placed[room] = link = min(free, key=self._load)
        return link

    def _load(self, link: RelayLink) -> tuple[int, int]:
        rooms = self.rooms_of(link)
        return sum(len(self._peers.get(room, ())) for room in rooms), len(rooms)

    def _takes_rooms(self, link: RelayLink) -> bool:
        return link.is_up and link.number not in self.drained

    def _link(self, number: int) -> RelayLink:
        if not 0 <= number < len(self.links):
            raise RelayError("relay_unknown")
        return self.links[number]

    async def _request(
        self, command: Restart | SetGroups | Switch | Mute | Share | Testify | View
    ) -> Joined | Done:
        link = self._placed.get(command.room)
        if link is None:
            raise RelayError("relay_unavailable")
        return await link.request(command)

    @staticmethod
    def _answer(reply: Joined | Done) -> str:
        assert isinstance(reply, Joined), "an offer is answered by `joined`"
        return reply.answer


def together(figures: Sequence[RelayStats]) -> RelayStats:
    """Return the figures of several relays as one: counters added, delays at their worst."""
    first = figures[0]
    if len(figures) == 1:
        return first
    added = ("packets_in", "packets_out", "bytes_in", "bytes_out", "repeated", "cpu_s")
    dropped: Counter[str] = Counter()
    for one in figures:
        dropped.update(one.dropped)
    return RelayStats(
        **{name: sum(getattr(one, name) for one in figures) for name in added},
        loop_lag_max_ms=max(one.loop_lag_max_ms for one in figures),
        delay_ms=max((one.delay_ms for one in figures), key=lambda delay: delay.p99),
        delay_total_ms=max((one.delay_total_ms for one in figures), key=lambda delay: delay.p99),
        dropped=dict(dropped),
    )


async def _start(
    settings: s.Relay, number: int, log_level: str, on_event: Callable[[Event], None]
) -> RelayLine:
    """Start a relay of our own. Raises: RelayGoneError."""
    port = settings.port and settings.port + number
    return await RelayProcess.start(
        listen=f"{settings.host}:{port}",
        announce=settings.announce,
        on_event=on_event,
        log_level=log_level,
    )


async def _find(path: Path, on_event: Callable[[Event], None]) -> RelayLine:
    """Find a relay that runs alone. Raises: RelayGoneError."""
    return await RelayLine.connect(path, on_event)
