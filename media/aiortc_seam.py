"""DTLS, SRTP and bandwidth estimation, borrowed from aiortc.

The one module that knows private names of aiortc and pylibsrtp; versions are pinned and
`tests/media/test_aiortc_seam.py` fails when an upgrade moves a name. The wire formats of the
relay are its own, so that nothing here is on the path of a packet but libsrtp itself.

Used without being public: `RTCDtlsTransport._set_role`, `._rx_srtp`, `._tx_srtp`, the contract
of the transport under it (`_recv`, `_send`, `role`), `RTCCertificate._create_ssl_context`,
`pylibsrtp.Session._srtp`, and
`pylibsrtp._binding` (the cffi handle), which lets packets be encrypted where they lie: half the
time of `Session.protect`, and no limit of 1,356 bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from OpenSSL import SSL
from pylibsrtp import _binding

BUFFER_BYTES = 2048
TRAILER_BYTES = 16 + 4
"""What SRTP or SRTCP may add to a packet (GCM tag, SRTCP index)."""
_QUEUE_DATAGRAMS = 64
_OK = _binding.lib.srtp_err_status_ok
_CIPHERS = b":".join(
    (
        b"ECDHE-ECDSA-AES128-GCM-SHA256",
        b"ECDHE-ECDSA-AES256-GCM-SHA384",
        b"ECDHE-ECDSA-CHACHA20-POLY1305",
    )
)
"""ECDSA, forward secrecy, AEAD. Source: RFC 8827 section 6.5, less what is not AEAD."""
_DTLS_1_2 = 0xFEFD


class SRTPError(Exception):
    """The packet does not authenticate, is a replay, or the session is not keyed."""


class HandshakeError(Exception):
    """DTLS did not come up with the announced certificate."""


class PacketBuffer:
    """Memory that a packet is received into, or written into, and (de/en)crypted in place."""

    __slots__ = ("address", "data", "length", "view")

    def __init__(self) -> None:
        self.data: Any = _binding.ffi.new("char[]", BUFFER_BYTES)
        self.address = int(_binding.ffi.cast("uintptr_t", self.data))
        """Where it lies, for a system call."""
        self.length: Any = _binding.ffi.new("int *")
        self.view = memoryview(_binding.ffi.buffer(self.data)).cast("B")


Crypt = Callable[[PacketBuffer, int], int]
"""Encrypt or decrypt the packet of that size in a buffer, in place; return its new size.

Raises:
    SRTPError: DTLS is not up, or the packet is not the peer's, or it came before.
"""


class _StrictCertificate(RTCCertificate):
    """Speaks DTLS 1.2 and AEAD only: aiortc's own list still has CBC, and no lowest version."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_min_proto_version(_DTLS_1_2)
        context.set_options(SSL.OP_NO_RENEGOTIATION)
        context.set_cipher_list(_CIPHERS)
        return context


class Certificate:
    """The relay's certificate, made at start and never stored."""

    def __init__(self) -> None:
        self._inner = _StrictCertificate.generateCertificate()

    @property
    def inner(self) -> RTCCertificate:
        return self._inner

    @property
    def fingerprint(self) -> str:
        prints = self._inner.getFingerprints()
        return next(p.value for p in prints if p.algorithm.lower() == "sha-256")


