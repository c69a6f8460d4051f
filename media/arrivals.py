"""When each packet of one connection arrived, told to its sender, who learns the path from it.

The sender numbers all packets of its camera in one sequence, whatever their SSRC, repetitions and
padding included. Times are seconds on the caller's monotonic clock. Source:
draft-holmer-rmcat-transport-wide-cc-extensions-01, sections 2 and 3.
"""

from __future__ import annotations

import struct

from media.rtp import Bytes, RTPPacket, find_extension

MAX_PACKETS = 400
"""In one message, which then fits a datagram; of a tenth of a second, the path has some 60."""
_TICKS_PER_S = 4000
_REFERENCE_TICKS = 256
"""Sixty-four milliseconds."""
_NOT_RECEIVED, _SMALL, _LARGE = range(3)
_VECTOR = 0xC000
"""A chunk of seven symbols, two bits each."""
_SYMBOLS = 7
_RUN_BITS = 13
"""A chunk of one symbol and how often: more than a message has packets."""
_HEAD = struct.Struct("!HHI")


class Arrivals:
    """Of one connection, from one message to the next."""

    def __init__(self, extension_id: int) -> None:
        """Begin with nothing told.

        Args:
            extension_id: of the header extension that carries the number.
        """
        self.extension_id = extension_id
        self._ticks: dict[int, int] = {}
        """When each came, by its number, unwrapped."""
        self._highest: int | None = None
        self._next = 0
        """The first number not yet told of."""
        self._messages = 0

    def note(self, data: Bytes, packet: RTPPacket, *, now: float) -> None:
        """Account for any packet, repetition or padding, that its sender numbered."""
        found = find_extension(data, packet, self.extension_id)
        if found is not None and found[1] == 2:
            at = found[0]
            self.add(data[at] << 8 | data[at + 1], now=now)

    def add(self, number: int, *, now: float) -> None:
        """Note a packet by the 16 bits of its number; what was told as missing stays so."""
        if self._highest is None:
            self._highest = self._next = extended = number + 0x1_0000
        else:
            step = (number - self._highest + 0x8000 & 0xFFFF) - 0x8000
            extended = self._highest + step
            if step > 0:
                self._highest = extended
        if extended >= self._next and len(self._ticks) < MAX_PACKETS:
            self._ticks[extended] = int(now * _TICKS_PER_S)

    def take(self) -> bytes | None:
        """Return what a message says behind its SSRCs, and begin the next; None: nothing came."""
        if not self._ticks:
            return None
        ticks, self._ticks = self._ticks, {}
        last = max(ticks)
        first, self._next = max(self._next, last - MAX_PACKETS + 1), last + 1
        came = [ticks.get(number) for number in range(first, last + 1)]
        reference = next(at for at in came if at is not None) // _REFERENCE_TICKS
        symbols, deltas = _differences(came, reference * _REFERENCE_TICKS)
        counter, self._messages = self._messages & 0xFF, self._messages + 1
        head = _HEAD.pack(first & 0xFFFF, len(came), (reference & 0xFFFFFF) << 8 | counter)
        body = head + _chunks(symbols) + deltas
        return body + bytes(-len(body) % 4)


def _differences(came: list[int | None], before: int) -> tuple[list[int], bytes]:
    """Return the symbol of each packet, and by how much each came later than the one before."""
    symbols, deltas = [], bytearray()
    for at in came:
        if at is None:
            symbols.append(_NOT_RECEIVED)
            continue
        delta, before = at - before, at
        if 0 <= delta <= 0xFF:
            symbols.append(_SMALL)
            deltas.append(delta)
        else:
            symbols.append(_LARGE)
            deltas += struct.pack("!h", max(-0x8000, min(0x7FFF, delta)))
    return symbols, bytes(deltas)


def _chunks(symbols: list[int]) -> bytes:
    if len(set(symbols)) == 1:  # as mostly: a run
        return (symbols[0] << _RUN_BITS | len(symbols)).to_bytes(2)
    words = bytearray()
    for begin in range(0, len(symbols), _SYMBOLS):
        word = _VECTOR
        for index, symbol in enumerate(symbols[begin : begin + _SYMBOLS]):
            word |= symbol << 2 * (_SYMBOLS - 1 - index)
        words += word.to_bytes(2)
    return bytes(words)
