"""One hostile peer, and strangers: OWASP ASVS 5.0, V17.2, each attack against a real relay.

Anna shares a room with the hostile peer; Cleo and Dora have another. Whatever is sent, the three
go on hearing and seeing each other without an interruption.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import pytest_asyncio
from aioice import stun
from OpenSSL import SSL

from media import rtcp
from media.allowance import BURST
from media.client import RelayRefusedError
from media.ice import Credentials
from media.messages import Join, Joined, Leave, PeerConnected, StreamInterrupted, TransportChanged
from tests.media.offers import FINGERPRINT, usual
from tests.media.robots import Desk, Robot, running, until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

SHARED, OTHER = "shared-room", "other-room"
SSRCS = 2_208
"""As many, sent by an authentic peer, hang aiortc's own receiver."""
PACE = 200
"""Datagrams sent in one go, so that the kernel's buffers are not what is tested."""


class Hostile:
    """A participant admitted like any other, whose machine sends what it likes."""

    def __init__(self, robot: Robot, joined: Joined) -> None:
        self.dice = random.Random(7)
        self.senders = robot.connection.getSenders()[:2]
        # The transport of its connection, with the keys that it shares with the relay.
        self._dtls: Any = self.senders[0].transport
        self._keys: Any = self._dtls._tx_srtp
        # What its senders still send is numbered with ours.
        self._dtls._tx_srtp = cast("Any", self)
        self._last: dict[int, int] = {}
        self.audio_type, self.video_type = (
            int(line.split()[3]) for line in lines(joined, "m=")[:2]
        )
        self.credentials = Credentials(
            lines(joined, "a=ice-ufrag:")[0],
            lines(joined, "a=ice-pwd:")[0],
            self._dtls.transport._connection.local_username,
        )

    async def take_over(self) -> None:
        """Send nothing any more of what a microphone and a camera would."""
        own = {sender._ssrc for sender in self.senders}
        await until(lambda: own <= self._last.keys())
        for sender in self.senders:
            sender.replaceTrack(None)
        await asyncio.sleep(0.2)  # A picture that was being encoded is still sent.

    def sound(self, ssrc: int | None = None) -> bytes:
        return self.protect(self.header(ssrc=ssrc) + bytes(40))

    def header(self, first: int = 0x80, *, index: int = 0, ssrc: int | None = None) -> bytes:
        """Return a header of its microphone (0) or camera (1), with the next number."""
        ssrc = self.senders[index]._ssrc if ssrc is None else ssrc
        number = self._last.get(ssrc, 0) + 1
        payload_type = (self.audio_type, self.video_type)[index]
        return struct.pack("!BBHII", first, payload_type, number & 0xFFFF, 0, ssrc)

    def protect(self, packet: bytes) -> bytes:
        """Encrypt, as whoever sends for it does too, and note the number that was used."""
        protected = bytes(self._keys.protect(packet))
        number, _, ssrc = struct.unpack_from("!HII", packet, 2)
        self._last[ssrc] = number
        return protected

    def protect_rtcp(self, packet: bytes) -> bytes:
        return bytes(self._keys.protect_rtcp(packet))

    async def send(self, datagrams: Iterator[bytes]) -> None:
        """Send from the address that the relay knows as this peer's."""
        for number, data in enumerate(datagrams):
            await self._dtls.transport._send(data)
            if number % PACE == 0:
                await asyncio.sleep(0.005)


def lines(joined: Joined, start: str) -> list[str]:
    return [ln.removeprefix(start) for ln in joined.answer.splitlines() if ln.startswith(start)]


def ssrcs_without_end(hostile: Hostile) -> Iterator[bytes]:
    return (hostile.sound(ssrc) for ssrc in range(1, SSRCS + 1))


def reporters_without_end(hostile: Hostile) -> Iterator[bytes]:
    reports = (rtcp.receiver_report(ssrc, []) for ssrc in range(1, SSRCS + 1))
    return map(hostile.protect_rtcp, reports)


def a_flood_of_its_own_sound(hostile: Hostile) -> Iterator[bytes]:
    return (hostile.sound() for _ in range(4 * BURST))


def a_flood_of_reports(hostile: Hostile) -> Iterator[bytes]:
    report = rtcp.receiver_report(hostile.senders[0]._ssrc, [])
    return (hostile.protect_rtcp(report) for _ in range(4 * BURST))


