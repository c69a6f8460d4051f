"""Holds the private names of aiortc and pylibsrtp to what `media.aiortc_seam` takes them for.

An upgrade that moves one fails here, by name, before a connection fails in a room.
"""

import asyncio
import inspect
import re
from collections.abc import Callable
from typing import Any

import pylibsrtp
import pytest
from aiortc import rate
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from pylibsrtp import _binding

from media import rtcp
from media.aiortc_seam import (
    TRAILER_BYTES,
    BitrateEstimator,
    Certificate,
    HandshakeError,
    PacketBuffer,
    SecureTransport,
    SRTPError,
    _Throughput,
)
from tests.media.offers import FINGERPRINT

DTLS_1_0 = 0xFEFF
PACKET = bytes.fromhex("80600001000000010000cafe") + b"payload"


class Browser:
    """The other end: aiortc's DTLS as client, over a pipe in memory."""

    role = "controlling"

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._out = send
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.certificate = RTCCertificate.generateCertificate()
        transport: Any = self
        self.dtls = RTCDtlsTransport(transport, [self.certificate])
        self.dtls._set_role("client")

    @property
    def fingerprint(self) -> str:
        prints = self.certificate.getFingerprints()
        return next(p.value for p in prints if p.algorithm == "sha-256")

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, data: bytes) -> None:
        self._out(data)

    async def start(self, fingerprint: str) -> None:
        digest = RTCDtlsFingerprint(algorithm="sha-256", value=fingerprint)
        await self.dtls.start(RTCDtlsParameters(fingerprints=[digest]))


class Pair:
    """A relay's end and a browser's end."""

    def __init__(self) -> None:
        self.certificate = Certificate()
        self.relay = SecureTransport(self.certificate, self.send)
        self.browser = Browser(self.relay.receive)
        self.closed = 0
        self.was_closed = asyncio.Event()

    def send(self, data: bytes) -> None:
        self.browser.inbox.put_nowait(data)

    def note_closed(self) -> None:
        self.closed += 1
        self.was_closed.set()

    async def connect(self, fingerprint: str | None = None) -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(self.browser.start(self.certificate.fingerprint))
            claimed = fingerprint or self.browser.fingerprint
            tasks.create_task(self.relay.handshake(claimed, on_closed=self.note_closed))

    async def close(self) -> None:
        await self.relay.close()
        await self.browser.dtls.stop()


def filled(data: bytes) -> PacketBuffer:
    buffer = PacketBuffer()
    buffer.view[: len(data)] = data
    return buffer


async def test_packets_pass_both_ways_after_the_handshake() -> None:
    pair = Pair()
    await pair.connect()
    ours = filled(PACKET)
    size = pair.relay.protect(ours, len(PACKET))
    assert len(PACKET) < size <= len(PACKET) + TRAILER_BYTES
    assert pair.browser.dtls._rx_srtp.unprotect(bytes(ours.view[:size])) == PACKET
    theirs = pair.browser.dtls._tx_srtp.protect(PACKET)
    buffer = filled(theirs)
    assert bytes(buffer.view[: pair.relay.unprotect(buffer, len(theirs))]) == PACKET

    report = rtcp.receiver_report(1, [])
    ours = filled(report)
    size = pair.relay.protect_rtcp(ours, len(report))
    assert len(report) < size <= len(report) + TRAILER_BYTES
    assert pair.browser.dtls._rx_srtp.unprotect_rtcp(bytes(ours.view[:size])) == report
    theirs = pair.browser.dtls._tx_srtp.protect_rtcp(report)
    buffer = filled(theirs)
    assert bytes(buffer.view[: pair.relay.unprotect_rtcp(buffer, len(theirs))]) == report
    await pair.close()


async def test_a_packet_twice_or_changed_is_refused_and_hurts_nothing() -> None:
    pair = Pair()
    await pair.connect()
    theirs = pair.browser.dtls._tx_srtp.protect(PACKET)
    pair.relay.unprotect(filled(theirs), len(theirs))
    for wrong in (theirs, theirs[:-1] + bytes((theirs[-1] ^ 1,)), theirs[:13]):
        with pytest.raises(SRTPError):
            pair.relay.unprotect(filled(wrong), len(wrong))
    again = PACKET[:3] + b"\2" + PACKET[4:]
    theirs = pair.browser.dtls._tx_srtp.protect(again)
    assert pair.relay.unprotect(filled(theirs), len(theirs)) == len(again)
    await pair.close()


async def test_a_packet_of_a_whole_datagram_can_be_encrypted() -> None:
    """`Session.protect` raises ValueError above 1,356 bytes; a browser may send up to 1,500."""
    pair = Pair()
    await pair.connect()
    long = PACKET + bytes(1500 - len(PACKET))
    assert pair.relay.protect(filled(long), len(long)) > 1500
    await pair.close()


async def test_another_certificate_fails_the_handshake() -> None:
    pair = Pair()
    with pytest.raises(ExceptionGroup) as failure:
        await pair.connect(FINGERPRINT)
    assert failure.group_contains(HandshakeError)
    assert not pair.relay.is_connected
    await pair.close()


class Offering(RTCCertificate):
    """A browser's certificate whose DTLS offers what it is told to, and nothing else."""

    ciphers = b""
    version: int | None = None

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(self.ciphers + b":@SECLEVEL=0")
        if self.version is not None:
            context.set_min_proto_version(self.version)
            context.set_max_proto_version(self.version)
        return context


def offering(ciphers: bytes, version: int | None = None) -> Pair:
    pair = Pair()
    certificate = Offering.generateCertificate()
    certificate.ciphers, certificate.version = ciphers, version
    pair.browser.certificate = certificate
    transport: Any = pair.browser
    pair.browser.dtls = RTCDtlsTransport(transport, [certificate])
    pair.browser.dtls._set_role("client")
    return pair


