"""Repeats packets to receivers that miss them, and asks senders for what is missing here.

A repetition is written anew from the packet kept, in a stream of its own where the receiver
negotiated one. A receiver is repeated to within a budget: beyond it, it waits for a key frame.
Source: RFC 4585 section 6.2.1, RFC 4588.
"""

from __future__ import annotations

from media import rtcp
from media.aiortc_seam import SRTPError
from media.outbox import Outbox
from media.peer import Connection
from media.uplink import UplinkStream


class Repair:
    """Writes to peers through the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def answer(self, receiver: Connection, nack: rtcp.NACK, now: float) -> None:
        """Repeat to a receiver what it misses of one slot."""
        slot, address = receiver.slot_of(nack.ssrc), receiver.agent.selected
        if slot is None or address is None:
            return
        out, meter = self._outbox.buffer, self._outbox.meter
        for sequence in nack.sequences:
            if (found := slot.find(sequence)) is None:
                meter.dropped["repeat_not_kept"] += 1
                continue
            if not receiver.repeats.spend(now):
                meter.dropped["repeat_budget"] += 1
                return
            try:
                length = receiver.transport.protect(out, slot.repeat(out.view, found, now))
            except SRTPError:
                meter.dropped["protect_failed"] += 1
                continue
            self._outbox.send(out.view[:length], address)
            meter.repeated += 1

    def ask(self, stream: UplinkStream, now: float) -> None:
        """Ask the sender of a stream for what is due."""
        connection = stream.connection
        if connection is None or stream.ssrc is None:
            return
        numbers = stream.take_missing(rtt_s=connection.round_trip.rtt_s, now=now)
        if numbers and connection.transport.is_connected:
            packet = rtcp.receiver_report(connection.ssrc, [])
            packet += rtcp.nack(connection.ssrc, stream.ssrc, numbers)
            self._outbox.send_rtcp(connection, packet)
