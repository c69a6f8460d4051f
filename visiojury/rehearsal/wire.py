"""A stretch of network between a robot and the relay, which can be cut.

It stands below everything the robot's peer knows of: the answer's addresses are replaced by
ours, and each datagram goes through, STUN, DTLS, RTP and RTCP alike. While it is cut, what
the robot sends is dropped; what it is sent still arrives (an uplink cut). The true bounds of a
cut are exact by construction: a datagram is dropped if and only if it is read within them.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass

_ICE_CANDIDATE = re.compile(
    r"^a=candidate:(?P<head>\S+ \d+ udp \d+) (?P<host>[0-9.]+) (?P<port>\d+) typ host(?P<rest>.*)$",
    re.IGNORECASE,
)
_ANY_ICE_CANDIDATE = "a=candidate:"
_LOCAL = "127.0.0.1"
_MAX_SOURCES = 64
"""Addresses one robot may send from; more are not a robot's."""
_BURST = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """Bounds on this machine's monotonic clock, seconds."""

    start_s: float
    end_s: float


class Wire:
    """Belongs to one event loop; `close` it there."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._hops: dict[tuple[str, int], _Hop] = {}
        self._cut = Cut(0.0, 0.0)
        self.dropped = 0

    def lead_through(self, answer: str) -> str:
        """Return the SDP `answer` with every IPv4 address of the relay replaced by one of ours.

        Other addresses are left out: a datagram must not find a way around.
        """
        lines = []
        for line in answer.splitlines():
            match = _ICE_CANDIDATE.match(line)
            if match is not None:
                port = self._hop((match["host"], int(match["port"]))).port
                lines.append(f"a=candidate:{match['head']} {_LOCAL} {port} typ host{match['rest']}")
            elif not line.lower().startswith(_ANY_ICE_CANDIDATE):
                lines.append(line)
        return "\r\n".join(lines) + "\r\n"

    def cut(self, length_s: float) -> Cut:
        """Drop what the robot sends from now on, for `length_s`; return the exact bounds."""
        now = self._loop.time()
        self._cut = Cut(now, now + length_s)
        return self._cut

    def passes(self) -> bool:
        """Return whether a datagram of the robot passes now; count it if not."""
        if self._cut.start_s <= self._loop.time() < self._cut.end_s:
            self.dropped += 1
            return False
        return True

    def close(self) -> None:
        for hop in self._hops.values():
            hop.close()
        self._hops.clear()

    def _hop(self, relay: tuple[str, int]) -> _Hop:
        if relay not in self._hops:
            self._hops[relay] = _Hop(self, self._loop, relay)
        return self._hops[relay]


class _Hop:
    """Our port for one address of the relay, with an outer socket for each source behind it."""

    def __init__(self, wire: Wire, loop: asyncio.AbstractEventLoop, relay: tuple[str, int]) -> None:
        self._wire, self._loop, self._relay = wire, loop, relay
        self._outer: dict[tuple[str, int], socket.socket] = {}
        self._inner = _udp_socket()
        self._inner.bind((_LOCAL, 0))
        self.port: int = self._inner.getsockname()[1]
        loop.add_reader(self._inner, self._from_robot)

    def close(self) -> None:
        for sock in (self._inner, *self._outer.values()):
            self._loop.remove_reader(sock)
            sock.close()

    def _from_robot(self) -> None:
        for _ in range(_BURST):
            try:
                datagram, source = self._inner.recvfrom(2048)
            except BlockingIOError:
                return
            outer = self._outer.get(source) or self._open(source)
            if outer is not None and self._wire.passes():
                _send(outer, datagram)

    def _open(self, source: tuple[str, int]) -> socket.socket | None:
        if len(self._outer) >= _MAX_SOURCES:
            return None
        outer = _udp_socket()
        outer.connect(self._relay)
        self._loop.add_reader(outer, self._from_relay, outer, source)
        self._outer[source] = outer
        return outer

    def _from_relay(self, outer: socket.socket, source: tuple[str, int]) -> None:
        for _ in range(_BURST):
            try:
                datagram = outer.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                # Refused: an earlier datagram of ours met a closed port. A network says nothing.
                return
            _send(self._inner, datagram, source)


def _udp_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return sock


def _send(sock: socket.socket, datagram: bytes, to: tuple[str, int] | None = None) -> bool:
    """Send if the network takes it now; like a network, it may lose one."""
    try:
        if to is None:
            sock.send(datagram)
        else:
            sock.sendto(datagram, to)
    except OSError:
        return False
    return True
