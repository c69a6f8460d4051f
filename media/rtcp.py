"""RTCP: what the relay reads of it and what it writes.

Source: RFC 3550 section 6 (SR, RR, SDES), RFC 4585 (PLI, NACK), RFC 5104 (FIR),
draft-alvestrand-rmcat-remb (REMB). Everything else in a compound packet is skipped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from media.errors import MalformedPacketError
from media.rtp import Bytes

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
_NACK, _ARRIVALS = 1, 15
_PLI, _FIR, _AFB = 1, 4, 15
_SDES_CNAME = 1

_HEAD = struct.Struct("!BBHI")
_SSRC = struct.Struct("!I")
_SENDER = struct.Struct("!QIII")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")
_MAX_REMB_EXPONENT = 63


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    """64 bits, the sender's own clock."""
    rtp_timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one stream it gets."""

    ssrc: int
    fraction_lost: int
    """Of 256, since its previous report."""
    lost: int
    highest: int
    jitter: int
    """In RTP timestamp units."""
    last_sr: int
    """Middle 32 bits of the NTP time of the last sender report; 0 when there was none."""
    delay: int
    """Since it arrived, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class KeyFrameRequest:
    """A PLI, or one entry of a FIR."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class BitrateLimit:
    """A REMB: the most that its sender wants to receive of these streams together."""

    bitrate_bps: int
    ssrcs: frozenset[int]


@dataclass(frozen=True, slots=True)
class NACK:
    """Packets that a receiver misses of one stream, by sequence number."""

    ssrc: int
    sequences: tuple[int, ...]


Feedback = SenderReport | ReportBlock | KeyFrameRequest | BitrateLimit | NACK


def ssrc_of(data: Bytes) -> int:
    """Read the SSRC of who sent a compound packet. Source: RFC 3711 section 3.4."""
    ssrc: int = _SSRC.unpack_from(data, 4)[0]
    return ssrc


def parse(data: Bytes) -> list[Feedback]:
    """Read a compound packet.

    Raises:
        MalformedPacketError: a length in it points outside, or it is not RTCP.
    """
    try:
        return list(_parse(data))
    except struct.error as error:
        raise MalformedPacketError("RTCP outside the packet") from error


def _parse(data: Bytes) -> Iterator[Feedback]:
    at = 0
    while at < len(data):
        first, kind, words, sender = _HEAD.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data) or words < 1:
            raise MalformedPacketError("not RTCP")
        body, count = data[at + 8 : end], first & 31
        if kind == SR:
            yield SenderReport(sender, *_SENDER.unpack_from(body))
            yield from _blocks(body[_SENDER.size :], count)
        elif kind == RR:
            yield from _blocks(body, count)
        elif kind == RTPFB and count == _NACK:
            yield _nack(body)
        elif kind == PSFB:
            yield from _payload_feedback(body, count)
        at = end


def _blocks(body: Bytes, count: int) -> Iterator[ReportBlock]:
    for index in range(count):
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, index * 24)
        lost = loss & 0xFFFFFF
        lost -= (lost & 0x800000) << 1  # 24 bits, signed
        yield ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_sr, delay)


def _nack(body: Bytes) -> NACK:
    """Read lost numbers, each with a mask of the sixteen after it (RFC 4585 section 6.2.1)."""
    (media_ssrc,) = struct.unpack_from("!I", body)
    numbers: list[int] = []
    for at in range(4, len(body) - 3, 4):
        first, mask = _PAIR.unpack_from(body, at)
        numbers.append(first)
        numbers += [first + 1 + bit & 0xFFFF for bit in range(16) if mask >> bit & 1]
    return NACK(media_ssrc, tuple(numbers))


def _payload_feedback(body: Bytes, fmt: int) -> Iterator[Feedback]:
    (media_ssrc,) = struct.unpack_from("!I", body)
    if fmt == _PLI:
        yield KeyFrameRequest(media_ssrc)
    elif fmt == _FIR:
        for at in range(4, len(body) - 7, 8):
            yield KeyFrameRequest(struct.unpack_from("!I", body, at)[0])
    elif fmt == _AFB and len(body) >= 12 and bytes(body[4:8]) == b"REMB":
        exponent = body[9] >> 2
        mantissa = (body[9] & 3) << 16 | body[10] << 8 | body[11]
        named = range(12, min(len(body) - 3, 12 + 4 * body[8]), 4)
        ssrcs = frozenset(struct.unpack_from("!I", body, at)[0] for at in named)
        yield BitrateLimit(mantissa << exponent, ssrcs)


def sender_report(report: SenderReport) -> bytes:
    head = _HEAD.pack(0x80, SR, 6, report.ssrc)
    return head + _SENDER.pack(
        report.ntp, report.rtp_timestamp, report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF
    )


def receiver_report(sender_ssrc: int, blocks: list[ReportBlock]) -> bytes:
    """Build a report of at most 31 blocks; with none it only makes a compound packet legal."""
    packet = _HEAD.pack(0x80 | len(blocks), RR, 1 + 6 * len(blocks), sender_ssrc)
    for block in blocks:
        lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
        loss = block.fraction_lost << 24 | lost
        packet += _BLOCK.pack(
            block.ssrc, loss, block.highest & 0xFFFFFFFF, block.jitter, block.last_sr, block.delay
        )
    return packet


def source_description(ssrc: int, cname: str) -> bytes:
    """Name the source, so that a receiver plays its sound and picture together."""
    name = cname.encode()
    item = bytes((_SDES_CNAME, len(name))) + name
    item += bytes(4 - len(item) % 4)
    return _HEAD.pack(0x81, SDES, 1 + len(item) // 4, ssrc) + item


def key_frame_request(sender_ssrc: int, media_ssrc: int) -> bytes:
    """Build a PLI. Source: RFC 4585 section 6.3.1."""
    return _HEAD.pack(0x80 | _PLI, PSFB, 2, sender_ssrc) + struct.pack("!I", media_ssrc)


def nack(sender_ssrc: int, media_ssrc: int, numbers: list[int]) -> bytes:
    """Build a NACK for packets whose unwrapped numbers ascend."""
    pairs: list[list[int]] = []
    for number in numbers:
        if pairs and 0 < number - pairs[-1][0] <= 16:
            pairs[-1][1] |= 1 << number - pairs[-1][0] - 1
        else:
            pairs.append([number, 0])
    fci = b"".join(_PAIR.pack(number & 0xFFFF, mask) for number, mask in pairs)
    head = _HEAD.pack(0x80 | _NACK, RTPFB, 2 + len(pairs), sender_ssrc)
    return head + struct.pack("!I", media_ssrc) + fci


def transport_feedback(sender_ssrc: int, ssrc: int, said: bytes) -> bytes:
    """Build a message about when packets arrived; `said` is what follows the SSRCs, padded.

    Source: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
    """
    assert len(said) % 4 == 0
    head = _HEAD.pack(0x80 | _ARRIVALS, RTPFB, 2 + len(said) // 4, sender_ssrc)
    return head + struct.pack("!I", ssrc) + said


def bitrate_limit(sender_ssrc: int, bitrate_bps: int, ssrcs: list[int]) -> bytes:
    """Build a REMB; the bitrate is rounded down to 18 significant bits."""
    exponent = max(0, bitrate_bps.bit_length() - 18)
    assert exponent <= _MAX_REMB_EXPONENT
    mantissa = bitrate_bps >> exponent
    fci = b"REMB" + bytes(
        (len(ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF)
    )
    fci += struct.pack(f"!{len(ssrcs)}I", *ssrcs)
    return _HEAD.pack(0x80 | _AFB, PSFB, 2 + len(fci) // 4, sender_ssrc) + bytes(4) + fci
