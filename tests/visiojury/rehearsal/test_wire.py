"""The wire passes what it should, both ways, and a cut drops exactly what goes up within it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from visiojury.rehearsal.wire import Wire

ANSWER = """v=0
a=ice-lite
m=audio 4000 UDP/TLS/RTP/SAVPF 96
a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host generation 0
a=candidate:2 1 UDP 2130706431 ::1 {port} typ host
a=candidate:3 1 tcp 1518280447 127.0.0.1 {port} typ host tcptype passive
a=end-of-candidates
"""


@pytest.fixture
def relay() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
def robot() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def led_through(wire: Wire, relay: socket.socket) -> tuple[str, tuple[str, int]]:
    answer = wire.lead_through(ANSWER.format(port=relay.getsockname()[1]))
    (line,) = [line for line in answer.splitlines() if line.startswith("a=candidate:")]
    parts = line.split()
    return answer, (parts[4], int(parts[5]))


async def arrived(sock: socket.socket) -> tuple[bytes, tuple[str, int]]:
    async with asyncio.timeout(2):
        data, source = await asyncio.get_running_loop().sock_recvfrom(sock, 2048)
        return data, source


async def test_only_our_own_address_is_left_in_the_answer(relay: socket.socket) -> None:
    wire = Wire()
    answer, (host, port) = led_through(wire, relay)
    assert (host, port != relay.getsockname()[1]) == ("127.0.0.1", True)
    assert "::1" not in answer
    assert "tcp" not in answer
    assert "a=ice-lite\r\n" in answer
    assert " generation 0\r\n" in answer
    wire.close()


async def test_datagrams_pass_both_ways(relay: socket.socket, robot: socket.socket) -> None:
    wire = Wire()
    _, entry = led_through(wire, relay)
    robot.sendto(b"up", entry)
    data, source = await arrived(relay)
    relay.sendto(b"down", source)
    assert data == b"up"
    assert await arrived(robot) == (b"down", entry)
    wire.close()


async def test_two_sources_are_told_apart(relay: socket.socket, robot: socket.socket) -> None:
    wire = Wire()
    _, entry = led_through(wire, relay)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        robot.sendto(b"1", entry)
        _, first = await arrived(relay)
        other.sendto(b"2", entry)
        _, second = await arrived(relay)
        relay.sendto(b"to the second", second)
        assert (await arrived(other))[0] == b"to the second"
    assert first != second
    wire.close()


async def test_a_cut_drops_what_goes_up_and_lets_come_down(
    relay: socket.socket, robot: socket.socket
) -> None:
    wire = Wire()
    _, entry = led_through(wire, relay)
    robot.sendto(b"before", entry)
    _, source = await arrived(relay)
    cut = wire.cut(0.2)
    robot.sendto(b"lost", entry)
    relay.sendto(b"down", source)
    assert (await arrived(robot))[0] == b"down"
    await asyncio.sleep(cut.end_s - asyncio.get_running_loop().time())
    robot.sendto(b"after", entry)
    assert (await arrived(relay))[0] == b"after"
    assert wire.dropped == 1
    assert cut.end_s - cut.start_s == pytest.approx(0.2)
    wire.close()
