import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacketError
from media.framing import Deframer, frame
from media.rtp import MAX_DATAGRAM_BYTES


def taken(deframer: Deframer) -> list[bytes]:
    found = list[bytes]()
    while (datagram := deframer.take()) is not None:
        found.append(datagram)
    return found


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8), st.data())
def test_datagrams_come_out_as_they_went_in_however_they_are_cut(
    datagrams: list[bytes], data: st.DataObject
) -> None:
    stream, found, deframer = b"".join(map(frame, datagrams)), list[bytes](), Deframer()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        deframer.feed(stream[:size])
        stream = stream[size:]
        found += taken(deframer)
    assert found == datagrams


@pytest.mark.parametrize("size", [0, MAX_DATAGRAM_BYTES + 1, 65_535])
def test_a_length_that_none_of_ours_has_is_refused(size: int) -> None:
    deframer = Deframer()
    deframer.feed(frame(b"good") + size.to_bytes(2, "big") + bytes(10))
    assert deframer.take() == b"good"
    with pytest.raises(MalformedPacketError):
        deframer.take()


def test_the_longest_datagram_passes() -> None:
    deframer = Deframer()
    deframer.feed(frame(bytes(MAX_DATAGRAM_BYTES)))
    assert taken(deframer) == [bytes(MAX_DATAGRAM_BYTES)]
