"""Ways down with known cuts, seen through reports and testimonies, as a relay sees them."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.downlink import Downlink, Found, SentLog
from media.interruption import Interrupted, Restored
from media.kinds import Stream
from media.rtcp import ReportBlock

pytestmark = pytest.mark.requirement("D7")

SSRC = 7
PACKET_S = 0.02
TICK_S = 0.1
FIRST = 65_500
"""The numbers soon wrap; the receiver counts its cycles from elsewhere."""


class Receiver:
    """A receiver of sound behind a path; keeps what RFC 3550 has it keep."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.last_at = 0.0

    def block(self, count: int) -> ReportBlock:
        """Report the first `count` packets that came."""
        highest = self.got[count - 1]
        lost = highest - self.got[0] + 1 - count
        return ReportBlock(SSRC, 0, lost, highest & 0xFFFF, 0, 0, 0)


def watch(
    seconds: float,
    *,
    passes: Callable[[float], bool],
    sends: Callable[[float], bool] = lambda _: True,
    report_s: float = 1.0,
    page_s: float | None = None,
    phase_s: float = 0.0,
    late_packets: int = 0,
) -> list[Found]:
    """Send sound for so long, with a report each `report_s` and a testimony each `page_s`."""
    downlink, receiver, found = Downlink(), Receiver(), list[Found]()
    number, sent = FIRST, False
    next_report, next_page, next_tick = 0.5 + phase_s, 0.3 + phase_s, TICK_S
    for step in range(int(seconds / PACKET_S)):
        now = step * PACKET_S
        if sends(now):
            number, sent = number + 1, True
            if passes(now):
                receiver.got.append(number)
                receiver.last_at = now
        if now >= next_tick and sent:
            next_tick += TICK_S
            downlink.sent(SSRC, Stream.AUDIO, number, now=now)
        if not receiver.got:
            continue
        if now >= next_report:
            next_report += report_s
            block = receiver.block(len(receiver.got) - late_packets)
            found += downlink.report(block, rtt_s=0.0, now=now)
        if page_s is not None and now >= next_page:
            next_page += page_s
            silent_s = now - receiver.last_at
            found += downlink.testify(
                Stream.AUDIO, packets=len(receiver.got), silent_s=silent_s, now=now
            )
    return found


def one_cut(found: list[Found]) -> tuple[Interrupted, Restored]:
    assert [type(one.change) for one in found] == [Interrupted, Restored], found
    interrupted, restored = (one.change for one in found)
    assert isinstance(interrupted, Interrupted)
    assert isinstance(restored, Restored)
    return interrupted, restored


cuts = given(
    start=st.floats(3.0, 5.0),
    length=st.floats(2.1, 15.0),
    phase=st.floats(0.0, 1.0),
    loss=st.sampled_from([0.0, 0.02, 0.05]),
    seed=st.integers(0, 1 << 16),
)


def path(start: float, length: float, loss: float, seed: int) -> Callable[[float], bool]:
    dice = random.Random(seed)
    return lambda at: not start <= at < start + length and dice.random() >= loss


@cuts
def test_reports_alone_find_a_cut_where_it_is(
    start: float, length: float, phase: float, loss: float, seed: int
) -> None:
    found = watch(start + length + 4, passes=path(start, length, loss, seed), phase_s=phase)
    interrupted, restored = one_cut(found)
    assert interrupted.since == pytest.approx(start, abs=0.1)
    assert restored.at == pytest.approx(start + length, abs=0.2)
    assert {one.witness for one in found} == {"reports"}


@cuts
def test_a_page_finds_it_between_rare_reports(
    start: float, length: float, phase: float, loss: float, seed: int
) -> None:
    found = watch(
        start + length + 12,
        passes=path(start, length, loss, seed),
        report_s=5.0,
        page_s=0.25,
        phase_s=phase,
    )
    interrupted, restored = one_cut(found)
    assert interrupted.since == pytest.approx(start, abs=0.15)
    assert interrupted.detected <= start + 1.35
    assert restored.at == pytest.approx(start + length, abs=0.3)


@given(length=st.floats(1.1, 2.0), phase=st.floats(0.0, 1.0))
def test_a_cut_that_is_over_when_reported_is_told_whole(length: float, phase: float) -> None:
    found = watch(9.0, passes=path(3.0, length, 0.0, 1), phase_s=phase)
    if found:  # shorter than twice the time between reports: not all are seen
        interrupted, restored = one_cut(found)
        assert interrupted.since == pytest.approx(3.0, abs=0.1)
        assert restored.at - interrupted.since == pytest.approx(length, abs=0.2)


@given(seed=st.integers(0, 1 << 16), phase=st.floats(0.0, 1.0))
def test_random_loss_is_no_cut(seed: int, phase: float) -> None:
    assert watch(60.0, passes=path(99, 0, 0.2, seed), page_s=0.25, phase_s=phase) == []


def test_a_short_cut_between_two_reports_is_not_dated_by_the_first() -> None:
    """A few packets on their way when a report left are no sign of the cut that came later."""
    found = watch(14.0, passes=path(8.0, 1.4, 0.0, 1), report_s=5.0, late_packets=4)
    assert found == []


def test_a_pause_of_the_source_is_no_cut() -> None:
    found = watch(12.0, passes=lambda _: True, sends=lambda at: not 3.0 <= at < 8.0, page_s=0.25)
    assert found == []


def test_a_cut_during_which_nothing_was_sent_took_nothing() -> None:
    found = watch(
        12.0,
        passes=lambda at: not 3.1 <= at < 8.0,
        sends=lambda at: not 3.0 <= at < 8.0,
        page_s=0.25,
    )
    assert found == []


def test_what_the_page_alone_saw_is_labelled_so() -> None:
    found = watch(9.0, passes=path(3.0, 2.0, 0.0, 1), report_s=60.0, page_s=0.25)
    one_cut(found)
    assert {one.witness for one in found} == {"page"}


def test_the_report_of_a_stranger_stream_is_passed_over() -> None:
    downlink = Downlink()
    downlink.sent(SSRC, Stream.AUDIO, 10, now=1.0)
    assert list(downlink.report(ReportBlock(8, 0, 0, 5, 0, 0, 0), rtt_s=None, now=2.0)) == []


@given(steps=st.lists(st.integers(0, 60), min_size=2, max_size=100))
def test_the_log_dates_every_packet_it_knows_to_a_tick(steps: list[int]) -> None:
    log, number, left = SentLog(), 0, dict[int, float]()
    for tick, step in enumerate(steps):
        for _ in range(step):
            number += 1
            left[number] = tick * TICK_S
        log.sent(number, now=tick * TICK_S)
    for packet, at in left.items():
        instant = log.instant_of(packet)
        if instant is not None:
            assert at - TICK_S - 1e-9 <= instant <= at + 1e-9
            reached = log.sequence_at(at + 1e-9)
            assert reached is not None
            assert reached >= packet


def test_the_log_forgets_and_does_not_guess() -> None:
    log = SentLog()
    assert log.highest is None
    assert log.instant_of(1) is None
    assert log.sequence_at(1.0) is None
    for tick in range(1, 400):
        log.sent(tick * 5, now=tick * TICK_S)
    assert log.instant_of(6) is None
    assert log.sequence_at(1.0) is None
    assert log.instant_of(399 * 5 + 1) is None
