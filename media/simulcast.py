"""Moves slots from one layer of a camera to another, always at a key frame of the new one.

A slot begins with the smallest layer, which is soonest there. Until the key frame asked for
comes, it goes on with the layer it has. Times are seconds on the caller's monotonic clock.
Source: RFC 8853 (simulcast), RFC 7667 section 3.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.kinds import Stream
from media.layers import SOUND_BPS, UNKNOWN_HEIGHT, Wish, choose
from media.rtp import RTPPacket, extension

if TYPE_CHECKING:
    from media.forwarding import Slot
    from media.peer import Connection
    from media.uplink import UplinkStream


def learn(base: UplinkStream, data: memoryview, packet: RTPPacket) -> UplinkStream | None:
    """Find the layer that an unknown SSRC belongs to, by the name its first packets carry.

    Each layer takes one SSRC, and one for what is repeated; any other stays unknown.
    Source: RFC 8852 section 3.
    """
    plan = base.plan
    for identifier, is_repair in ((plan.rid_id, False), (plan.repaired_rid_id, True)):
        name = None if identifier is None else extension(data, packet, identifier)
        if name is None:
            continue
        layer = next((one for one in base.layers if one.rid.encode() == name), None)
        if layer is None or (layer.rtx_ssrc if is_repair else layer.ssrc) is not None:
            return None
        if is_repair:
            layer.rtx_ssrc = packet.ssrc
        else:
            layer.ssrc = packet.ssrc
        return layer
    return None


def judge(connection: Connection, now: float) -> None:
    """Learn what one receiver can take, once a second, and choose its layers anew."""
    sent_bps = sum(slot.measure(now) for slot in connection.slots)
    connection.capacity.judge(sent_bps, now=now)
    connection.pace()
    rearrange(connection, now, hurry=connection.capacity.is_far_exceeded)


def limit(connection: Connection, bitrate_bps: int, now: float) -> None:
    """Account for a limit that a receiver named; do not wait for the second when it is far off."""
    if connection.capacity.report(bitrate_bps):
        connection.capacity.believe(bitrate_bps, now=now)
        connection.pace()
        rearrange(connection, now, hurry=True)


def rearrange(connection: Connection, now: float, *, hurry: bool = False) -> None:
    """Choose the layers for one receiver; called when it shows others, too.

    Args:
        connection: the receiver's.
        now: the present.
        hurry: whether what it gets is more than it can take: then a layer that is too large is
            not sent until the smaller one begins, for it would fill the link and arrive broken.
    """
    slots = [slot for slot in connection.slots if slot.camera is not None]
    sounds = sum(slot.plan.stream is Stream.AUDIO for slot in slots)
    pictures = [slot for slot in slots if slot.plan.stream is not Stream.AUDIO]
    wishes = [
        Wish(
            connection.heights.get(slot.plan.mid, UNKNOWN_HEIGHT),
            [layer.bitrate_bps for layer in slot.camera.layers],
            slot.camera.layers.index(slot.wanted) if slot.wanted is not None else -1,
        )
        for slot in pictures
        if slot.camera is not None
    ]
    chosen = choose(wishes, connection.capacity.bps - sounds * SOUND_BPS)
    for slot, layer in zip(pictures, chosen, strict=True):
        assert slot.camera is not None, "chosen above"
        wanted = None if layer is None else slot.camera.layers[layer]
        if hurry and wanted is not None and _is_larger(slot.source, wanted):
            _drop_to(slot, connection, wanted, now)
        else:
            _turn(slot, connection, wanted, now)


def _is_larger(layer: UplinkStream | None, other: UplinkStream) -> bool:
    """Tell whether a layer is above another of the same camera."""
    layers = other.layers
    return layer in layers and layers.index(layer) > layers.index(other)


def _drop_to(slot: Slot, connection: Connection, wanted: UplinkStream, now: float) -> None:
    """Send nothing of the larger layer any more; the smaller one as soon as it can begin."""
    leave(slot, connection)
    slot.abandon()
    slot.move(wanted)
    slot.wanted = wanted
    if connection.transport.is_connected:
        enter(slot, connection)
        wanted.key_frames.want(now=now, urgent=True)


def _turn(slot: Slot, connection: Connection, wanted: UplinkStream | None, now: float) -> None:
    if wanted is slot.wanted:
        return
    leave(slot, connection)
    before, slot.wanted = slot.wanted, wanted
    if wanted is None:
        slot.pause()
        return
    if before is None:  # it shows nothing: whatever comes first
        slot.move(wanted)
    if connection.transport.is_connected:
        enter(slot, connection)
        wanted.key_frames.want(now=now, urgent=before is None)


def enter(slot: Slot, connection: Connection) -> None:
    """Send this slot what it shows, and let it wait for what it wants besides."""
    target = (slot, connection)
    if slot.source is not None:
        slot.source.targets.append(target)
    if slot.wanted is not None and slot.wanted is not slot.source:
        slot.wanted.waiting.append(target)


def leave(slot: Slot, connection: Connection) -> None:
    target = (slot, connection)
    for stream in slot.camera.layers if slot.camera is not None else ():
        stream.targets = [one for one in stream.targets if one != target]
        stream.waiting = [one for one in stream.waiting if one != target]


def promote(stream: UplinkStream) -> None:
    """A key frame of this layer begins: whoever waited for it goes on with it."""
    for slot, connection in list(stream.waiting):
        leave(slot, connection)
        slot.move(stream)
        stream.targets.append((slot, connection))
