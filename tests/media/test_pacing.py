"""How pictures are spread out for a narrow receiver. No relay, no clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.formats import Format
from media.forwarding import Slot
from media.kinds import Codec, Stream
from media.pacing import BURST_BYTES, FACTOR, MAX_HELD_BYTES, MAX_HELD_S, Pacer, Waiting
from media.sdp import SlotPlan

PATH_BPS = 2_000_000
SIZE = 1_200
SLOT = Slot(SlotPlan(Stream.VIDEO, "1", (Format(Codec.VP8, 96),), 7), place=0)


def waiting(number: int = 0, size: int = SIZE) -> Waiting:
    return Waiting(SLOT, SLOT.era, number.to_bytes(2) + bytes(size - 2))


def send(pacer: Pacer, count: int, *, now: float) -> int:
    """Offer packets at once; return how many passed."""
    passed = 0
    for number in range(count):
        if pacer.passes(SIZE, now):
            passed += 1
        else:
            pacer.hold(waiting(number))
    return passed


def test_a_small_picture_passes_at_once_and_a_key_frame_does_not() -> None:
    pacer = Pacer(PATH_BPS)
    assert send(pacer, 3, now=10.0) == 3
    assert not pacer.is_holding
    assert send(pacer, 200, now=11.0) * SIZE <= BURST_BYTES + SIZE
    assert pacer.is_holding


def test_what_waits_leaves_in_order_at_the_pace_and_nothing_overtakes_it() -> None:
    pacer = Pacer(PATH_BPS)
    passed = send(pacer, 200, now=0.0)
    left, now = list[int](), 0.0
    while pacer.is_holding:
        now += 0.005
        assert not pacer.passes(SIZE, now)
        while (packet := pacer.take(now)) is not None:
            left.append(int.from_bytes(packet.data[:2]))
    assert left == list(range(passed, 200))
    assert now == pytest.approx(200 * SIZE * 8 / (FACTOR * PATH_BPS), abs=0.03)


@given(
    st.lists(st.tuples(st.floats(0.0, 0.05), st.integers(20, 1_500)), max_size=200),
    st.floats(100_000, 20_000_000),
)
def test_no_interval_carries_more_than_its_share_and_one_burst(
    steps: list[tuple[float, int]], path_bps: float
) -> None:
    pacer, now, sent = Pacer(path_bps), 5.0, list[tuple[float, int]]()
    for wait_s, size in steps:
        now += wait_s
        while (packet := pacer.take(now)) is not None:
            sent.append((now, len(packet.data)))
        if pacer.passes(size, now):
            sent.append((now, size))
        else:
            pacer.hold(waiting(size=size))
    burst = max(BURST_BYTES, 0.01 * FACTOR * path_bps / 8) + 1_500
    for first, (begin, _) in enumerate(sent):
        carried = 0
        for end, size in sent[first:]:
            carried += size
            assert carried <= burst + (end - begin) * FACTOR * path_bps / 8 + 1e-3


@pytest.mark.parametrize("path_bps", [300_000, PATH_BPS, 20_000_000])
def test_the_queue_is_bounded_in_time_and_in_bytes(path_bps: int) -> None:
    pacer, held = Pacer(path_bps), 0
    while not pacer.is_full:
        if not pacer.passes(SIZE, 1.0):
            pacer.hold(waiting())
            held += SIZE
    assert held <= min(MAX_HELD_BYTES, MAX_HELD_S * FACTOR * path_bps / 8) + SIZE
    pacer.adapt(path_bps / 4)
    assert pacer.is_full
    now = 1.0
    while pacer.is_holding:
        now += 0.005
        pacer.take(now)
    assert not pacer.is_full


def test_what_may_no_longer_be_seen_makes_room_at_once() -> None:
    pacer = Pacer(PATH_BPS)
    send(pacer, 50, now=0.0)
    SLOT.abandon()
    dropped = 0
    while (packet := pacer.take(0.0)) is not None:
        assert packet.is_void
        dropped += 1
    assert dropped > 40
    assert not pacer.is_holding
