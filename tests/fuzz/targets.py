"""What is fed with bytes nobody chose, each with the refusals it may give and what must hold.

Anything else a target raises is a finding. Used by `python -m tests.fuzz`, and by a test that walks
over the seeds and past findings.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from media import rtcp, rtp
from media.answer import Local, write_answer
from media.errors import MalformedPacketError, OfferError
from media.framing import Deframer, frame
from media.ice import Credentials, LiteAgent, binding_response, parse_request
from media.kinds import Codec
from media.readers import describe
from media.sdp import read_offer, reread_offer
from tests.media.offers import FINGERPRINT, usual
from tests.media.test_ice import check

_LOCAL = Local(("192.0.2.1", "2001:db8::1"), 4_000, "ufrag", "password", FINGERPRINT)
_HERE = ("192.0.2.7", 40_000)
_TRANSACTION = bytes(range(12))


def stun(data: bytes) -> None:
    """Read a check; nobody without the password changes anything by it."""
    agent = LiteAgent(Credentials("another", "password that is in no seed", "peer"))
    with contextlib.suppress(MalformedPacketError):
        assert agent.check(parse_request(data), _HERE, now=0.0) is None
    assert agent.validated == {}


def rtp_packet(data: bytes) -> None:
    """Read a packet as the relay does: header, extensions, descriptor; and TCP's frames."""
    deframer = Deframer()
    deframer.feed(data)
    with contextlib.suppress(MalformedPacketError):
        while (datagram := deframer.take()) is not None:
            assert 0 < len(datagram) <= rtp.MAX_DATAGRAM_BYTES
    with contextlib.suppress(MalformedPacketError):
        packet = rtp.parse(data, len(data))
        assert rtp.HEADER_BYTES <= packet.start <= packet.end <= len(data)
        for number in range(1, 16):
            value = rtp.extension(data, packet, number)
            assert value is None or len(value) <= 255
        for codec in (Codec.VP8, Codec.H264):
            with contextlib.suppress(MalformedPacketError):
                describe(codec, data, packet.start, packet.end)


def rtcp_packet(data: bytes) -> None:
    with contextlib.suppress(MalformedPacketError):
        rtcp.parse(data)


def sdp(data: bytes) -> None:
    """Read an offer, answer it, read it again; an answer holds no line that we did not mean."""
    text = data.decode("utf-8", "replace")
    try:
        plan = read_offer(text, fingerprint=FINGERPRINT)
    except OfferError:
        return
    lines = write_answer(plan, _LOCAL).split("\r\n")
    assert lines.pop() == ""
    assert all(line[1:2] == "=" and line.isprintable() for line in lines)
    assert sum(line.startswith("m=") for line in lines) == len(plan.offered)
    reread_offer(text, plan=plan)


def _headers() -> list[bytes]:
    plain = struct.pack("!BBHII", 0x80, 96, 1, 2, 3)
    one = b"\xbe\xde\x00\x02" + bytes.fromhex("32010203 10ff0000")
    two = b"\x10\x00\x00\x01" + bytes.fromhex("0301ff00")
    descriptor = b"\x90\x80\x81\x02\x10\x02\x00\x9d\x01\x2a"
    return [
        plain + descriptor,
        b"\x90" + plain[1:] + one + descriptor,
        b"\x90" + plain[1:] + two + descriptor,
        b"\xa2" + plain[1:] + bytes(8) + descriptor + b"\x00\x00\x03",
        plain + b"\x78\x00\x02\x67\x42\x00\x02\x68\x01",
        plain + b"\x7c\x85\x88\x00",
        frame(plain) + frame(descriptor),
    ]


def _reports() -> list[bytes]:
    sender = rtcp.SenderReport(1, 2, 3, 4, 5)
    block = rtcp.ReportBlock(1, 2, 3, 4, 5, 6, 7)
    return [
        rtcp.sender_report(sender) + rtcp.source_description(1, "place-1"),
        rtcp.receiver_report(1, [block, block]) + rtcp.key_frame_request(1, 2),
        rtcp.receiver_report(1, []) + rtcp.bitrate_limit(1, 1_500_000, [2, 3]),
        struct.pack("!BBHIIIB3x", 0x84, rtcp.PSFB, 4, 1, 0, 2, 7),
        struct.pack("!BBHIIHH", 0x81, rtcp.RTPFB, 3, 1, 2, 100, 0xFFFF),
    ]


@dataclass(frozen=True)
class Target:
    run: Callable[[bytes], None]
    seeds: list[bytes]
    most_bytes: int


TARGETS = {
    "stun": Target(
        stun,
        [check(), check(nominates=True), binding_response(_TRANSACTION, _HERE, b"password")],
        600,
    ),
    "rtp": Target(rtp_packet, _headers(), rtp.MAX_DATAGRAM_BYTES),
    "rtcp": Target(rtcp_packet, _reports(), rtp.MAX_DATAGRAM_BYTES),
    "sdp": Target(sdp, [usual().encode(), usual(1, ssrcs=False).encode()], 8_000),
}
