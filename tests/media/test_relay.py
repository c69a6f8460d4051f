"""The relay's core with no network: consent, addresses that go away, and what is not a datagram."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from media.aiortc_seam import PacketBuffer
from media.commands import Commander
from media.ice import CONSENT_S, Address, Credentials
from media.kinds import Stream
from media.messages import Event, Join, Joined, TransportChanged
from media.relay import Ports, Relay
from media.rounds import Rounds
from media.rtp import MAX_DATAGRAM_BYTES
from tests.media.offers import FINGERPRINT, usual
from tests.media.rounds import whole_round
from tests.media.test_ice import check

HOME: Address = ("192.0.2.7", 40_000)
TCP: Address = ("192.0.2.7", 50_000, 1)


class Bench:
    """A relay with one peer in a room, whose checks are made up here."""

    def __init__(self) -> None:
        self.buffers = [PacketBuffer()]
        self.received = PacketBuffer()
        self.sent: list[tuple[bytes, Address]] = []
        self.events: list[Event] = []
        ports = Ports(self, self.events.append, self._spawn, time.monotonic, self._later)
        self.relay = Relay(ports)
        self.rounds = Rounds(self.relay, cpu_s=lambda: 0.0, now=0.0)
        commander = Commander(self.relay, announced=("192.0.2.1",), port=4_000)
        join = Join(id=1, room="r", peer="p", offer=usual(), fingerprint=FINGERPRINT, group="all")
        assert isinstance(commander.carry_out(join, 0.0), Joined)
        connection = self.relay.rooms["r"].peers["p"].connection
        assert connection is not None
        self.connection = connection

    def transmit(self, data: bytes | memoryview, address: Address, /) -> None:
        self.sent.append((bytes(data), address))

    def transmit_all(self, queued: Sequence[tuple[int, Address]], /) -> int:
        return len(queued)

    def _spawn(self, work: Any) -> None:
        work.close()

    def _later(self, _delay_s: float, _call: Callable[[], None]) -> None:
        """Nothing waits to leave here."""

    def check(self, address: Address, now: float, *, nominates: bool = False) -> None:
        ours: Credentials = self.connection.agent.credentials
        self.receive(check(ours, nominates=nominates), address, now)

    def receive(self, data: bytes, address: Address, now: float) -> bool:
        self.received.view[: len(data)] = data
        return self.relay.datagram(self.received, len(data), address, now)

    def run(self, begin: float, end: float) -> None:
        """Let time pass, other authentic traffic going on."""
        for tick in range(int(begin * 10), int(end * 10) + 1):
            self.relay._heard(self.connection.peer, tick / 10)
            whole_round(self.rounds, tick / 10)

    def gone(self) -> list[str | None]:
        changes = [e for e in self.events if isinstance(e, TransportChanged)]
        return [e.reason for e in changes if e.state.value == "gone"]


def test_a_peer_whose_checks_stop_is_gone_after_thirty_seconds_of_media() -> None:
    """RFC 7675 section 5.1: other traffic, however authentic, is no consent."""
    bench = Bench()
    bench.check(HOME, 0.0)
    bench.run(0.0, CONSENT_S - 0.1)
    assert bench.gone() == []
    bench.run(CONSENT_S, CONSENT_S + 0.3)
    assert bench.gone() == ["consent"]
    assert not bench.relay.knows(HOME)


def test_checks_every_few_seconds_keep_a_peer() -> None:
    bench = Bench()
    for second in range(0, 120, 5):
        bench.check(HOME, second)
        bench.run(second, second + 5)
    assert bench.gone() == []


def test_an_address_without_consent_is_nobodys_while_another_serves() -> None:
    bench = Bench()
    bench.check(HOME, 0.0, nominates=True)
    bench.check(TCP, 20.0)
    bench.run(20.0, CONSENT_S + 0.2)
    assert not bench.relay.knows(HOME)
    assert bench.connection.agent.selected == TCP
    assert bench.gone() == []


def test_a_tcp_connection_that_ends_leaves_the_other_address() -> None:
    bench = Bench()
    bench.check(HOME, 0.0)
    bench.check(TCP, 1.0, nominates=True)
    assert bench.connection.agent.selected == TCP
    bench.relay.disconnected(TCP)
    assert bench.connection.agent.selected == HOME
    assert not bench.relay.knows(TCP)
    bench.relay.disconnected(TCP)
    assert bench.relay.knows(HOME)


def test_sound_is_told_from_pictures_by_what_was_negotiated() -> None:
    bench = Bench()
    bench.check(HOME, 0.0)
    assert bench.relay.is_sound(HOME, 111)
    assert not bench.relay.is_sound(HOME, 96)
    assert not bench.relay.is_sound(TCP, 111)


@pytest.mark.parametrize(("size", "reason"), [(0, "empty"), (MAX_DATAGRAM_BYTES + 1, "oversized")])
def test_what_is_no_datagram_of_ours_is_counted_even_from_a_peer(size: int, reason: str) -> None:
    bench = Bench()
    bench.check(HOME, 0.0)
    assert bench.relay.datagram(bench.received, size, HOME, 0.1) is False
    assert bench.relay.meter.dropped == {reason: 1}
    assert bench.relay.knows(HOME)


@pytest.mark.parametrize("first", [0, 20, 63, 64, 128, 191, 255])
def test_a_stranger_reaches_nothing_whatever_the_first_byte(first: int) -> None:
    bench = Bench()
    assert bench.receive(bytes((first,)) + bytes(40), HOME, 0.0) is False
    assert bench.sent == []
    assert not bench.connection.is_started
    assert sum(bench.relay.meter.dropped.values()) == 1


def test_whatever_comes_first_after_a_silence_asks_for_a_key_frame() -> None:
    bench = Bench()
    wanted = bench.connection.uplinks[Stream.VIDEO].key_frames
    for now in (0.0, 0.4):
        bench.check(HOME, now)
        assert not wanted.is_due(now)
    bench.check(HOME, 1.0)
    assert wanted.is_due(1.0)
