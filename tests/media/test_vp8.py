import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacketError
from media.pictures import PictureDescriptor
from media.vp8 import parse

KEY, DELTA = b"\x00", b"\x01"


def read(data: bytes) -> PictureDescriptor:
    return parse(data, 0, len(data))


def test_a_bare_descriptor_tells_a_key_frame() -> None:
    found = read(b"\x10" + KEY)
    assert (found.starts_frame, found.is_key) == (True, True)
    assert (found.picture_id_bits, found.tl0_index_at) == (0, 0)


def test_an_interframe_is_no_key_frame() -> None:
    assert not read(b"\x10" + DELTA).is_key


@pytest.mark.parametrize("first", [b"\x00", b"\x11", b"\x07"])
def test_only_the_first_packet_of_the_first_partition_starts_a_frame(first: bytes) -> None:
    found = read(first + KEY)
    assert (found.starts_frame, found.is_key) == (False, False)


def test_reads_a_long_picture_id_and_the_layer_index() -> None:
    found = read(b"\x90\xe0\x91\x23\x45\x60" + KEY)
    assert (found.picture_id, found.picture_id_at, found.picture_id_bits) == (0x1123, 2, 15)
    assert (found.tl0_index, found.tl0_index_at) == (0x45, 4)
    assert found.is_key


def test_reads_a_short_picture_id() -> None:
    found = read(b"\x90\x80\x7f" + DELTA)
    assert (found.picture_id, found.picture_id_bits) == (0x7F, 7)


@given(st.binary(max_size=8))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    try:
        found = read(data)
    except MalformedPacketError:
        return
    assert found.picture_id < 1 << 15


@pytest.mark.parametrize("data", [b"", b"\x10", b"\x90\xe0\x91\x23\x45\x60", b"\x90\x80\xff"])
def test_a_descriptor_without_picture_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        read(data)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_what_follows_the_descriptor_may_be_anything(one: bytes, other: bytes) -> None:
    """End-to-end encryption leaves the descriptor and the first byte of a picture in clear."""
    clear = bytes((0x90, 0x80, 0x85, 0x12)) + KEY
    assert read(clear + one) == read(clear + other)