class _Pipe:
    """The transport that RTCDtlsTransport expects below it."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._transmit = send
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE_DATAGRAMS)

    async def _recv(self) -> bytes:
        data = await self._inbox.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._transmit(data)

    def put(self, data: bytes) -> bool:
        if self._inbox.full():
            return False
        self._inbox.put_nowait(data)
        return True

    def close(self) -> None:
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)


class SecureTransport:
    """DTLS as server, then SRTP in place. One per connection."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None]) -> None:
        self._pipe = _Pipe(send)
        # It asks of its transport only what _Pipe has; the contract test holds it to that.
        transport: Any = self._pipe
        self._dtls = RTCDtlsTransport(transport, [certificate.inner])
        self._dtls._set_role("server")
        self._forget_keys()

    def _forget_keys(self) -> None:
        self.is_connected = False
        self.unprotect: Crypt = _without_keys
        self.unprotect_rtcp: Crypt = _without_keys
        self.protect: Crypt = _without_keys
        self.protect_rtcp: Crypt = _without_keys

    async def handshake(self, fingerprint: str, *, on_closed: Callable[[], None]) -> None:
        """Complete DTLS with the peer that has that SHA-256 fingerprint and no other.

        Args:
            fingerprint: the one the peer's token names.
            on_closed: called once, when the peer later closes DTLS.

        Raises:
            HandshakeError: another certificate, no common cipher, or the transport closed.
        """
        digest = RTCDtlsFingerprint(algorithm="sha-256", value=fingerprint.upper())
        try:
            await self._dtls.start(RTCDtlsParameters(fingerprints=[digest]))
        except Exception as error:  # whatever OpenSSL makes of a peer's bytes
            raise HandshakeError(type(error).__name__) from error
        if self._dtls.state != "connected":
            raise HandshakeError(self._dtls.state)
        rx, tx = self._dtls._rx_srtp._srtp[0], self._dtls._tx_srtp._srtp[0]
        self.unprotect = _bind(_binding.lib.srtp_unprotect, rx)
        self.unprotect_rtcp = _bind(_binding.lib.srtp_unprotect_rtcp, rx)
        self.protect = _bind(_binding.lib.srtp_protect, tx)
        self.protect_rtcp = _bind(_binding.lib.srtp_protect_rtcp, tx)
        self.is_connected = True
        self._dtls.on("statechange", lambda: self._closed(on_closed))

    def _closed(self, on_closed: Callable[[], None]) -> None:
        if self._dtls.state == "closed":
            on_closed()

    def receive(self, datagram: bytes) -> bool:
        """Take a DTLS datagram; False when too many wait already."""
        return self._pipe.put(datagram)

    async def close(self) -> None:
        """Tell the peer and free the keys."""
        self._forget_keys()
        await self._dtls.stop()
        self._pipe.close()


def _without_keys(_buffer: PacketBuffer, _size: int) -> int:
    raise SRTPError("no keys")


def _bind(function: Any, session: Any) -> Crypt:  # noqa: ANN401  cffi handles have no types
    """Make the shortest path to a function of libsrtp: it runs for every packet out."""

    def crypt(buffer: PacketBuffer, size: int) -> int:
        length = buffer.length
        length[0] = size
        if (status := function(session, buffer.data, length)) != _OK:
            raise SRTPError(status)
        result: int = length[0]
        return result

    return crypt


class _Throughput:
    """Bits per second over the last second, in the place of aiortc's `RateCounter`.

    Theirs walks through every millisecond since the packet before, twice a packet: half of all
    the estimator costs. Steps of 50 ms are as fine as its use of the figure.
    """

    _STEP_MS, _STEPS = 50, 20

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._bytes = [0] * self._STEPS
        self._step: int | None = None
        self._began_ms = 0

    def add(self, size: int, now_ms: int) -> None:
        if self._step is None:
            self._began_ms = now_ms
        self._advance(now_ms)
        self._bytes[now_ms // self._STEP_MS % self._STEPS] += size

    def rate(self, now_ms: int) -> int | None:
        """Return the rate; None when there is too little to tell one."""
        if self._step is None:
            return None
        self._advance(now_ms)
        total = sum(self._bytes)
        span_ms = min(now_ms - self._began_ms + 1, self._STEP_MS * self._STEPS)
        return round(total * 8000 / span_ms) if total and span_ms > 1 else None

    def _advance(self, now_ms: int) -> None:
        step = now_ms // self._STEP_MS
        passed = self._STEPS if self._step is None else step - self._step
        for old in range(min(passed, self._STEPS)):
            self._bytes[(step - old) % self._STEPS] = 0
        self._step = step


class BitrateEstimator:
    """How much one peer may send, from the delays of its packets (receive-side GCC)."""

    def __init__(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        stand_in: Any = _Throughput()
        self._estimator.incoming_bitrate = stand_in

    @property
    def is_overused(self) -> bool:
        """Whether the delays grow: more is sent than the path carries."""
        return self._estimator.detector.state() == BandwidthUsage.OVERUSING

    def add(self, abs_send_time: int, size: int, ssrc: int, *, now: float) -> int | None:
        """Account for a packet; return a new estimate in bits per second when there is one.

        Args:
            abs_send_time: the 24 bits of the header extension.
            size: payload bytes.
            ssrc: of the packet.
            now: when its datagram was read.
        """
        update = self._estimator.add(int(now * 1000), abs_send_time, size, ssrc)
        return None if update is None else int(update[0])
