"""What leaves the relay: a datagram that cannot is counted, and hurts nobody else."""

from __future__ import annotations

from collections.abc import Callable

from media.aiortc_seam import PacketBuffer, SRTPError
from media.ice import Address
from media.meter import Meter
from media.peer import Connection

Transmit = Callable[[bytes | memoryview, Address], object]
"""Send a datagram. Raises OSError when it cannot leave."""


class Outbox:
    def __init__(self, transmit: Transmit, meter: Meter) -> None:
        self.transmit = transmit
        self.buffer = PacketBuffer()
        """Packets are written and encrypted here, one at a time."""
        self.meter = meter

    def send(self, data: bytes | memoryview, address: Address) -> None:
        try:
            self.transmit(data, address)
        except OSError:  # a full buffer, or an address that went away
            self.meter.dropped["send_failed"] += 1

    def send_rtcp(self, connection: Connection, packet: bytes) -> None:
        """Encrypt a compound packet for a peer and send it."""
        address = connection.agent.selected
        if address is None:
            return
        self.buffer.view[: len(packet)] = packet
        try:
            length = connection.transport.protect_rtcp(self.buffer, len(packet))
        except SRTPError:
            self.meter.dropped["protect_failed"] += 1
            return
        self.send(self.buffer.view[:length], address)
