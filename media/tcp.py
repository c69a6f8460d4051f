"""The same port over TCP, for networks that let no UDP through: passive ICE-TCP, RFC 4571 frames.

To the relay each connection is one more address, of three parts. A connection on which no check
was authenticated is a stranger's: only so many are kept, not for long, and little of what they
send is read. Source: RFC 6544 (TCP candidates), RFC 4571.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
import time
from typing import cast

from media.aiortc_seam import PacketBuffer
from media.backlog import Backlog
from media.errors import MalformedPacketError
from media.framing import Deframer, frame
from media.ice import Address
from media.relay import Relay

MAX_LINKS = 1_024
MAX_STRANGERS = 64
"""One more, and the one that came first is closed."""
MAX_STRANGERS_PER_SOURCE = 8
MAX_DATAGRAMS_OF_STRANGER = 32
STRANGER_S, SILENT_S = 10.0, 30.0
SWEEP_S = 1.0
DRAIN_DATAGRAMS = 64
"""Handled of one connection in one turn of the event loop."""
_BACKLOG = 64
_NOTSENT_LOWAT, _NOTSENT_BYTES = 25, 16 << 10
"""TCP_NOTSENT_LOWAT: what waits, waits where it is counted, and not in the kernel."""


class Listener:
    relay: Relay
    """Whose connections these are, from `open` on."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port.

        Raises:
            OSError: it is taken.
        """
        self.inbox = PacketBuffer()
        self._links: dict[Address, Link] = {}
        self._numbers = itertools.count(1)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        # A relay that is started again must not wait for the connections of the one before.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, _NOTSENT_BYTES)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise

    @property
    def is_used(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._links)

    async def open(self, relay: Relay) -> None:
        """Accept connections for `relay` from now on, as long as the loop runs."""
        self.relay = relay
        loop = asyncio.get_running_loop()
        await loop.create_server(
            lambda: Link(self, next(self._numbers)), sock=self._socket, backlog=_BACKLOG
        )

    async def keep_clean(self) -> None:
        """Close connections that are nobody's, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep(time.monotonic())

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send one datagram. Raises: OSError, when it cannot leave now or ever."""
        link = self._links.get(address)
        if link is None:
            raise OSError(errno.ENOTCONN, "no such connection")
        link.send(data)

    def enter(self, link: Link) -> bool:
        """Keep a new connection, within the bounds; else it is to be closed."""
        strangers = [known for known in self._links.values() if self.is_stranger(known)]
        of_source = sum(known.address[0] == link.address[0] for known in strangers)
        if len(self._links) >= MAX_LINKS or of_source >= MAX_STRANGERS_PER_SOURCE:
            self.count("tcp_refused")
            return False
        if len(strangers) >= MAX_STRANGERS:
            strangers[0].end("tcp_stranger")
        self._links[link.address] = link
        return True

    def leave(self, link: Link) -> None:
        if self._links.pop(link.address, None) is not None:
            self.relay.disconnected(link.address)

    def is_stranger(self, link: Link) -> bool:
        return not self.relay.knows(link.address)

    def sweep(self, now: float) -> None:
        for link in list(self._links.values()):
            if self.is_stranger(link) and now - link.since > STRANGER_S:
                link.end("tcp_stranger")
            elif now - link.heard_at > SILENT_S:
                link.end("tcp_silent")

    def count(self, reason: str) -> None:
        self.relay.meter.dropped[reason] += 1


class Link(asyncio.Protocol):
    """One connection. What it brings in is handled a little at a time."""

    def __init__(self, listener: Listener, number: int) -> None:
        self._listener = listener
        self._number = number
        self._deframer = Deframer()
        self._strange = 0
        self._is_paused = False
        self.address: Address = ("", 0, number)
        self.since = self.heard_at = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        host, port = self._transport.get_extra_info("peername")[:2]
        address = self.address = (host, port, self._number)
        relay = self._listener.relay
        self._backlog = Backlog(lambda payload_type: relay.is_sound(address, payload_type))
        if not self._listener.enter(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        self._deframer.feed(data)
        self._drain()

    def connection_lost(self, _error: Exception | None) -> None:
        self._listener.leave(self)

    def send(self, data: bytes | memoryview) -> None:
        """Send one datagram. Raises: OSError, when too much waits already."""
        if not self._backlog.admits(data, self._transport.get_write_buffer_size()):
            raise BlockingIOError(errno.EAGAIN, "the receiver is too slow")
        self._transport.write(frame(data))

    def end(self, reason: str) -> None:
        """Close at once, and count why."""
        self._listener.count(reason)
        self._transport.abort()
        self._listener.leave(self)

    def _drain(self) -> None:
        if self._transport.is_closing():
            return
        for _ in range(DRAIN_DATAGRAMS):
            try:
                datagram = self._deframer.take()
            except MalformedPacketError:
                self.end("tcp_malformed")
                return
            if datagram is None:
                if self._is_paused:
                    self._is_paused = False
                    self._transport.resume_reading()
                return
            if not self._receive(datagram):
                return
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._drain)

    def _receive(self, datagram: bytes) -> bool:
        """Hand a datagram to the relay; False when this was a stranger's last one."""
        relay, inbox = self._listener.relay, self._listener.inbox
        inbox.view[: len(datagram)] = datagram
        relay.datagram(inbox, len(datagram), self.address, self.heard_at)
        relay.flush()
        if self._listener.is_stranger(self):
            self._strange += 1
            if self._strange >= MAX_DATAGRAMS_OF_STRANGER:
                self.end("tcp_stranger")
                return False
        return True
