"""One secured UDP path to a server, as a browser has it: ICE checks, DTLS, SRTP.

DTLS and SRTP are aiortc's, without its peer connection, which would cost more than the relay
that is measured. What arrives is counted by its length and thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from typing import Any

from aioice import stun
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)

from loadtests.offers import Answer
from media.errors import MalformedPacketError
from media.ice import binding_response, parse_request
from media.mmsg import BatchReceiver

_BATCH = 32
_CHECK_S = 5.0
_SOCKET_BYTES = 4 << 20
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35

OnMedia = Callable[[int, float | None], None]
"""Told the length of an RTP datagram, and the kernel's time of its receipt, of some."""


def fingerprint(certificate: RTCCertificate) -> str:
    return next(p.value for p in certificate.getFingerprints() if p.algorithm == "sha-256")


class LightEnd:
    """The protocols of a browser's one connection, and none of its work."""

    role = "controlling"

    def __init__(self, certificate: RTCCertificate, on_media: OnMedia) -> None:
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.fingerprint = fingerprint(certificate)
        self._on_media = on_media
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BYTES)
        with contextlib.suppress(PermissionError):  # only root may pass the limit
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _SOCKET_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._receiver = BatchReceiver(socket.AF_INET, self._socket.fileno(), count=_BATCH)
        transport: Any = self
        self._dtls = RTCDtlsTransport(transport, [certificate])
        self._dtls._set_role("client")
        self._answer: Answer | None = None

    # What RTCDtlsTransport asks of the transport below it.

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, data: bytes) -> None:
        self._socket.send(data)

    async def connect(self, answer: Answer, *, settle_s: float = 0.0) -> None:
        """Pass the connectivity check and complete DTLS.

        Args:
            answer: where the server is, and its credentials.
            settle_s: to wait between the two, for a server that drops what comes too soon.
        """
        self._answer = answer
        self._socket.connect((answer.host, answer.port))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._drain)
        self.check()
        async with asyncio.timeout(_CHECK_S):
            await self._checked.wait()
        await asyncio.sleep(settle_s)
        digest = RTCDtlsFingerprint(algorithm="sha-256", value=answer.fingerprint)
        await self._dtls.start(RTCDtlsParameters(fingerprints=[digest]))
        assert self._dtls.state == "connected"

    def check(self) -> None:
        """Send a connectivity check, which is also the consent to go on."""
        assert self._answer is not None
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self._answer.ufrag}:{self.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(self._answer.password.encode())
        message.add_fingerprint()
        self._socket.send(bytes(message))

    @property
    def address(self) -> tuple[str, int]:
        """Where the server sees this end."""
        host, port = self._socket.getsockname()
        return str(host), int(port)

    def encrypt(self, packet: bytes) -> bytes:
        return bytes(self._dtls._tx_srtp.protect(packet))

    def send(self, packet: bytes) -> bool:
        """Encrypt a packet and send it; tell whether it left."""
        return self._transmit(self._dtls._tx_srtp.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        self._transmit(self._dtls._tx_srtp.protect_rtcp(packet))

    def _transmit(self, datagram: bytes) -> bool:
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            return False
        return True

    def _drain(self) -> None:
        receiver, on_media = self._receiver, self._on_media
        while count := receiver.receive(stamped=True):
            stamp_s = receiver.stamp_s()  # of the first alone
            for buffer, size, _ in receiver.datagrams(count):
                first = buffer.view[0]
                if 128 <= first < 192:
                    if not 192 <= buffer.view[1] <= 223:
                        on_media(size, stamp_s)
                        self.take_rtp(buffer.view)
                    else:
                        self.take_rtcp(bytes(buffer.view[:size]))
                elif 20 <= first < 64:
                    self._inbox.put_nowait(bytes(buffer.view[:size]))
                elif first < 4:
                    self._stun(bytes(buffer.view[:size]))
                stamp_s = None

    def take_rtp(self, view: memoryview) -> None:
        """Look at a media packet, still encrypted; here nobody does."""

    def take_rtcp(self, data: bytes) -> None:
        """Look at feedback, still encrypted; here nobody does."""

    def _stun(self, data: bytes) -> None:
        """A response to our check; or a check, of a server that makes its own."""
        try:
            request = parse_request(data)
        except MalformedPacketError:
            self._checked.set()
            return
        server = self._socket.getpeername()
        self._socket.send(binding_response(request.transaction_id, server, self.password.encode()))

    async def close(self) -> None:
        await self._dtls.stop()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
