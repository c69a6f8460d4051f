import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacketError
from media.rtp import SequenceUnwrapper, extension, is_rtcp, parse


def packet(
    payload: bytes = b"payload",
    *,
    first: int = 0x80,
    marker: bool = False,
    csrcs: int = 0,
    extensions: bytes | None = None,
    profile: int = 0xBEDE,
) -> bytes:
    head = struct.pack("!BBHII", first | csrcs, 111 | marker << 7, 7, 1234, 0xCAFE)
    head += bytes(4 * csrcs)
    if extensions is not None:
        head = bytes((head[0] | 0x10,)) + head[1:]
        extensions += bytes(-len(extensions) % 4)
        head += struct.pack("!HH", profile, len(extensions) // 4) + extensions
    return head + payload


def test_reads_the_fields_of_a_plain_packet() -> None:
    data = packet(marker=True)
    read = parse(data, len(data))
    assert (read.payload_type, read.marker, read.sequence_number) == (111, True, 7)
    assert (read.timestamp, read.ssrc) == (1234, 0xCAFE)
    assert data[read.start : read.end] == b"payload"


def test_payload_begins_after_contributors_and_extensions() -> None:
    data = packet(csrcs=3, extensions=b"\x10\x55")
    read = parse(data, len(data))
    assert data[read.start : read.end] == b"payload"


def test_padding_is_not_payload() -> None:
    data = packet(b"abc" + b"\0\0\3", first=0xA0)
    read = parse(data, len(data))
    assert data[read.start : read.end] == b"abc"


def test_a_packet_of_padding_alone_has_no_payload() -> None:
    data = packet(bytes(3) + b"\4", first=0xA0)
    read = parse(data, len(data))
    assert read.start == read.end


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(12),
        packet()[:11],
        packet(b"", first=0xA0),
        packet(b"ab\x09", first=0xA0),
        packet(b"ab\x00", first=0xA0),
        packet(b"")[:12].replace(b"\x80", b"\x90", 1),
        packet(b"", csrcs=2)[:14],
    ],
    ids=[
        "empty",
        "version 0",
        "short",
        "no padding length",
        "padding too long",
        "padding of zero",
        "extension missing",
        "contributors missing",
    ],
)
def test_a_length_that_points_outside_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        parse(data, len(data))


@given(st.binary(max_size=80), st.integers(0, 15))
def test_no_bytes_make_it_fail_otherwise(data: bytes, wanted: int) -> None:
    data = b"\x90" + data
    try:
        read = parse(data, len(data))
    except MalformedPacketError:
        return
    assert read.start <= read.end <= len(data)
    value = extension(data, read, wanted)
    assert value is None or len(value) <= len(data)


def test_finds_an_extension_of_one_byte_form_behind_padding() -> None:
    data = packet(extensions=b"\x00\x10\xff\x32abc")
    assert extension(data, parse(data, len(data)), 3) == b"abc"


def test_finds_an_extension_of_two_byte_form() -> None:
    data = packet(extensions=b"\x01\x00\x00\x05\x02xy", profile=0x1000)
    assert extension(data, parse(data, len(data)), 5) == b"xy"


@pytest.mark.parametrize(
    ("extensions", "profile"),
    [(b"\xf2abc\x32abc", 0xBEDE), (b"\x3fabc", 0xBEDE), (b"\x03\x09ab", 0x1000), (b"\x32abc", 1)],
    ids=["reserved id stops", "one-byte form cut", "two-byte form cut", "other profile"],
)
def test_an_extension_that_is_not_whole_is_not_there(extensions: bytes, profile: int) -> None:
    data = packet(extensions=extensions, profile=profile)
    assert extension(data, parse(data, len(data)), 3) is None


def test_a_packet_without_extensions_has_none() -> None:
    data = packet()
    assert extension(data, parse(data, len(data)), 1) is None


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    assert [is_rtcp(b) for b in (191, 192, 200, 223, 224, 111 | 128)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.integers(-200, 200), max_size=200),
)
def test_unwrapping_keeps_distances(first: int, steps: list[int]) -> None:
    unwrapper, true = SequenceUnwrapper(), first + 0x1_0000
    assert unwrapper.unwrap(first) == true
    for step in steps:
        true = max(0x1_0000 - 200, true + step)
        if abs(true - (unwrapper.highest or 0)) < 0x8000:
            assert unwrapper.unwrap(true & 0xFFFF) == true
