"""The relay's port over TCP: peers of another make, strangers, and a receiver that is slow."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from aioice import stun

from media.answer import Local, write_answer
from media.framing import Deframer, frame
from media.messages import Join, Joined, PeerConnected, StreamInterrupted
from media.sdp import read_offer
from media.tcp import MAX_DATAGRAMS_OF_STRANGER, MAX_STRANGERS_PER_SOURCE, STRANGER_S
from tests.media.offers import FINGERPRINT, usual
from tests.media.robots import ROOM, Desk, running, until


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as made:
        yield made


def dropped(desk: Desk, reason: str) -> int:
    return desk.stats[-1].relay.dropped.get(reason, 0) if desk.stats else 0


class Tunnel(asyncio.DatagramProtocol):
    """Carries one robot's datagrams over a TCP connection to the relay, as its browser would."""

    def __init__(self, relay_port: int) -> None:
        self._relay_port = relay_port
        self._robot: tuple[str, int] | None = None
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self.arrived = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        # A receiver whose window is small, so that a stop of its reading is felt soon.
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        plain.setblocking(False)
        await loop.sock_connect(plain, ("127.0.0.1", self._relay_port))
        self._reader, self._writer = await asyncio.open_connection(sock=plain, limit=4_096)
        self._task = loop.create_task(self._carry())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._udp = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._robot = address
        self._writer.write(frame(data))

    async def _carry(self) -> None:
        deframer = Deframer()
        while data := await self._reader.read(2_048):
            deframer.feed(data)
            while (datagram := deframer.take()) is not None:
                self.arrived += 1
                if self._robot is not None:
                    self._udp.sendto(datagram, self._robot)
            await self.is_reading.wait()

    def between(self, answer: str) -> str:
        port = self._udp.get_extra_info("sockname")[1]
        return answer.replace(f" {self._relay_port} ", f" {port} ")

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self._writer.close()
        self._udp.close()


@contextlib.asynccontextmanager
async def tunnel(desk: Desk) -> AsyncIterator[Tunnel]:
    made = Tunnel(desk.relay.ready.port)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def test_a_peer_over_tcp_and_one_over_udp_hear_and_see_each_other(desk: Desk) -> None:
    anna, bert = desk.robot("anna", tone_hz=500, luma=60), desk.robot("bert", tone_hz=900, luma=180)
    async with tunnel(desk) as path:
        await anna.join(desk.relay, via=path.between)
        await bert.join(desk.relay)
        await until(lambda: min(r.frames("audio") for r in (anna, bert)) > 50)
        await until(lambda: min(r.frames("video") for r in (anna, bert)) > 15)
        assert anna.slots["2"].frequency_hz == pytest.approx(900, abs=15)
        assert bert.slots["4"].luma == pytest.approx(60, abs=6)
        assert path.arrived > 50
        assert desk.heard(StreamInterrupted) == []


async def test_a_receiver_that_reads_too_little_loses_pictures_before_sound(desk: Desk) -> None:
    anna, bert = desk.robot("anna"), desk.robot("bert")
    async with tunnel(desk) as path:
        await anna.join(desk.relay, via=path.between)
        await bert.join(desk.relay)
        await until(lambda: anna.frames("video") > 5 and bert.frames("video") > 5)
        path.is_reading.clear()
        await until(lambda: dropped(desk, "send_failed") > 20)
        before = bert.frames("audio")
        await until(lambda: bert.frames("audio") > before + 20)
        path.is_reading.set()
        before = anna.frames("audio")
        await until(lambda: anna.frames("audio") > before + 50)
        assert [e for e in desk.heard(StreamInterrupted) if e.peer == "bert"] == []


