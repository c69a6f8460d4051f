"""The UDP socket. Nothing else in the relay touches the network, but `media.tcp` on the same port.

Datagrams are read in batches up to a bound, then the event loop gets its turn; what they cause
to be sent leaves before the next batch is read. Every so many batches the kernel's own receive
time of the first datagram is asked for, so that the delay measured includes the time it waited
to be read. Where the system has no calls for many datagrams, each takes its own.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from media import mmsg
from media.aiortc_seam import BUFFER_BYTES, PacketBuffer
from media.ice import Address

READ_DATAGRAMS = 32
"""In one batch: the last of them waits for all to be forwarded."""
DRAIN_DATAGRAMS = 256
"""In one turn of the event loop."""
SAMPLE_EVERY = 8
"""Batches."""
SOCKET_BYTES = 8 << 20

# Linux numbers that the socket module does not name on every version.
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE, _SO_TIMESTAMPNS = 33, 32, 35

Receive = Callable[[PacketBuffer, int, Address, float], bool]
"""Handle a datagram of that size from that address, read at that time; True if forwarded."""


class Sender(Protocol):
    buffers: list[PacketBuffer]

    def send(self, queued: Sequence[tuple[int, Address]]) -> int:
        """Send the packet in each buffer, from the first on; return how many could not leave."""


class Receiver(Protocol):
    def receive(self, *, stamped: bool) -> int: ...

    def datagrams(self, count: int) -> Iterator[tuple[PacketBuffer, int, Address]]: ...

    def stamp_s(self) -> float | None: ...


class SingleSender:
    """One system call for each datagram."""

    def __init__(self, sock: socket.socket) -> None:
        self.buffers = [PacketBuffer() for _ in range(mmsg.BATCH)]
        self._socket = sock

    def send(self, queued: Sequence[tuple[int, Address]]) -> int:
        failed = 0
        for buffer, (length, address) in zip(self.buffers, queued, strict=False):
            try:
                self._socket.sendto(buffer.view[:length], address)
            except OSError:
                failed += 1
        return failed


class SingleReceiver:
    """One system call for each datagram, and no time of the kernel's."""

    def __init__(self, sock: socket.socket) -> None:
        self.buffers = [PacketBuffer() for _ in range(READ_DATAGRAMS)]
        self._socket = sock
        self._read: list[tuple[int, Address]] = []

    def receive(self, *, stamped: bool) -> int:  # noqa: ARG002 - the batch's signature
        self._read.clear()
        for buffer in self.buffers:
            try:
                self._read.append(self._socket.recvfrom_into(buffer.view, BUFFER_BYTES))
            except BlockingIOError:
                break
        return len(self._read)

    def datagrams(self, count: int) -> Iterator[tuple[PacketBuffer, int, Address]]:
        for buffer, (size, address) in zip(self.buffers, self._read[:count], strict=False):
            yield buffer, size, address

    def stamp_s(self) -> float | None:
        return None


class UDPSocket:
    """Listens on one port; `wire` for what leaves.

    Raises:
        OSError: the port is taken or may not be had.
    """

    def __init__(self, host: str, port: int, *, batched: bool = mmsg.IS_AVAILABLE) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.settimeout(0)
        self._enlarge()
        self._socket.bind((host, port))
        self.transmit = self._socket.sendto
        self._sender: Sender
        self._receiver: Receiver
        if batched:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._sender = mmsg.BatchSender(family, self.fileno())
            self._receiver = mmsg.BatchReceiver(family, self.fileno(), count=READ_DATAGRAMS)
        else:
            self._sender, self._receiver = SingleSender(self._socket), SingleReceiver(self._socket)
        self.buffers = self._sender.buffers
        self.transmit_all = self._sender.send
        self._batches = 0

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def drain(
        self, receive: Receive, flush: Callable[[], None], delayed: Callable[[float], None]
    ) -> None:
        """Read what is there, up to the bound.

        Args:
            receive: called with each datagram.
            flush: called after each batch, to send what it caused.
            delayed: told how long a datagram that was forwarded stayed, from the kernel's
                receipt to the last copy sent, of some.
        """
        for _ in range(DRAIN_DATAGRAMS // READ_DATAGRAMS):
            self._batches += 1
            stamped = self._batches % SAMPLE_EVERY == 0
            try:
                count = self._receiver.receive(stamped=stamped)
            except OSError:  # an ICMP answer to something sent; it names no datagram here
                continue
            now, is_forwarded = time.monotonic(), False
            for index, (buffer, size, address) in enumerate(self._receiver.datagrams(count)):
                has_targets = receive(buffer, size, address, now)
                is_forwarded = is_forwarded or (index == 0 and has_targets)
            flush()
            if stamped and is_forwarded and (stamp_s := self._receiver.stamp_s()) is not None:
                # The kernel stamps the wall clock; a step of it makes one sample useless.
                delayed(max(0.0, time.time() - stamp_s))
            if count < READ_DATAGRAMS:
                return

    def _enlarge(self) -> None:
        """Ask for buffers that hold a burst; beyond the system's limit where we may."""
        for forced, plain in (
            (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
            (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
        ):
            self._socket.setsockopt(socket.SOL_SOCKET, plain, SOCKET_BYTES)
            with contextlib.suppress(PermissionError):  # only root may pass the limit
                self._socket.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BYTES)
