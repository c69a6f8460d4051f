"""H.264 as an encoder of another make packs it, and what its heads tell."""

from __future__ import annotations

import fractions
from collections.abc import Iterable

import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacketError
from media.h264 import parse
from media.pictures import PictureDescriptor
from media.rtp import RTPPacket
from media.uplink import Frame, FrameAssembler

SLICE, IDR, SPS, PPS, DELIMITER = 0x61, 0x65, 0x67, 0x68, 0x09
FIRST, LATER = b"\x88\x00", b"\x40\x00"
"""Of a slice: its first macroblock is that of the picture, or a later one."""


def read(data: bytes) -> PictureDescriptor:
    return parse(data, 0, len(data))


def told(data: bytes) -> tuple[bool, bool]:
    found = read(data)
    return found.starts_frame, found.is_key


def unit(kind: int, body: bytes = FIRST) -> bytes:
    return bytes((kind,)) + body


def aggregate(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(one).to_bytes(2) + one for one in units)


def pictures(count: int, *, size: int, key_at: Iterable[int] = ()) -> list[list[bytes]]:
    """Encode noise; return the payloads of each picture."""
    encoder, dice = H264Encoder(), np.random.default_rng(7)
    encoded: list[list[bytes]] = []
    for number in range(count):
        luma = dice.integers(60, 200, (size * 3 // 2, size), np.uint8)
        frame = VideoFrame.from_ndarray(luma, format="yuv420p")
        frame.pts, frame.time_base = number * 3000, fractions.Fraction(1, 90_000)
        encoded.append(encoder.encode(frame, force_keyframe=number in key_at)[0])
    return encoded


@pytest.mark.parametrize("size", [32, 320])
def test_each_picture_of_a_real_encoder_is_put_together_and_its_keys_are_known(size: int) -> None:
    assembler, number, found = FrameAssembler(), 100, list[Frame | None]()
    encoded = pictures(8, size=size, key_at={5})
    for index, payloads in enumerate(encoded):
        for at, payload in enumerate(payloads):
            is_last = at == len(payloads) - 1
            packet = RTPPacket(102, is_last, number, index * 3000, 7, 12, 112, 0)
            packet.extended = number
            found.append(assembler.add(packet, read(payload)))
            number += 1
    frames = [one for one in found if one is not None]
    assert [frame.is_key for frame in frames] == [n in {0, 5} for n in range(8)]
    assert [frame.last - frame.first + 1 for frame in frames] == [len(one) for one in encoded]
    if size == 320:
        assert len(encoded[0]) > 8, "a key frame in fragments"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (unit(SLICE), (True, False)),
        (unit(SLICE, LATER), (False, False)),
        # Without its parameter sets nobody can decode it who has not had them.
        (unit(IDR), (True, False)),
        (unit(SPS), (True, True)),
        (unit(PPS), (True, False)),
        (unit(DELIMITER), (True, False)),
        (aggregate(unit(SPS), unit(PPS)), (True, True)),
        (aggregate(unit(DELIMITER), unit(SPS), unit(PPS), unit(IDR)), (True, True)),
        (aggregate(unit(PPS), unit(SLICE)), (True, False)),
        (b"\x7c\x85" + FIRST, (True, False)),
        (b"\x7c\x05" + FIRST, (False, False)),
        (b"\x7c\x45" + FIRST, (False, False)),
    ],
)
def test_heads_of_units_alone_and_together_and_in_parts(
    data: bytes, expected: tuple[bool, bool]
) -> None:
    assert told(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x67",
        b"\x00\x00",
        b"\x7c\x85",
        b"\x78",
        b"\x78\x00\x01\x67",
        b"\x78\x00\x05\x67\x00",
        aggregate(unit(SPS)) + b"\x00",
        b"\x79\x00\x00\x00",
    ],
)
def test_units_that_are_cut_or_of_another_mode_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        read(data)


@given(st.binary(max_size=24))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    try:
        found = read(data)
    except MalformedPacketError:
        return
    assert found.starts_frame or not found.is_key


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_what_follows_the_heads_may_be_anything(one: bytes, other: bytes) -> None:
    """End-to-end encryption leaves the head of each unit and the start of a slice in clear."""
    assert told(unit(SLICE) + one) == told(unit(SLICE) + other) == (True, False)
    assert told(unit(SPS) + one) == told(unit(SPS) + other) == (True, True)
