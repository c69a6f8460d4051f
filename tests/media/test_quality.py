import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.quality import Histogram, Rate, Reception, RoundTrip
from media.rtcp import ReportBlock

pytestmark = pytest.mark.requirement("D6")


@given(st.lists(st.booleans(), min_size=2, max_size=300))
def test_loss_is_what_did_not_come(arrived: list[bool]) -> None:
    arrived = [True, *arrived, True]
    reception = Reception(48_000)
    for index, came in enumerate(arrived):
        if came:
            reception.add(100 + index, index * 960, now=index * 0.02)
    assert reception.packets == sum(arrived)
    assert reception.lost == arrived.count(False)


def test_a_report_covers_the_time_since_the_one_before() -> None:
    reception = Reception(90_000)
    for number in (1, 2, 3, 8):
        reception.add(number, 0, now=0.0)
    first = reception.report(7, last_sr=0, delay_s=9.0)
    assert (first.lost, first.fraction_lost, first.delay) == (4, 128, 0)
    reception.add(9, 0, now=0.0)
    second = reception.report(7, last_sr=1, delay_s=0.25)
    assert (second.lost, second.fraction_lost, second.delay) == (4, 0, 16384)
    assert reception.report(7, last_sr=1, delay_s=0.0).fraction_lost == 0


def test_a_steady_stream_has_no_jitter_and_a_trembling_one_has() -> None:
    steady, trembling = Reception(48_000), Reception(48_000)
    for index in range(500):
        steady.add(index, index * 960, now=index * 0.02)
        trembling.add(index, index * 960, now=index * 0.02 + (index % 2) * 0.010)
    assert steady.jitter_ms < 0.1
    assert trembling.jitter_ms == pytest.approx(10.0, rel=0.05)


def test_a_wrapping_timestamp_is_no_jitter() -> None:
    reception = Reception(48_000)
    for index in range(100):
        reception.add(index, (2**32 - 48_000 + index * 960) % 2**32, now=index * 0.02)
    assert reception.jitter_ms < 0.1


def block(last_sr: int, delay_s: float) -> ReportBlock:
    return ReportBlock(1, 0, 0, 0, 0, last_sr, int(delay_s * 65536))


def test_round_trip_is_what_the_receiver_did_not_hold_back() -> None:
    round_trip = RoundTrip()
    assert round_trip.rtt_s is None
    round_trip.sent(0x1111_2222_3333_4444, now=10.0)
    round_trip.returned(block(0x2222_3333, 0.5), now=10.62)
    assert round_trip.rtt_s == pytest.approx(0.12, abs=1e-4)
    round_trip.returned(block(0xDEAD, 0.5), now=99.0)
    assert round_trip.rtt_s == pytest.approx(0.12, abs=1e-4)


def test_a_round_trip_is_never_negative() -> None:
    round_trip = RoundTrip()
    round_trip.sent(1 << 16, now=1.0)
    round_trip.returned(block(1, 5.0), now=2.0)
    assert round_trip.rtt_s == 0.0


def test_a_rate_is_that_since_the_reading_before() -> None:
    rate = Rate(now=0.0)
    rate.bytes += 1000
    assert rate.read(2.0) == 4000
    assert rate.read(3.0) == 0
    assert rate.read(3.0) == 0


@given(st.lists(st.floats(1e-6, 5.0), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_is_within_a_tenth(durations: list[float], share: float) -> None:
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    exact = sorted(durations)[max(0, -(-share * len(durations) // 1).__int__() - 1)]
    assert histogram.quantile_s(share) == pytest.approx(exact, rel=0.11)
    assert histogram.max_s == max(durations)


def test_an_empty_histogram_and_a_cleared_one_say_nothing() -> None:
    histogram = Histogram()
    assert histogram.quantile_s(0.5) == 0.0
    histogram.add(100.0)
    assert histogram.quantile_s(1.0) > 8.0
    histogram.clear()
    assert (histogram.count, histogram.quantile_s(0.5), histogram.max_s) == (0, 0.0, 0.0)
