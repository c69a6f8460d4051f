"""The one port of a relay, over UDP and over TCP: to the relay, one wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from media.ice import Address
from media.outbox import Wire
from media.relay import Relay
from media.tcp import Listener
from media.udp import UDPSocket

PORT_ATTEMPTS = 20
TCP_ADDRESS_PARTS = 3


class Port:
    """Both sockets, and the relay that speaks through them. Fulfils `outbox.Wire`."""

    def __init__(self, host: str, port: int, relay_on: Callable[[Wire], Relay]) -> None:
        """Take the port; 0: any that is free over both.

        Raises:
            OSError: it is taken.
        """
        for attempt in range(PORT_ATTEMPTS):
            self._udp = UDPSocket(host, port)
            try:
                self._tcp = Listener(host, self._udp.port)
            except OSError:
                self._udp.close()
                if port or attempt == PORT_ATTEMPTS - 1:
                    raise
            else:
                break
        self.buffers = self._udp.buffers
        self.relay = relay_on(self)

    @property
    def number(self) -> int:
        return self._udp.port

    async def open(self) -> None:
        """Receive from now on, as long as the loop runs."""
        relay, udp = self.relay, self._udp
        asyncio.get_running_loop().add_reader(
            udp.fileno(), udp.drain, relay.datagram, relay.flush, relay.meter.delayed
        )
        await self._tcp.open(relay)

    async def keep_clean(self) -> None:
        """Close TCP connections that are nobody's, until cancelled."""
        await self._tcp.keep_clean()

    def transmit(self, data: bytes | memoryview, address: Address, /) -> None:
        """Send a datagram now. Raises: OSError, when it cannot leave."""
        if len(address) == TCP_ADDRESS_PARTS:
            self._tcp.send(data, address)
        else:
            self._udp.transmit(data, address)

    def transmit_all(self, queued: Sequence[tuple[int, Address]], /) -> int:
        """Send the packet in each buffer, from the first on; return how many could not leave.

        Where somebody is connected over TCP, each packet takes a call of its own: few are, and a
        batch goes to one socket only.
        """
        if not self._tcp.is_used:
            return self._udp.transmit_all(queued)
        failed = 0
        for buffer, (length, address) in zip(self.buffers, queued, strict=False):
            try:
                self.transmit(buffer.view[:length], address)
            except OSError:
                failed += 1
        return failed
