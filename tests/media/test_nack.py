import struct

from hypothesis import given
from hypothesis import strategies as st

from media import rtcp, rtp
from media.cache import PacketCache
from media.nack import MAX_MISSING, MAX_TRIES, PATIENCE_S, UNKNOWN_RTT_S, MissingPackets
from media.repair_budget import MAX_REPEATS, REPEATS_PER_S, RepeatBudget


def test_what_is_missing_is_asked_for_at_once_and_then_once_a_round_trip() -> None:
    missing = MissingPackets(asks=True)
    missing.gap(5, 6, now=1.0)
    assert missing.due_at == 1.0
    assert missing.take_due(rtt_s=0.04, now=1.0) == ([5, 6], 0)
    assert missing.take_due(rtt_s=0.04, now=1.05) == ([], 0)
    assert missing.arrived(5)
    assert missing.take_due(rtt_s=0.04, now=1.07) == ([6], 0)
    assert missing.arrived(6)
    assert not missing.arrived(6)
    assert missing.take_due(rtt_s=0.04, now=9.0) == ([], 0)
    assert missing.due_at == float("inf")


def test_what_never_comes_is_given_up_once() -> None:
    missing, now, asked, given_up = MissingPackets(asks=True), 0.0, 0, 0
    missing.gap(5, 5, now=now)
    while now < 3 * PATIENCE_S:
        due, lost = missing.take_due(rtt_s=None, now=now)
        asked, given_up, now = asked + len(due), given_up + lost, now + 0.01
    assert 2 <= asked <= MAX_TRIES
    assert given_up == 1
    assert len(missing) == 0


def test_an_unmeasured_round_trip_is_taken_for_a_tenth_of_a_second() -> None:
    missing = MissingPackets(asks=True)
    missing.gap(5, 5, now=0.0)
    missing.take_due(rtt_s=None, now=0.0)
    assert missing.take_due(rtt_s=None, now=UNKNOWN_RTT_S) == ([], 0)
    assert missing.take_due(rtt_s=None, now=1.5 * UNKNOWN_RTT_S) == ([5], 0)


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0.0, 0.3)), max_size=30))
def test_numbers_followed_are_bounded_and_end(gaps: list[tuple[int, float]]) -> None:
    missing, now, highest = MissingPackets(asks=True), 0.0, 0
    for length, pause in gaps:
        followed = len(missing)
        is_taken = missing.gap(highest + 1, highest + length, now=now)
        assert is_taken == (followed + length <= MAX_MISSING)
        assert len(missing) == (followed + length if is_taken else 0)
        highest += length + 1
        missing.take_due(rtt_s=0.05, now=now)
        now += pause
    missing.take_due(rtt_s=0.05, now=now + 10)
    assert len(missing) == 0


@given(st.sets(st.integers(0, 400), min_size=1, max_size=128), st.integers(0, 0x20000))
def test_a_nack_says_which_packets_and_no_others(offsets: set[int], base: int) -> None:
    numbers = sorted(base + offset for offset in offsets)
    [read] = rtcp.parse(rtcp.nack(1, 7, numbers))
    assert isinstance(read, rtcp.NACK)
    assert read.ssrc == 7
    assert sorted(read.sequences) == sorted(number & 0xFFFF for number in numbers)
    assert len(set(read.sequences)) == len(read.sequences)


def kept(number: int) -> tuple[rtp.RTPPacket, memoryview]:
    data = memoryview(struct.pack("!BBHIIH", 0x80, 96, number & 0xFFFF, 0, 7, number & 0xFFFF))
    packet = rtp.parse(data, len(data))
    packet.extended = number
    return packet, data


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(0, 100))
def test_a_cache_gives_the_packet_asked_for_or_none(numbers: list[int], wanted: int) -> None:
    cache = PacketCache(16)
    for number in numbers:
        packet, data = kept(number)
        cache.put(packet, data)
    found = cache.get(wanted)
    same_place = [number for number in numbers if number % 16 == wanted % 16]
    if not same_place or same_place[-1] != wanted:
        assert found is None
    else:
        assert found is not None
        assert found[3] == struct.pack("!H", wanted)


def test_a_receiver_that_asks_without_end_is_repeated_to_within_a_budget() -> None:
    budget = RepeatBudget()
    spent = sum(budget.spend(index / 1000) for index in range(10_000))
    assert spent <= MAX_REPEATS + 10 * REPEATS_PER_S + 1
