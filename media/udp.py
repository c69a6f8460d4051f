"""The UDP socket. Nothing else in the relay touches the network, but `media.tcp` on the same port.

Datagrams are read in a loop up to a bound, then the event loop gets its turn. Every so many
datagrams the kernel's own receive time is asked for, so that the delay measured includes the
time a datagram waited to be read.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable

from media.aiortc_seam import BUFFER_BYTES, PacketBuffer
from media.ice import Address

DRAIN_DATAGRAMS = 256
"""Read in one turn of the event loop."""
SAMPLE_EVERY = 32
SOCKET_BYTES = 8 << 20

# Linux numbers that the socket module does not name on every version.
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE, _SO_TIMESTAMPNS = 33, 32, 35
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)

Receive = Callable[[int, Address, float], bool]
"""Handle a datagram of that size from that address, read at that time; True if forwarded."""


class UDPSocket:
    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.settimeout(0)
        self._enlarge()
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((host, port))
        self.send = self._socket.sendto
        self._count = 0

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def drain(
        self, buffer: PacketBuffer, receive: Receive, delayed: Callable[[float], None]
    ) -> None:
        """Read what is there, up to the bound, one datagram at a time into `buffer`."""
        view, read = buffer.view, self._socket.recvfrom_into
        for _ in range(DRAIN_DATAGRAMS):
            self._count += 1
            try:
                if self._count % SAMPLE_EVERY:
                    size, address = read(view, BUFFER_BYTES)
                    receive(size, address, time.monotonic())
                else:
                    self._sample(view, receive, delayed)
            except BlockingIOError:
                return
            except ConnectionError:  # an ICMP answer to something sent; it names no datagram here
                continue

    def _sample(self, view: memoryview, receive: Receive, delayed: Callable[[float], None]) -> None:
        size, ancillary, _, address = self._socket.recvmsg_into([view], _ANCILLARY_BYTES)
        is_forwarded = receive(size, address, time.monotonic())
        for level, kind, value in ancillary:
            if is_forwarded and level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack_from(value)
                # The kernel stamps the wall clock; a step of it makes one sample useless.
                delayed(max(0.0, time.time() - seconds - nanoseconds / 1e9))

    def _enlarge(self) -> None:
        """Ask for buffers that hold a burst; beyond the system's limit where we may."""
        for forced, plain in (
            (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
            (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
        ):
            self._socket.setsockopt(socket.SOL_SOCKET, plain, SOCKET_BYTES)
            with contextlib.suppress(PermissionError):  # only root may pass the limit
                self._socket.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BYTES)
