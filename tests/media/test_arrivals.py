"""What a sender is told of when its packets came, read back as a sender reads it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.packets import TRANSPORT_CC_ID
from media import rtcp
from media.arrivals import MAX_PACKETS, Arrivals

TICK_S = 0.00025


def read(said: bytes) -> tuple[int, int, dict[int, float | None]]:
    """Return the message's own count, its reference in seconds, and what it says of each number."""
    first, count, rest = struct.unpack_from("!HHI", said)
    symbols: list[int] = []
    at = 8
    while len(symbols) < count:
        (word,) = struct.unpack_from("!H", said, at)
        if word >> 15:
            assert word >> 14 & 1, "a vector of two-bit symbols"
            symbols += [word >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [word >> 13 & 3] * (word & 0x1FFF)
        at += 2
    now_s = (rest >> 8) * 0.064
    came: dict[int, float | None] = {}
    for index, symbol in enumerate(symbols[:count]):
        if symbol:
            (delta,) = struct.unpack_from("!B" if symbol == 1 else "!h", said, at)
            at += symbol
            now_s += delta * TICK_S
        came[first + index & 0xFFFF] = now_s if symbol else None
    assert 0 <= len(said) - at < 4
    assert not any(said[at:])
    return rest & 0xFF, (rest >> 8) * 0.064, came


def said(arrivals: Arrivals) -> dict[int, float | None]:
    body = arrivals.take()
    assert body is not None
    return read(body)[2]


@given(
    first=st.integers(0, 0xFFFF),
    steps=st.lists(st.tuples(st.integers(1, 5), st.floats(0, 3.0)), min_size=1, max_size=60),
)
def test_each_packet_is_told_with_its_instant_and_each_missing_one_as_such(
    first: int, steps: list[tuple[int, float]]
) -> None:
    arrivals, truth, number, now = Arrivals(TRANSPORT_CC_ID), dict[int, float](), first, 100.0
    for step, later_s in steps:
        arrivals.add(number & 0xFFFF, now=now)
        truth[number & 0xFFFF] = now
        number, now = number + step, now + later_s
    told = said(arrivals)
    assert {which for which, at in told.items() if at is not None} == truth.keys()
    for which, at in truth.items():
        assert told[which] == pytest.approx(at, abs=TICK_S)
    assert len(told) == number - steps[-1][0] - first + 1


def test_what_followed_the_last_message_is_told_in_the_next_and_nothing_twice() -> None:
    arrivals = Arrivals(TRANSPORT_CC_ID)
    for number in (1, 2, 4):
        arrivals.add(number, now=1.0)
    assert list(said(arrivals)) == [1, 2, 3, 4]
    assert arrivals.take() is None
    arrivals.add(3, now=1.1)  # told as missing already
    arrivals.add(6, now=1.2)
    told = said(arrivals)
    assert {number: at is not None for number, at in told.items()} == {5: False, 6: True}


def test_packets_that_overtook_each_other_keep_their_order() -> None:
    arrivals = Arrivals(TRANSPORT_CC_ID)
    for number, at in ((10, 5.0), (12, 5.01), (11, 5.02)):
        arrivals.add(number, now=at)
    assert said(arrivals) == pytest.approx({10: 5.0, 11: 5.02, 12: 5.01}, abs=TICK_S)


def test_messages_are_counted() -> None:
    arrivals, counts = Arrivals(TRANSPORT_CC_ID), []
    for number in range(258):
        arrivals.add(number, now=1.0)
        body = arrivals.take()
        assert body is not None
        counts.append(read(body)[0])
    assert counts == [*range(256), 0, 1]


def test_a_sender_that_jumps_about_gets_no_more_than_a_datagram() -> None:
    arrivals = Arrivals(TRANSPORT_CC_ID)
    for number in range(0, 60_000, 7):
        arrivals.add(number & 0xFFFF, now=float(number))
    body = arrivals.take()
    assert body is not None
    assert len(read(body)[2]) == MAX_PACKETS
    assert len(rtcp.transport_feedback(1, 2, body)) < 1200
