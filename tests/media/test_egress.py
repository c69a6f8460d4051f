"""A narrow receiver beside a wide one: whole packets through the relay, without encryption."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from loadtests.packets import Numbers, audio, frame
from media.aiortc_seam import PacketBuffer
from media.commands import Commander
from media.forwarding import Slot
from media.ice import Address
from media.kinds import Stream
from media.messages import Join, Joined, SetGroups
from media.pacing import FACTOR, MAX_HELD_S
from media.peer import Connection
from media.relay import Ports, Relay
from media.rtp import ABS_SEND_TIME_URI, abs_send_time
from tests.media.offers import FINGERPRINT, usual

PATH_BPS = 1_000_000
KEY_FRAME_PACKETS = 100
SOUND, PICTURE = 111, 96
CLOCK = slice(17, 20)
"""Where a packet with that extension alone has its time of sending (RFC 8285 section 4.2)."""
_FIXED = struct.Struct("!BBHII")


def with_clock(offer: str) -> str:
    """Let the slots of an offer estimate their path from the time in each packet."""
    return offer.replace("a=recvonly", f"a=recvonly\r\na=extmap:3 {ABS_SEND_TIME_URI}")


OFFER = with_clock(usual())


class Room:
    """Three people who are connected, and every packet that left for each."""

    def __init__(self, offer: str = OFFER) -> None:
        self.buffers = [PacketBuffer() for _ in range(64)]
        self.now = 100.0
        self.left: dict[str, list[tuple[float, bytes]]] = {"anna": [], "bert": [], "carl": []}
        self.told: dict[str, list[bytes]] = {name: [] for name in self.left}
        """Feedback to each."""
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.relay = Relay(
            Ports(self, lambda _: None, lambda work: work.close(), lambda: self.now, self._later)
        )
        self._commander = Commander(self.relay, announced=("192.0.2.1",), port=4_000)
        self.sound, self.picture = Numbers(1001), Numbers(2001)
        self._inbox = PacketBuffer()
        for number, name in enumerate(self.left):
            self._join(name, offer, ("192.0.2.7", number))
        self.relay.arrange(self.relay.rooms["r"], self.now)

    def tell(self, command: Any) -> Any:
        return self._commander.carry_out(command, self.now)

    def _join(self, name: str, offer: str, address: Address) -> None:
        join = Join(id=1, room="r", peer=name, offer=offer, fingerprint=FINGERPRINT, group="all")
        assert isinstance(self.tell(join), Joined)
        connection = self.of(name)
        transport = connection.transport
        transport.is_connected = True
        for crypt in ("protect", "protect_rtcp", "unprotect", "unprotect_rtcp"):
            setattr(transport, crypt, lambda _buffer, size: size)
        connection.agent.selected = address
        self.relay._by_address[address] = connection

    def of(self, name: str) -> Connection:
        connection = self.relay.rooms["r"].peers[name].connection
        assert connection is not None
        return connection

    def slot_of_anna(self, name: str) -> Slot:
        """The slot in which someone sees her."""
        camera = self.of("anna").uplinks[Stream.VIDEO]
        return next(slot for slot in self.of(name).slots if slot.camera is camera)

    def limit(self, name: str, bitrate_bps: int) -> None:
        """Let the relay know what a path carries."""
        connection = self.of(name)
        connection.capacity.believe(bitrate_bps, now=self.now)
        connection.pace()

    def send(self, packets: Sequence[bytes], name: str = "anna") -> None:
        """Let someone send, all at once."""
        address = ("192.0.2.7", list(self.left).index(name))
        for packet in packets:
            self._inbox.view[: len(packet)] = packet
            self.relay.datagram(self._inbox, len(packet), address, self.now)
        self.relay.flush()

    def key_frame(self, count: int = KEY_FRAME_PACKETS) -> None:
        self.send(frame(self.picture, is_key=True, count=count))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, call = self._due.pop(0)
            call()
        self.now = end

    def _later(self, delay_s: float, call: Callable[[], None]) -> None:
        self._due.append((self.now + delay_s, call))

    def transmit(self, data: bytes | memoryview, address: Address, /) -> None:
        """Note feedback."""
        self.told[list(self.left)[address[1]]].append(bytes(data))

    def transmit_all(self, queued: Sequence[tuple[int, Address]], /) -> int:
        for buffer, (length, address) in zip(self.buffers, queued, strict=False):
            name = list(self.left)[address[1]]
            self.left[name].append((self.now, bytes(buffer.view[:length])))
        return 0

    def pictures(self, name: str) -> list[tuple[float, bytes]]:
        return [(at, data) for at, data in self.left[name] if data[1] & 127 == PICTURE]


def numbers(packets: Sequence[tuple[float, bytes]]) -> list[int]:
    return [_FIXED.unpack_from(data)[2] for _, data in packets]


def test_a_key_frame_is_spread_for_who_is_narrow_and_for_nobody_else() -> None:
    room = Room()
    room.limit("bert", PATH_BPS)
    room.key_frame()
    assert len(room.pictures("carl")) == KEY_FRAME_PACKETS
    assert len(room.pictures("bert")) < 10
    room.run(0.3)
    room.send([audio(room.sound)])
    at, last = room.left["bert"][-1]
    assert (at, last[1] & 127) == (room.now, SOUND), "sound does not wait"
    room.run(1.0)
    arrived = room.pictures("bert")
    assert len(arrived) == KEY_FRAME_PACKETS
    first = numbers(arrived)[0]
    assert numbers(arrived) == [first + i & 0xFFFF for i in range(KEY_FRAME_PACKETS)]
    took_s, bits = arrived[-1][0] - arrived[0][0], sum(len(data) for _, data in arrived) * 8
    assert 0.9 < bits / took_s / (FACTOR * PATH_BPS) < 1.1


def test_a_packet_says_when_it_left_and_not_when_it_came() -> None:
    """Else the receiver takes our queue for one of its link, and names a lower limit."""
    room = Room()
    room.limit("bert", PATH_BPS)
    room.key_frame()
    room.run(1.0)
    arrived = room.pictures("bert")
    assert arrived[-1][0] > arrived[0][0] + 0.5
    for at, data in arrived:
        assert int.from_bytes(data[CLOCK]) == abs_send_time(at)


def test_what_waits_of_a_source_that_is_no_longer_seen_never_leaves() -> None:
    room = Room()
    room.limit("bert", PATH_BPS)
    room.key_frame()
    before = len(room.pictures("bert"))
    room.tell(SetGroups(id=2, room="r", groups={"anna": None}))
    room.run(2.0)
    assert len(room.pictures("bert")) == before
    pacer = room.of("bert").pacer
    assert pacer is not None
    assert not pacer.is_holding
    assert all(slot.held == 0 for slot in room.of("bert").slots)


def test_beyond_the_bound_a_picture_is_given_up_and_the_next_key_frame_goes_on_without_a_gap() -> (
    None
):
    room = Room()
    room.limit("bert", PATH_BPS)
    fits = int(MAX_HELD_S * FACTOR * PATH_BPS / 8 / 1_150)
    room.key_frame(3 * fits)
    room.send(frame(room.picture, is_key=False))
    dropped = room.relay.meter.dropped["receiver_behind"]
    assert dropped >= fits
    wanted = room.of("anna").uplinks[Stream.VIDEO].key_frames
    wanted.arrived()
    room.run(2.0)
    assert wanted.is_due(room.now), "a key frame is asked for once the queue is empty"
    room.send(frame(room.picture, is_key=False))
    shown = len(room.pictures("bert"))
    room.key_frame(10)
    room.run(1.0)
    arrived = room.pictures("bert")
    assert len(arrived) == shown + 10
    assert numbers(arrived) == [numbers(arrived)[0] + i & 0xFFFF for i in range(len(arrived))]
    assert len(room.pictures("carl")) == 3 * fits + 5 + 5 + 10


def test_what_waits_does_not_count_as_sent() -> None:
    """The way to a receiver is judged by what it had received of what was sent."""
    room = Room()
    room.limit("bert", PATH_BPS)
    room.key_frame()
    slot, written = room.slot_of_anna("bert"), room.slot_of_anna("bert")._written
    left = numbers(room.pictures("bert"))[-1]
    assert slot.highest_sent is not None
    assert slot.highest_sent & 0xFFFF == left
    assert slot.highest_sent < written
    room.run(2.0)
    assert slot.highest_sent == written