def the_same_packet_again(hostile: Hostile) -> Iterator[bytes]:
    packet = hostile.sound()
    return (packet for _ in range(BURST))


def forged_media(hostile: Hostile) -> Iterator[bytes]:
    for number in range(BURST):
        ssrc = hostile.dice.randrange(1 << 32) if number % 2 else None
        yield hostile.header(ssrc=ssrc) + hostile.dice.randbytes(60)


def forged_reports(hostile: Hostile) -> Iterator[bytes]:
    for _ in range(BURST):
        yield b"\x80\xc8" + hostile.dice.randbytes(60)


def malformed_media(hostile: Hostile) -> Iterator[bytes]:
    """Authentic, with more padding than packet; a wrong extension libsrtp refuses itself."""
    for padding in range(41, 256):
        yield hostile.protect(hostile.header(0xA0) + bytes(39) + bytes((padding,)))
    for _ in range(200):
        yield hostile.protect(hostile.header(0xA0) + bytes(40))


def malformed_pictures(hostile: Hostile) -> Iterator[bytes]:
    for number in range(500):
        payload = b"\xff\xff" + b"\xff" * (number % 3)
        yield hostile.protect(hostile.header(index=1) + payload)


def malformed_reports(hostile: Hostile) -> Iterator[bytes]:
    sender = struct.pack("!I", hostile.senders[0]._ssrc)
    for kind in range(192, 224):
        for first in (0x80, 0x9F, 0x81, 0xBF, 0x00):
            for words, size in ((1, 0), (6, 3), (0xFFFF, 9), (0, 0), (40, 160)):
                body = hostile.dice.randbytes(size)
                head = struct.pack("!BBH", first, kind, words)
                yield hostile.protect_rtcp(head + sender + body)


def dtls_garbage(hostile: Hostile) -> Iterator[bytes]:
    for number in range(2_000):
        version = b"\xfe\xfd" if number % 2 else b"\xfe\xff"
        yield bytes((20 + number % 44,)) + version + hostile.dice.randbytes(number % 90)


def odd_sizes(hostile: Hostile) -> Iterator[bytes]:
    whole = hostile.sound()
    yield from (whole[:size] for size in range(len(whole)))
    yield from (bytes((first,)) for first in range(256))
    yield from (bytes((128,)) + bytes(size) for size in range(1_500, 3_000, 50))


def check(credentials: Credentials) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{credentials.ufrag}:{credentials.remote_ufrag}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 2
    message.add_message_integrity(credentials.password.encode())
    return bytes(message)


def a_flood_of_checks(hostile: Hostile) -> Iterator[bytes]:
    request = check(hostile.credentials)
    return (request for _ in range(4 * BURST))


def a_flood_of_guessed_checks(hostile: Hostile) -> Iterator[bytes]:
    for number in range(BURST):
        guess = Credentials(hostile.credentials.ufrag, f"guess {number}", "robot")
        yield check(guess)


ATTACKS: list[tuple[Callable[[Hostile], Iterator[bytes]], str]] = [
    (ssrcs_without_end, "too_many_ssrcs"),
    (reporters_without_end, "too_many_ssrcs"),
    (a_flood_of_its_own_sound, "flood"),
    (a_flood_of_reports, "flood"),
    (the_same_packet_again, "srtp"),
    (forged_media, "srtp"),
    (forged_reports, "srtcp"),
    (malformed_media, "rtp_malformed"),
    (malformed_pictures, "picture_malformed"),
    (malformed_reports, "rtcp_malformed"),
    (dtls_garbage, "dtls_queue_full"),
    (odd_sizes, "oversized"),
    (a_flood_of_checks, "flood"),
    (a_flood_of_guessed_checks, "stun_unauthenticated"),
]