@pytest.mark.parametrize(
    ("ciphers", "version"),
    [
        pytest.param(b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA", None, id="CBC only"),
        pytest.param(b"ECDHE-ECDSA-AES128-SHA256", None, id="CBC with SHA-256 only"),
        pytest.param(b"AES128-GCM-SHA256:AES256-SHA", None, id="RSA key exchange only"),
        pytest.param(b"ECDHE-RSA-AES128-GCM-SHA256", None, id="RSA certificate only"),
        pytest.param(b"ECDHE-ECDSA-AES128-SHA:ALL", DTLS_1_0, id="DTLS 1.0 only"),
    ],
)
async def test_weak_dtls_is_refused(ciphers: bytes, version: int | None) -> None:
    """ASVS 17.2.2: nothing but DTLS 1.2 with ECDSA, forward secrecy and AEAD."""
    pair = offering(ciphers, version)
    with pytest.raises(ExceptionGroup) as failure:
        await pair.connect()
    assert failure.group_contains(HandshakeError)
    assert not pair.relay.is_connected
    await pair.close()


@pytest.mark.parametrize(
    "cipher", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
)
async def test_strong_dtls_comes_up_with_the_strongest_srtp(cipher: str) -> None:
    pair = offering(cipher.encode())
    await pair.connect()
    ssl = pair.browser.dtls._ssl
    assert ssl is not None
    assert ssl.get_cipher_name() == cipher
    assert ssl.get_protocol_version_name() == "DTLSv1.2"
    assert ssl.get_selected_srtp_profile() == b"SRTP_AEAD_AES_256_GCM"
    await pair.close()


async def test_a_close_of_the_other_end_is_told_once() -> None:
    pair = Pair()
    await pair.connect()
    await pair.browser.dtls.stop()
    async with asyncio.timeout(5):
        await pair.was_closed.wait()
    await pair.close()
    assert pair.closed == 1


def test_each_relay_has_a_certificate_of_its_own_on_p_256() -> None:
    """ASVS 17.2.1: the key is made at start, in memory, and ends with the process."""
    first, second = Certificate(), Certificate()
    assert first.fingerprint != second.fingerprint
    public_key = first.inner._cert.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert isinstance(public_key.curve, ec.SECP256R1)


async def test_without_keys_nothing_is_protected() -> None:
    transport = SecureTransport(Certificate(), lambda _: None)
    assert not transport.is_connected
    for method in (
        transport.protect,
        transport.protect_rtcp,
        transport.unprotect,
        transport.unprotect_rtcp,
    ):
        with pytest.raises(SRTPError):
            method(filled(PACKET), len(PACKET))
    await transport.close()


async def test_a_handshake_that_is_closed_fails() -> None:
    transport = SecureTransport(Certificate(), lambda _: None)
    handshake = asyncio.get_running_loop().create_task(
        transport.handshake(FINGERPRINT, on_closed=lambda: None)
    )
    await asyncio.sleep(0)
    await transport.close()
    with pytest.raises(HandshakeError):
        await handshake


async def test_datagrams_that_wait_are_bounded() -> None:
    transport = SecureTransport(Certificate(), lambda _: None)
    taken = [transport.receive(b"\x16") for _ in range(100)]
    assert taken.count(True) == 64
    await transport.close()


def test_private_names_are_where_we_take_them() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    assert "._create_ssl_context(" in source
    for name in ("_set_role", "_rx_srtp", "_tx_srtp", "self.transport._recv()", "._send("):
        assert name in source
    # Nothing else is asked of the transport below, but its role when ours were not set.
    assert set(re.findall(r"self\.transport\.(\w+)", source)) <= {"_recv", "_send", "role"}
    session = pylibsrtp.Session()
    assert session._srtp[0]
    for function in ("protect", "unprotect", "protect_rtcp", "unprotect_rtcp"):
        assert callable(getattr(_binding.lib, f"srtp_{function}"))
    assert _binding.lib.srtp_err_status_ok == 0


def test_a_path_that_fills_up_lowers_the_estimate() -> None:
    estimator, estimates, now, overused = BitrateEstimator(), list[int](), 0.0, False
    for index in range(4000):
        sent = index * 0.005
        # 1,200 bytes every 5 ms are 1.92 Mbit/s; after 8 s the path takes a tenth less.
        now = max(now + (0.0055 if sent > 8.0 else 0.005), sent)
        estimate = estimator.add(int(sent * 2**18) % 2**24, 1200, 7, now=now)
        overused = overused or estimator.is_overused
        if estimate is not None:
            estimates.append(estimate)
    assert overused
    assert estimates[-1] < 1_900_000
    assert {"add", "rate", "reset"} <= set(dir(rate.RateCounter))


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 1500)), min_size=2, max_size=80))
def test_our_throughput_agrees_with_theirs(steps: list[tuple[int, int]]) -> None:
    """It stands in for aiortc's counter, so it must tell the same, give or take its coarseness."""
    ours, theirs, now_ms = _Throughput(), rate.RateCounter(1000, 8000), 5_000_000
    sizes = list[tuple[int, int]]()
    for step_ms, size in steps:
        now_ms += step_ms
        assert (ours.rate(now_ms) is None) or sizes
        ours.add(size, now_ms)
        theirs.add(size, now_ms)
        sizes.append((now_ms, size))
        expected, found = theirs.rate(now_ms) or 0, ours.rate(now_ms) or 0
        edge = 8 * sum(size for at, size in sizes if 940 <= now_ms - at <= 1000)
        assert abs(found - expected) <= 1.1 * edge + 0.01 * expected + 2
