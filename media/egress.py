"""Pictures on their way to narrow receivers: written when they come, encrypted when they leave.

Numbers are given at once, so that they stay contiguous; the time of sending and the encryption
belong to the moment of leaving, or a receiver would take our waiting for that of its link. What
waits of a source that may no longer be seen never leaves. Where the queue is full, a slot gives
up the rest of its picture and goes on at a key frame, asked for once the queue is empty.
"""

from __future__ import annotations

from collections.abc import Callable

from media.aiortc_seam import SRTPError
from media.forwarding import Slot
from media.outbox import Outbox
from media.pacing import Waiting
from media.peer import Connection
from media.pictures import PictureDescriptor
from media.rtp import RTPPacket

Received = tuple[RTPPacket, PictureDescriptor | None, bytes]
"""Header and descriptor as received, payload."""

STEP_S = 0.005
"""What waits is looked at this often."""


class Egress:
    """All receivers that pictures wait for."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        after: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float],
    ) -> None:
        """Begin with nobody.

        Args:
            outbox: the way out.
            after: calls what it is given after so many seconds.
            now: tells the time of such a call.
        """
        self._outbox = outbox
        self._after = after
        self._now = now
        self._waiting: dict[Connection, set[Slot]] = {}
        """With those of their slots that gave up a picture meanwhile."""

    def forward(self, slot: Slot, receiver: Connection, packet: Received, now: float) -> None:
        """Send a packet of a picture as its receiver's path, which has a pace, takes it."""
        pacer = receiver.pacer
        assert pacer is not None, "one without leaves at once"
        if pacer.is_full:
            self._give_up(slot, receiver)
            return
        header, descriptor, payload = packet
        view = self._outbox.buffer.view
        length = slot.write(view, payload, header, descriptor, now)
        if not length:
            return
        if pacer.passes(length, now):
            self._post(receiver, length)
            return
        slot.held += 1
        pacer.hold(Waiting(slot, slot.era, bytes(view[:length])))
        if not self._waiting:
            self._after(STEP_S, self._step)
        self._waiting.setdefault(receiver, set())

    def release(self, now: float) -> None:
        """Send what may leave by now."""
        for receiver, given_up in list(self._waiting.items()):
            assert receiver.pacer is not None, "something waits in it"
            while (waiting := receiver.pacer.take(now)) is not None:
                waiting.slot.held -= 1
                if not waiting.is_void and not receiver.is_closed:
                    self._send(receiver, waiting, now)
            if receiver.is_closed or not receiver.pacer.is_holding:
                del self._waiting[receiver]
                for slot in given_up:
                    if slot.source is not None:
                        slot.source.key_frames.want(now=now, urgent=False)
        self._outbox.flush()

    def _step(self) -> None:
        self.release(self._now())
        if self._waiting:
            self._after(STEP_S, self._step)

    def _send(self, receiver: Connection, waiting: Waiting, now: float) -> None:
        view, length = self._outbox.buffer.view, len(waiting.data)
        view[:length] = waiting.data
        waiting.slot.stamp(view, now)
        self._post(receiver, length)

    def _post(self, receiver: Connection, length: int) -> None:
        address = receiver.agent.selected
        if address is None:
            return
        outbox = self._outbox
        try:
            outbox.post(receiver.transport.protect(outbox.buffer, length), address)
        except SRTPError:
            outbox.meter.dropped["protect_failed"] += 1

    def _give_up(self, slot: Slot, receiver: Connection) -> None:
        self._outbox.meter.dropped["receiver_behind"] += 1
        slot.begin_again()
        self._waiting.setdefault(receiver, set()).add(slot)
