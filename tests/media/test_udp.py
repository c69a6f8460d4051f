"""The socket, with one system call for many datagrams and with one for each."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import mmsg
from media.aiortc_seam import PacketBuffer
from media.ice import Address
from media.udp import DRAIN_DATAGRAMS, READ_DATAGRAMS, SAMPLE_EVERY, UDPSocket

needs_batches = pytest.mark.skipif(not mmsg.IS_AVAILABLE, reason="the system has no sendmmsg")
WAYS = [pytest.param(True, marks=needs_batches, id="batched"), pytest.param(False, id="single")]


class Reader:
    """Takes what is read, and says what was read before which flush."""

    def __init__(self) -> None:
        self.datagrams: list[tuple[bytes, Address]] = []
        self.batches: list[int] = []
        self.delays_s: list[float] = []
        self.times_s: list[float] = []

    def receive(self, buffer: PacketBuffer, size: int, address: Address, now: float) -> bool:
        self.datagrams.append((bytes(buffer.view[: min(size, 2048)]), address))
        self.times_s.append(now)
        return True

    def flush(self) -> None:
        self.batches.append(len(self.datagrams) - sum(self.batches))

    def drain(self, udp: UDPSocket) -> None:
        udp.drain(self.receive, self.flush, self.delays_s.append)


@pytest.fixture(params=WAYS)
def udp(request: pytest.FixtureRequest) -> Iterator[UDPSocket]:
    made = UDPSocket("127.0.0.1", 0, batched=request.param)
    yield made
    made.close()


@pytest.fixture
def sink() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(2.0)
        yield made


def queue(udp: UDPSocket, packets: list[tuple[bytes, Address]]) -> list[tuple[int, Address]]:
    for buffer, (data, _) in zip(udp.buffers, packets, strict=False):
        buffer.view[: len(data)] = data
    return [(len(data), address) for data, address in packets]


def test_each_packet_of_a_batch_goes_to_its_own_address(udp: UDPSocket) -> None:
    with ExitStack() as stack:
        sinks = [
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(4)
        ]
        for one in sinks:
            one.bind(("127.0.0.1", 0))
            one.settimeout(2.0)
        packets = [
            (b"%d" % n * (n + 1), sinks[n % 4].getsockname()) for n in range(len(udp.buffers))
        ]
        assert udp.transmit_all(queue(udp, packets)) == 0
        for number, (data, _) in enumerate(packets):
            received, source = sinks[number % 4].recvfrom(2048)
            assert received == data
            assert source == ("127.0.0.1", udp.port)


@needs_batches
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([0, 1, 40, 900, 1100, 1101, 1450])),
        min_size=1,
        max_size=mmsg.BATCH,
    )
)
def test_what_goes_through_the_system_as_one_arrives_as_it_was(plan: list[tuple[int, int]]) -> None:
    """Whatever the lengths and their order: every datagram whole, in order for each receiver."""
    udp = UDPSocket("127.0.0.1", 0, batched=True)
    with ExitStack() as stack:
        stack.callback(udp.close)
        sinks = [
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(3)
        ]
        for one in sinks:
            one.bind(("127.0.0.1", 0))
            one.settimeout(2.0)
        packets = [
            (bytes([number]) * size, sinks[to].getsockname())
            for number, (to, size) in enumerate(plan)
        ]
        assert udp.transmit_all(queue(udp, packets)) == 0
        for number, (to, size) in enumerate(plan):
            assert sinks[to].recv(2048) == bytes([number]) * size


@needs_batches
def test_a_way_out_that_cannot_cut_gets_packets_one_by_one(sink: socket.socket) -> None:
    """Without checksums the kernel refuses to cut, as some devices do."""
    udp = UDPSocket("127.0.0.1", 0, batched=True)
    udp._socket.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
    packets: list[tuple[bytes, Address]] = [
        (bytes([n]) * 900, sink.getsockname()) for n in range(5)
    ]
    assert udp.transmit_all(queue(udp, packets)) == 0
    assert [sink.recv(2048) for _ in packets] == [data for data, _ in packets]
    assert not udp._sender.segments  # type: ignore[attr-defined]
    udp.close()


def test_one_that_cannot_leave_keeps_nobody_back(udp: UDPSocket, sink: socket.socket) -> None:
    address = sink.getsockname()
    nowhere = ("255.255.255.255", 9)  # a broadcast, which the socket may not send
    packets: list[tuple[bytes, Address]] = [
        (b"a", nowhere), (b"b", address), (b"c", nowhere), (b"d", nowhere), (b"e", address)
    ]  # fmt: skip
    assert udp.transmit_all(queue(udp, packets)) == 3
    assert [sink.recv(10), sink.recv(10)] == [b"b", b"e"]


def test_all_that_is_there_is_read_with_its_source(udp: UDPSocket, sink: socket.socket) -> None:
    sent = [b"%d" % number * 3 for number in range(READ_DATAGRAMS + 5)]
    for data in sent:
        sink.sendto(data, ("127.0.0.1", udp.port))
    reader = Reader()
    reader.drain(udp)
    assert reader.datagrams == [(data, sink.getsockname()) for data in sent]
    assert reader.batches == [READ_DATAGRAMS, 5]
    assert all(time.monotonic() - 2 < at <= time.monotonic() for at in reader.times_s)
    reader.drain(udp)
    assert len(reader.datagrams) == len(sent)


def test_one_turn_is_bounded(udp: UDPSocket, sink: socket.socket) -> None:
    for _ in range(DRAIN_DATAGRAMS + 10):
        sink.sendto(b"x", ("127.0.0.1", udp.port))
    reader = Reader()
    reader.drain(udp)
    assert len(reader.datagrams) == DRAIN_DATAGRAMS


def test_one_too_long_is_seen_to_be(udp: UDPSocket, sink: socket.socket) -> None:
    sizes = list[int]()

    def receive(_buffer: object, size: int, _address: object, _now: float) -> bool:
        sizes.append(size)
        return False

    for size in (0, 1501, 5000):
        sink.sendto(bytes(size), ("127.0.0.1", udp.port))
    udp.drain(receive, lambda: None, lambda _: None)
    assert sizes[0] == 0
    assert sizes[1] == 1501
    assert sizes[2] >= 2048


@needs_batches
def test_the_delay_counts_the_time_in_the_socket(sink: socket.socket) -> None:
    udp, reader = UDPSocket("127.0.0.1", 0, batched=True), Reader()
    for _ in range(SAMPLE_EVERY * 2):
        sink.sendto(b"x", ("127.0.0.1", udp.port))
        time.sleep(0.02)
        reader.drain(udp)
    udp.close()
    assert len(reader.delays_s) == 2
    assert all(0.02 <= delay_s < 0.5 for delay_s in reader.delays_s)


@pytest.mark.parametrize("batched", WAYS)
def test_ipv6_and_ipv4_share_a_socket(*, batched: bool) -> None:
    udp, reader = UDPSocket("::", 0, batched=batched), Reader()
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four,
    ):
        for one, host in ((six, "::1"), (four, "127.0.0.1")):
            one.settimeout(2.0)
            one.sendto(b"hello", (host, udp.port))
        reader.drain(udp)
        hosts = [address[0] for _, address in reader.datagrams]
        assert hosts == ["::1", "::ffff:127.0.0.1"]
        assert udp.transmit_all(queue(udp, [(b"back", a) for _, a in reader.datagrams])) == 0
        assert [six.recv(10), four.recv(10)] == [b"back", b"back"]
    udp.close()


@needs_batches
@given(st.ip_addresses(), st.integers(0, 65535), st.integers(0, 2**20 - 1), st.integers(0, 9))
def test_addresses_survive_the_kernels_form(
    host: IPv4Address | IPv6Address, port: int, flow: int, scope: int
) -> None:
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    text = socket.inet_ntop(family, host.packed)
    address: Address = (text, port) if host.version == 4 else (text, port, flow, scope)
    assert mmsg.unpack_address(family, mmsg.pack_address(family, address)) == address


@needs_batches
def test_any_number_of_addresses_is_remembered_within_a_bound(sink: socket.socket) -> None:
    udp = UDPSocket("127.0.0.1", 0, batched=True)
    sender = udp.transmit_all
    for number in range(6000):
        sender(queue(udp, [(b"x", ("127.0.0.2", 1 + number))]))
    assert sender(queue(udp, [(b"y", sink.getsockname())])) == 0
    assert sink.recv(10) == b"y"
    assert len(udp._sender._names) <= 4097  # type: ignore[attr-defined]  # how much is kept has no other sign
    udp.close()
