from hypothesis import given
from hypothesis import strategies as st

from media.bandwidth import BURST_UNITS, MAX_BPS, MIN_BPS, START_BPS, Bursts, UplinkLimit


def test_the_limit_begins_generously_and_follows_what_is_sent_upwards_only() -> None:
    limit = UplinkLimit()
    assert limit.bps == START_BPS
    assert not limit.update(300_000, is_overused=False)
    assert limit.update(2_000_000, is_overused=False)
    assert limit.bps == 2_000_000


def test_after_the_first_overuse_the_estimate_is_believed() -> None:
    limit = UplinkLimit()
    assert limit.update(400_000, is_overused=True)
    assert limit.update(300_000, is_overused=False)
    assert limit.bps == 300_000


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=20))
def test_the_limit_stays_within_its_bounds(estimates: list[tuple[int, bool]]) -> None:
    limit = UplinkLimit()
    for estimate, is_overused in estimates:
        limit.update(estimate, is_overused=is_overused)
        assert MIN_BPS <= limit.bps <= MAX_BPS


def test_packets_sent_together_are_one_burst() -> None:
    bursts = Bursts()
    assert bursts.add(1000, 100, now=1.0) is None
    assert bursts.add(1000 + BURST_UNITS, 50, now=1.1) is None
    burst = bursts.add(1001 + BURST_UNITS, 70, now=1.2)
    assert burst is not None
    assert (burst.sent, burst.size, burst.arrived_at) == (1000 + BURST_UNITS, 150, 1.1)


@given(st.integers(0, 0xFFFFFF), st.lists(st.integers(0, 3 * BURST_UNITS), max_size=50))
def test_no_byte_is_lost_between_bursts_and_none_is_long(first: int, steps: list[int]) -> None:
    bursts, sent, total, found = Bursts(), first, 0, 0
    for step in [*steps, 2 * BURST_UNITS]:
        sent = (sent + step) & 0xFFFFFF
        burst = bursts.add(sent, 10, now=0.0)
        if burst is not None:
            assert (burst.sent - burst.first_sent) & 0xFFFFFF <= BURST_UNITS
            found += burst.size
        total += 10
    assert found == total - 10 or not steps
