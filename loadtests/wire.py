"""A path between one light peer and the relay that loses, delays and can be cut, per stream.

The kernel of the test machines has no netem: this is a UDP relay of ours. It sees RTP headers,
which SRTP leaves in the clear, so that one stream alone can be cut. What passed, and when, is the
truth against which the relay's findings are held. Times are seconds on the monotonic clock.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import cast

from loadtests.packets import AUDIO_TYPE, VIDEO_TYPE
from media.kinds import WATCHED, Direction, Stream

Flow = tuple[Direction, Stream]
_STREAMS = {AUDIO_TYPE: Stream.AUDIO, VIDEO_TYPE: Stream.VIDEO}


@dataclass(frozen=True, slots=True)
class Path:
    """What a path does to each packet by chance."""

    loss_ratio: float
    delay_s: float
    """One way."""
    jitter_s: float
    """Added to the delay, evenly spread, packet by packet."""


@dataclass(slots=True)
class Cut:
    """What does not pass; `truth` is filled when packets pass again."""

    directions: frozenset[Direction]
    streams: frozenset[Stream]
    """All of them: then nothing else passes either, as on a link that is down."""

    def stops(self, direction: Direction, stream: Stream | None) -> bool:
        is_link = self.streams == frozenset(WATCHED)
        return direction in self.directions and (is_link or stream in self.streams)

    @property
    def flows(self) -> list[Flow]:
        return [(direction, stream) for direction in self.directions for stream in self.streams]


class Wire(asyncio.DatagramProtocol):
    """Belongs to one peer; each side sees the wire's address as the other's."""

    def __init__(self, relay_port: int, path: Path, seed: int) -> None:
        self.path = path
        self.cut: Cut | None = None
        self.passed: dict[Flow, float] = {}
        """When the last packet of a flow went on."""
        self.awaited: dict[Flow, asyncio.Future[tuple[float, float]]] = {}
        """Flows that are back in a moment: to be told the true bounds of their gap."""
        self._relay = ("127.0.0.1", relay_port)
        self._peer: tuple[str, int] | None = None
        self._dice = random.Random(seed)
        self._transport: asyncio.DatagramTransport | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def open(self) -> None:
        await self._loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        direction = Direction.RECEIVED if address == self._relay else Direction.SENT
        if direction is Direction.SENT:
            self._peer = address
        stream = _stream_of(data)
        if self.cut is not None and self.cut.stops(direction, stream):
            return
        path = self.path
        # Setting up is not what is measured: it would only take longer on a lossy path.
        if stream is not None and path.loss_ratio and self._dice.random() < path.loss_ratio:
            return
        delay_s = path.delay_s + self._dice.random() * path.jitter_s
        if delay_s:
            self._loop.call_later(delay_s, self._pass, data, direction, stream)
        else:
            self._pass(data, direction, stream)

    def _pass(self, data: bytes, direction: Direction, stream: Stream | None) -> None:
        target = self._relay if direction is Direction.SENT else self._peer
        if target is None or self._transport is None or self._transport.is_closing():
            return
        self._transport.sendto(data, target)
        if stream is None:
            return
        flow, now = (direction, stream), time.monotonic()
        waiting = self.awaited.pop(flow, None)
        if waiting is not None and not waiting.done():
            waiting.set_result((self.passed.get(flow, now), now))
        self.passed[flow] = now

    async def interrupt(self, cut: Cut, seconds: float) -> dict[Flow, tuple[float, float]]:
        """Cut for that long; return the last packet before and the first one after, by flow."""
        self.cut = cut
        await asyncio.sleep(seconds)
        self.cut = None
        self.awaited = {flow: self._loop.create_future() for flow in cut.flows}
        waiting = dict(self.awaited)
        return {flow: await future for flow, future in waiting.items()}


def _stream_of(data: bytes) -> Stream | None:
    """Return which stream an RTP packet is of; None for anything else."""
    if not data or not 128 <= data[0] < 192:
        return None
    return _STREAMS.get(data[1] & 127)
