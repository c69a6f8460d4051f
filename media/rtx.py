"""Packets repeated in a stream of their own: what a sender repeats, put back in its place.

The payload of such a packet begins with the sequence number it had. Source: RFC 4588 section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.rtp import Bytes, RTPPacket

if TYPE_CHECKING:
    from media.uplink import UplinkStream


def restore(data: Bytes, packet: RTPPacket, stream: UplinkStream) -> bool:
    """Make `packet` the one it repeats; False when it is not one that `stream` misses.

    Senders also probe the path with repetitions nobody asked for, and with empty ones.
    """
    plan = stream.plan
    if packet.payload_type != plan.rtx_payload_type or packet.end - packet.start < 2:
        return False
    number = data[packet.start] << 8 | data[packet.start + 1]
    if not stream.misses(number):
        return False
    assert stream.ssrc is not None, "repaired, so known"
    packet.sequence_number = number
    packet.start += 2
    packet.ssrc = stream.ssrc
    packet.payload_type = plan.payload_type
    return True