class Scene:
    """Two rooms that work, and what has been counted."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.anna = desk.robot("anna", tone_hz=500)
        self.cleo, self.dora = desk.robot("cleo", tone_hz=700), desk.robot("dora", tone_hz=900)
        self._strangers = 0

    async def open(self) -> None:
        await self.anna.join(self.desk.relay, room=SHARED)
        for honest in (self.cleo, self.dora):
            await honest.join(self.desk.relay, room=OTHER)
        for name in ("anna", "cleo", "dora"):
            await self.desk.told(PeerConnected, peer=name)
        await self.goes_on()

    @asynccontextmanager
    async def someone(self) -> AsyncIterator[tuple[Robot, Joined]]:
        """Let someone new into the room that Anna is in, for as long as the block lasts."""
        self._strangers += 1
        robot = self.desk.robot(f"stranger-{self._strangers}", tone_hz=1100)
        try:
            joined = await robot.join(self.desk.relay, room=SHARED)
            await until(lambda: robot.connection.connectionState == "connected")
            yield robot, joined
        finally:
            await self.leave(robot)

    async def leave(self, robot: Robot) -> None:
        await self.desk.relay.request(Leave(room=SHARED, peer=robot.name))
        self.desk.robots.remove(robot)
        await robot.close()

    async def goes_on(self) -> None:
        """Wait until those of the other room have received more of each other."""
        before = [(r.frames("audio"), r.frames("video")) for r in (self.cleo, self.dora)]
        await until(
            lambda: all(
                robot.frames("audio") > audio + 25 and robot.frames("video") > video + 5
                for robot, (audio, video) in zip((self.cleo, self.dora), before, strict=True)
            )
        )

    def dropped(self, reason: str) -> int:
        return self.desk.stats[-1].relay.dropped.get(reason, 0) if self.desk.stats else 0

    def honest_are_undisturbed(self) -> None:
        names = ("anna", "cleo", "dora")
        assert [e for e in self.desk.heard(StreamInterrupted) if e.peer in names] == []
        assert [e for e in self.desk.heard(TransportChanged) if e.peer in names] == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for all attacks: it has to outlive every one of them."""
    async with running() as desk:
        scene = Scene(desk)
        await scene.open()
        yield scene


@pytest.mark.requirement("T1")
@pytest.mark.parametrize(("attack", "counted"), ATTACKS, ids=lambda p: getattr(p, "__name__", p))
async def test_a_hostile_peer_disturbs_nobody(
    scene: Scene, attack: Callable[[Hostile], Iterator[bytes]], counted: str
) -> None:
    async with scene.someone() as (robot, joined):
        hostile = Hostile(robot, joined)
        await hostile.take_over()
        before = scene.dropped(counted)
        await hostile.send(attack(hostile))
        await until(lambda: scene.dropped(counted) > before)
        await scene.goes_on()
        scene.honest_are_undisturbed()
        async with scene.someone() as (late, _):  # who gets in, hears and is heard as ever
            heard = scene.anna.frames("audio")
            await until(lambda: min(scene.anna.frames("audio") - heard, late.frames("audio")) > 10)


def client_hello() -> bytes:
    """A real one, of OpenSSL."""
    context = SSL.Context(SSL.DTLS_METHOD)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(4096)


async def test_a_client_hello_that_comes_first_wins_nothing(scene: Scene) -> None:
    """ASVS 17.2.6: whoever sends a ClientHello before the peer's does not take its place."""
    desk, robot = scene.desk, scene.desk.robot("raced")
    sdp, fingerprint = await robot.offer()
    hello, before = client_hello(), scene.dropped("unknown_address")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as racer:
        racer.connect(("127.0.0.1", desk.relay.ready.port))
        racer.settimeout(0)
        joined = await desk.relay.request(
            Join(room=SHARED, peer="raced", offer=sdp, fingerprint=fingerprint, group="all")
        )
        assert isinstance(joined, Joined)
        for _ in range(300):
            racer.send(hello)
        await until(lambda: scene.dropped("unknown_address") >= before + 300)
        await robot.accept(joined.answer)
        for _ in range(300):
            racer.send(hello)
        await desk.told(PeerConnected, peer="raced")
        with pytest.raises(BlockingIOError):
            racer.recv(4096)
    await scene.leave(robot)


async def test_odd_offers_of_a_hostile_peer_change_nothing_for_the_others(scene: Scene) -> None:
    good = usual()
    for odd in (
        "",
        "v=0\r\n" * 30_000,
        good.replace("opus", "\x00"),
        good.replace("m=audio 9", "m=audio"),
        good.replace("a=mid:1", "a=mid:0"),
        good.replace("a=extmap:3 ", "a=extmap:x "),
        "v=0\r\n" + "m=audio 9 X 0\r\n" * 5_000,
        "é" * 9,
    ):
        with pytest.raises(RelayRefusedError) as refused:
            await scene.desk.relay.request(
                Join(room=SHARED, peer="odd", offer=odd, fingerprint=FINGERPRINT)
            )
        assert refused.value.code.startswith("offer_")
    await scene.goes_on()
    scene.honest_are_undisturbed()
