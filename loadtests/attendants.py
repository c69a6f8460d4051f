"""People of a session without pages: their devices over HTTP and WebSocket, their media light.

The device is the rehearsal's (`visiojury.rehearsal.client`), so that there is one client to keep
right; the peer behind it sends and counts, and decodes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import aiohttp
from aiortc.rtcdtlstransport import RTCCertificate

from loadtests.packets import FRAMES_PER_S
from loadtests.peers import LightPeer
from loadtests.swarm import Hall
from media.messages import Command, Done, Join, Joined
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.errors import RefusedError

READY_S = 20.0
FOREVER_S = 86_400.0
STOPPING = "server_stopping"
IN_THE_ROOM = frozenset({"candidate", "chair", "examiner"})
"""Roles that have a picture and a voice."""


class ServerDesk:
    """Takes a peer's offer to the relay by the way a page has: a token, then the WebSocket."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def request(self, command: Command) -> Joined | Done:
        assert isinstance(command, Join), "a page can ask for nothing else of the relay"
        token = await self._client.media_token(command.fingerprint)
        return Joined(id=0, slots=0, answer=await self._client.offer(command.offer, token))


class Device(Client):
    """A participant's device that notes how long the server takes to answer."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, invitation: Invitation) -> None:
        super().__init__(http, origin, invitation)
        self.pongs_s: list[float] = []

    async def _take(self, message: dict[str, Any], ready: asyncio.Event) -> None:
        if message["type"] == "pong":
            self.pongs_s.append(time.time() - self._pings[message["id"]])
        await super()._take(message, ready)


class Attendants:
    """Everyone of one session, connected. Make it with `attending`."""

    def __init__(self, clients: Mapping[str, Device], hall: Hall) -> None:
        self._clients = clients
        self.hall = hall
        self._peers: dict[str, LightPeer] = {}
        self._playing: dict[str, asyncio.Task[None]] = {}
        self.joins_s: list[float] = []
        """From the offer to a media connection that stands, by who has one."""

    def __getitem__(self, who: str) -> Device:
        return self._clients[who]

    def devices(self) -> list[Device]:
        """Return everyone's."""
        return list(self._clients.values())

    def role(self, *roles: str) -> list[str]:
        """Return who has one of these roles."""
        return [who for who, one in self._clients.items() if one.invitation.role in roles]

    async def come_in(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Open every link, connect, and send; return what runs until it is cancelled."""
        running = []
        for client in self._clients.values():
            await client.redeem()
            ready = asyncio.Event()
            running.append(group.create_task(_stay(client, ready)))
            async with asyncio.timeout(READY_S):
                await ready.wait()
        for number, who in enumerate(self.role(*IN_THE_ROOM)):
            peer = self._peers[who] = self.hall.peers[number]
            began = time.monotonic()
            await peer.join(ServerDesk(self._clients[who]), places=len(self.hall.peers) - 1)
            self.joins_s.append(time.monotonic() - began)
            self._playing[who] = self._play(group, who)
        return running

    def fall_silent(self, who: str) -> None:
        """Send nothing more of a person, as if their link were cut, until `speak_again`."""
        self._playing.pop(who).cancel()

    def speak_again(self, group: asyncio.TaskGroup, who: str) -> None:
        self._playing[who] = self._play(group, who)

    async def leave(self) -> None:
        for task in self._playing.values():
            task.cancel()
        for peer in self._peers.values():
            await peer.close()

    def _play(self, group: asyncio.TaskGroup, who: str) -> asyncio.Task[None]:
        peer = self._peers[who]
        offset_s = peer.number / len(self.hall.peers) / FRAMES_PER_S
        return group.create_task(self._speak(peer, offset_s))

    async def _speak(self, peer: LightPeer, offset_s: float) -> None:
        # Refused: the relay has ended, and the server with it, which its devices hear of.
        with contextlib.suppress(ConnectionRefusedError):
            await self.hall.play(peer, FOREVER_S, offset_s=offset_s)


async def _stay(client: Client, ready: asyncio.Event) -> None:
    """Keep a device connected until the server says that it stops. Raises: RehearsalError."""
    try:
        await client.run(ready=ready)
    except RefusedError as refusal:
        if refusal.refusal != STOPPING:
            raise


@contextlib.asynccontextmanager
async def attending(
    http: aiohttp.ClientSession,
    origin: str,
    invitations: Iterable[Invitation],
    certificate: RTCCertificate,
    *,
    number: int = 0,
) -> AsyncIterator[tuple[Attendants, asyncio.TaskGroup]]:
    """Yield the people of a session, everyone in; they leave when the block ends.

    Args:
        http: what they ask through.
        origin: of the server.
        invitations: everyone's.
        certificate: of all their media, as making one takes long.
        number: of the session, among those held at a time.
    """
    clients = {i.participant_id: Device(http, origin, i) for i in invitations}
    count = sum(c.invitation.role in IN_THE_ROOM for c in clients.values())
    hall = Hall(number, count, certificate, has_arrivals=True)
    people = Attendants(clients, hall)
    async with asyncio.TaskGroup() as group:
        running = await people.come_in(group)
        try:
            yield people, group
        finally:
            await people.leave()
            for task in running:
                task.cancel()
