"""What leaves the relay: a datagram that cannot is counted, and hurts nobody else.

Media is written into `buffer`, posted, and leaves with the others of its batch; whoever causes
packets to be posted flushes at the end of its turn. What is rare leaves at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from media.aiortc_seam import PacketBuffer, SRTPError
from media.ice import Address
from media.meter import Meter
from media.peer import Connection


class Wire(Protocol):
    """The way out, as the socket's module offers it."""

    buffers: list[PacketBuffer]

    def transmit(self, data: bytes | memoryview, address: Address, /) -> object:
        """Send a datagram now. Raises: OSError, when it cannot leave."""

    def transmit_all(self, queued: Sequence[tuple[int, Address]], /) -> int:
        """Send the packet in each buffer, from the first on; return how many could not leave."""


class Outbox:
    def __init__(self, wire: Wire, meter: Meter) -> None:
        self._wire = wire
        self.meter = meter
        self._queued: list[tuple[int, Address]] = []
        self._buffers = wire.buffers
        self.buffer = wire.buffers[0]
        """The next packet is written and encrypted here; another one after each `post`."""

    def post(self, length: int, address: Address) -> None:
        """Let the packet in `buffer` leave with the batch."""
        queued = self._queued
        queued.append((length, address))
        try:
            self.buffer = self._buffers[len(queued)]
        except IndexError:  # that was the last one
            self.flush()

    def flush(self) -> None:
        """Send what was posted."""
        queued = self._queued
        if not queued:
            return
        failed = self._wire.transmit_all(queued)
        meter = self.meter
        if failed:
            meter.dropped["send_failed"] += failed
        meter.packets_out += len(queued) - failed
        meter.bytes_out += sum([length for length, _ in queued])
        queued.clear()
        self.buffer = self._buffers[0]

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send a datagram that is no media."""
        try:
            self._wire.transmit(data, address)
        except OSError:  # a full buffer, or an address that went away
            self.meter.dropped["send_failed"] += 1

    def send_rtcp(self, connection: Connection, packet: bytes) -> None:
        """Encrypt a compound packet for a peer and send it."""
        address = connection.agent.selected
        if address is None:
            return
        buffer = self.buffer  # free, whatever waits in the others
        buffer.view[: len(packet)] = packet
        try:
            length = connection.transport.protect_rtcp(buffer, len(packet))
        except SRTPError:
            self.meter.dropped["protect_failed"] += 1
            return
        self.send(buffer.view[:length], address)