def check(joined: Joined, *, password: str | None = None, ufrag: str = "frag") -> bytes:
    found = {
        line.partition(":")[0]: line.partition(":")[2]
        for line in joined.answer.splitlines()
        if line.startswith("a=ice-")
    }
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{found['a=ice-ufrag']}:{ufrag}"
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((password or found["a=ice-pwd"]).encode())
    return bytes(message)


Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
async def connect(desk: Desk) -> AsyncIterator[Connect]:
    """Make connections to the relay, which end with the test."""
    writers = list[asyncio.StreamWriter]()

    async def made() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.relay.ready.port)
        writers.append(writer)
        return reader, writer

    yield made
    for writer in writers:
        writer.close()
        # The relay may have reset it: that a test expects so is asserted where it reads.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            await writer.wait_closed()


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Tell whether a connection ends, after whatever still came: with a FIN, or a reset.

    The kernel resets it where something had come that was not read.
    """
    try:
        async with asyncio.timeout(STRANGER_S + 5):
            while await reader.read(2_048):
                continue
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return reader.at_eof()


async def joined(desk: Desk, name: str = "anna") -> Joined:
    reply = await desk.relay.request(
        Join(room=ROOM, peer=name, offer=usual(), fingerprint=FINGERPRINT, group="all")
    )
    assert isinstance(reply, Joined)
    return reply


async def test_a_check_over_tcp_is_answered_with_the_address_it_came_from(
    desk: Desk, connect: Connect
) -> None:
    reply = await joined(desk)
    reader, writer = await connect()
    request = frame(check(reply))
    writer.write(request[:3])
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(request[3:])
    size = int.from_bytes(await reader.readexactly(2), "big")
    response = stun.parse_message(await reader.readexactly(size))
    assert response.message_class == stun.Class.RESPONSE
    assert response.attributes["XOR-MAPPED-ADDRESS"] == writer.get_extra_info("sockname")[:2]
    writer.close()


async def test_strangers_are_few_and_short_lived_and_a_peer_gets_in_beside_them(
    desk: Desk, connect: Connect
) -> None:
    began = time.monotonic()
    strangers = [await connect() for _ in range(MAX_STRANGERS_PER_SOURCE)]
    reader, _ = await connect()
    assert await is_closed(reader), "one too many of this source"
    assert time.monotonic() - began < STRANGER_S / 2
    for reader, _ in strangers:
        assert await is_closed(reader)
    assert STRANGER_S - 1 < time.monotonic() - began < STRANGER_S + 4
    reply = await joined(desk)
    reader, writer = await connect()
    writer.write(frame(check(reply)))
    assert await reader.readexactly(2)
    writer.close()
    await until(lambda: dropped(desk, "tcp_refused") == 1)
    await until(lambda: dropped(desk, "tcp_stranger") == MAX_STRANGERS_PER_SOURCE)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(bytes(2), "tcp_malformed", id="an empty frame"),
        pytest.param(b"\xff\xff" + bytes(40), "tcp_malformed", id="a frame too long"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "tcp_malformed", id="another protocol"),
        pytest.param(
            frame(b"\x16" + bytes(20)) * MAX_DATAGRAMS_OF_STRANGER, "tcp_stranger", id="a flood"
        ),
    ],
)
async def test_a_stranger_who_sends_something_else_is_cut_off(
    desk: Desk, connect: Connect, sent: bytes, reason: str
) -> None:
    began = time.monotonic()
    reader, writer = await connect()
    writer.write(sent)
    assert await is_closed(reader)
    assert time.monotonic() - began < STRANGER_S / 2
    await until(lambda: dropped(desk, reason) == 1)


async def test_a_guessed_check_over_tcp_is_not_answered(desk: Desk, connect: Connect) -> None:
    reply = await joined(desk)
    reader, writer = await connect()
    writer.write(frame(check(reply, password="guess")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await reader.read(1)
    writer.close()


async def test_a_peer_that_changes_from_udp_to_tcp_is_followed(
    desk: Desk, connect: Connect
) -> None:
    """An address change by the peer's nomination; DTLS and the room know nothing of it."""
    anna, bert = desk.robot("anna"), desk.robot("bert")
    async with tunnel(desk) as path:
        answer = await anna.join(desk.relay, via=path.between)
        await bert.join(desk.relay)
        await until(lambda: bert.frames("audio") > 20)
        reader, writer = await connect()
        ice: Any = anna.connection.getSenders()[0].transport.transport
        remote = ice._connection.local_username
        writer.write(frame(check(answer, ufrag=remote)))
        received = 0
        async with asyncio.timeout(10):
            while received < 20_000:
                received += len(await reader.read(4_096))
        # And when that connection ends, what is left serves again.
        writer.close()
        before = anna.frames("audio")
        await until(lambda: anna.frames("audio") > before + 20)
        assert len(desk.heard(PeerConnected, peer="anna")) == 1


def test_an_answer_names_every_address_over_udp_and_over_tcp() -> None:
    plan = read_offer(usual(), fingerprint=FINGERPRINT)
    announced = ("192.0.2.1", "2001:db8::1")
    answer = write_answer(plan, Local(announced, 4000, "u", "p", FINGERPRINT))
    first = answer.partition("m=video")[0]
    candidates = [ln.split() for ln in first.splitlines() if ln.startswith("a=candidate:")]
    assert [(c[2], c[4], c[5]) for c in candidates] == [
        ("udp", "192.0.2.1", "4000"),
        ("udp", "2001:db8::1", "4000"),
        ("tcp", "192.0.2.1", "4000"),
        ("tcp", "2001:db8::1", "4000"),
    ]
    assert [c[8:] for c in candidates[2:]] == [["tcptype", "passive"]] * 2
    priorities = [int(c[3]) for c in candidates]
    assert priorities == sorted(priorities, reverse=True)
    assert len({c[0] for c in candidates}) == 4
