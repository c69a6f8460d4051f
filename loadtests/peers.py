"""A light peer: the protocols of a browser, and none of its work.

DTLS and SRTP are aiortc's, without its peer connection, which would cost more than the relay
that is measured.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from typing import Any, Protocol

from aioice import stun
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)

from loadtests import packets
from loadtests.offers import Answer, offer, read_answer
from media.messages import Command, Done, Join, Joined

CHECK_EVERY_S = 2.5
_DRAIN = 256


class Desk(Protocol):
    """Whoever takes commands: a relay process, or a relay in this one."""

    async def request(self, command: Command) -> Joined | Done: ...


class LightPeer:
    """One participant of one room."""

    role = "controlling"

    def __init__(self, room: str, name: str, certificate: RTCCertificate) -> None:
        self.room = room
        self.name = name
        self.sent = 0
        self.received = 0
        self._certificate = certificate
        self._audio = packets.Numbers(secrets.randbits(31) * 2)
        self._video = packets.Numbers(self._audio.ssrc + 1)
        self._ufrag = secrets.token_hex(4)
        self._buffer = bytearray(2048)
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003  the standard library's own signature
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        transport: Any = self
        self._dtls = RTCDtlsTransport(transport, [certificate])
        self._dtls._set_role("client")
        self._answer: Answer | None = None

    # What RTCDtlsTransport asks of the transport below it.

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, data: bytes) -> None:
        self._socket.send(data)

    async def join(self, relay: Desk, *, places: int) -> None:
        """Join, pass the connectivity check, complete DTLS."""
        fingerprint = next(
            p.value for p in self._certificate.getFingerprints() if p.algorithm == "sha-256"
        )
        sdp = offer(
            places=places,
            ufrag=self._ufrag,
            fingerprint=fingerprint,
            audio_ssrc=self._audio.ssrc,
            video_ssrc=self._video.ssrc,
        )
        joined = await relay.request(
            Join(room=self.room, peer=self.name, offer=sdp, fingerprint=fingerprint, group="all")
        )
        assert isinstance(joined, Joined)
        self._answer = read_answer(joined.answer)
        self._socket.connect(("127.0.0.1", self._answer.port))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._drain)
        self.check()
        digest = RTCDtlsFingerprint(algorithm="sha-256", value=self._answer.fingerprint)
        await self._dtls.start(RTCDtlsParameters(fingerprints=[digest]))
        assert self._dtls.state == "connected"

    def check(self) -> None:
        """Send a connectivity check, which is also the consent to go on."""
        assert self._answer is not None
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self._answer.ufrag}:{self._ufrag}"
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(self._answer.password.encode())
        self._socket.send(bytes(message))

    def send_audio(self) -> None:
        self._transmit(packets.audio(self._audio))

    def send_frame(self) -> None:
        for packet in packets.frame(self._video):
            self._transmit(packet)

    @property
    def address(self) -> tuple[str, int]:
        """Where the relay sees this peer."""
        host, port = self._socket.getsockname()
        return str(host), int(port)

    def encrypted(self, *, audio: bool, video: bool) -> list[bytes]:
        """Build the next packets as they would go over the wire, without sending them."""
        plain = [packets.audio(self._audio)] if audio else []
        plain += packets.frame(self._video) if video else []
        return [self._dtls._tx_srtp.protect(packet) for packet in plain]

    def _transmit(self, packet: bytes) -> None:
        try:
            self._socket.send(self._dtls._tx_srtp.protect(packet))
        except BlockingIOError:
            return
        self.sent += 1

    def _drain(self) -> None:
        read, buffer = self._socket.recv_into, self._buffer
        for _ in range(_DRAIN):
            try:
                size = read(buffer)
            except BlockingIOError:
                return
            if 128 <= buffer[0] < 192 and not 192 <= buffer[1] <= 223:
                self.received += 1
            elif 20 <= buffer[0] < 64:
                self._inbox.put_nowait(bytes(buffer[:size]))

    async def close(self) -> None:
        await self._dtls.stop()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
