"""Packet trains with known cuts: what is found, when it began, when it ended."""

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.interruption import (
    AudioWatch,
    Interrupted,
    Restored,
    Started,
    StreamChange,
    TransportStep,
    TransportWatch,
    VideoWatch,
)
from media.kinds import TransportState

TICK_S = 0.1


def with_ticks(times: Iterable[float], end: float) -> list[tuple[float, bool]]:
    """Arrivals and judgements in order; False marks a judgement."""
    ticks = [(i * TICK_S, False) for i in range(1, int(end / TICK_S))]
    return sorted([*((at, True) for at in times), *ticks])


def hear(arrivals: list[tuple[float, int]], end: float) -> list[StreamChange]:
    """Run sound through a watch; each arrival is an instant and a packet number."""
    watch, found, number = AudioWatch(), list[StreamChange](), dict(arrivals)
    for now, is_packet in with_ticks(number, end):
        if is_packet:
            found += watch.packet(number[now], number[now] * 0.02, now=now)
        else:
            found += watch.judge(now)
    return found


def sound(
    seconds: float, *, keep: Callable[[float], bool] = lambda _: True
) -> list[tuple[float, int]]:
    packets = [(1.0 + i * 0.02, i) for i in range(int(seconds * 50))]
    return [(at, i) for at, i in packets if keep(at)]


@pytest.mark.requirement("D7")
@given(
    start=st.floats(2.0, 8.0),
    length=st.floats(1.5, 30.0),
    jitter=st.floats(0.0, 0.1),
    seed=st.integers(0, 1 << 16),
)
def test_a_cut_of_sound_is_found_where_it_is(
    start: float, length: float, jitter: float, seed: int
) -> None:
    dice = random.Random(seed)
    kept = sound(start + length + 5.0, keep=lambda at: not start <= at < start + length)
    arrivals = [(at + dice.uniform(0.0, jitter), i) for at, i in kept]
    started, interrupted, restored = hear(arrivals, start + length + 6.5)
    assert isinstance(started, Started)
    assert isinstance(interrupted, Interrupted)
    assert isinstance(restored, Restored)
    assert -0.03 <= interrupted.since - start <= 0.1
    assert interrupted.detected - start <= 1.0 + 0.1 + TICK_S + 0.001
    assert abs(restored.at - restored.since - length) <= 0.15


@pytest.mark.parametrize("seed", range(2))
def test_no_interruption_of_sound_in_half_an_hour_of_loss_and_jitter(seed: int) -> None:
    dice = random.Random(seed)
    kept = sound(1800.0, keep=lambda _: dice.random() >= 0.05)
    found = hear([(at + dice.uniform(0.1, 0.2), i) for at, i in kept], 1801.0)
    assert [type(change) for change in found] == [Started]


def test_a_gap_just_under_a_second_is_none() -> None:
    found = hear(sound(9.0, keep=lambda at: not 3.0 < at < 3.97), 9.5)
    assert [type(change) for change in found] == [Started]


def test_a_gap_between_two_judgements_is_found_by_the_packet_that_ends_it() -> None:
    watch = AudioWatch()
    assert [*watch.packet(0, 0.0, now=1.0)] == [Started(1.0)]
    assert [*watch.packet(1, 0.02, now=2.05)] == [Interrupted(1.0, 2.05)]


def test_a_single_packet_in_a_cut_does_not_end_it() -> None:
    found = hear(sound(12.0, keep=lambda at: not 3.0 < at < 8.0 or 5.0 < at < 5.03), 13.0)
    assert [type(change) for change in found] == [Started, Interrupted, Restored]
    assert isinstance(found[2], Restored)
    assert found[2].at == pytest.approx(8.0, abs=0.03)


def test_sound_back_at_half_its_packets_is_not_back() -> None:
    kept = sound(12.0, keep=lambda at: at < 3.0 or at > 6.0)
    found = hear([(at, i) for at, i in kept if at < 3.0 or at > 9.0 or i % 2], 13.0)
    assert isinstance(found[2], Restored)
    assert found[2].at == pytest.approx(9.0, abs=0.15)


def test_what_is_expected_follows_the_length_of_a_packet() -> None:
    watch, found = AudioWatch(), list[StreamChange]()
    times = [i * 0.06 for i in range(50)] + [6.0 + i * 0.06 for i in range(50)]
    for index, at in enumerate(times):
        found += watch.packet(index, index * 0.06, now=at)
    assert [type(change) for change in found] == [Started, Interrupted, Restored]


def see(frames: list[tuple[float, int, bool]], end: float) -> list[StreamChange]:
    """Run a picture through a watch: instant, number of the frame, key or not."""
    watch, found = VideoWatch(), list[StreamChange]()
    by_time = {at: (number, is_key) for at, number, is_key in frames}
    for now, is_frame in with_ticks(by_time, end):
        if is_frame:
            number, is_key = by_time[now]
            found += watch.frame(number * 3, number * 3 + 2, is_key=is_key, now=now)
        else:
            found += watch.judge(now)
    return found


@pytest.mark.requirement("D7")
@given(
    start=st.floats(2.0, 8.0),
    length=st.floats(2.5, 30.0),
    key_after=st.floats(0.0, 0.14),
)
def test_a_cut_of_picture_ends_at_the_key_frame(
    start: float, length: float, key_after: float
) -> None:
    frames = [(1.0 + i / 30, i, i == 0) for i in range(int((start + length + 5) * 30))]
    kept = [f for f in frames if not start <= f[0] < start + length]
    key = next(i for at, i, _ in kept if at >= start + length + key_after)
    found = see([(at, i, is_key or i == key) for at, i, is_key in kept], start + length + 6.5)
    started, interrupted, restored = found
    assert isinstance(started, Started)
    assert isinstance(interrupted, Interrupted)
    assert isinstance(restored, Restored)
    assert abs(interrupted.since - start) <= 0.05
    assert interrupted.detected - start <= 2.0 + 2 * TICK_S
    assert abs(restored.at - restored.since - length) <= 0.3


def test_a_picture_that_only_stood_still_needs_no_key_frame() -> None:
    watch = VideoWatch()
    changes = [*watch.frame(1, 2, is_key=True, now=1.0), *watch.judge(3.5)]
    changes += watch.frame(3, 4, is_key=False, now=4.0)
    assert changes == [Started(1.0), Interrupted(1.0, 3.5), Restored(1.0, 4.0)]


def test_a_picture_whose_reference_is_lost_is_not_back() -> None:
    watch = VideoWatch()
    changes = [*watch.frame(1, 2, is_key=True, now=1.0), *watch.judge(3.5)]
    changes += watch.frame(7, 8, is_key=False, now=4.0)
    assert changes == [Started(1.0), Interrupted(1.0, 3.5)]
    assert [*watch.frame(9, 9, is_key=False, now=4.1)] == [Restored(1.0, 4.1)]


@pytest.mark.parametrize("watch", [AudioWatch(), VideoWatch()])
def test_a_stream_that_never_started_is_not_interrupted(watch: AudioWatch | VideoWatch) -> None:
    assert [*watch.judge(100.0)] == []


def test_a_stream_that_is_off_is_not_interrupted() -> None:
    watch = AudioWatch()
    assert [*watch.packet(0, 0.0, now=1.0)] == [Started(1.0)]
    assert [*watch.switch(is_on=False, now=1.5)] == []
    assert [*watch.judge(9.0)] == []
    assert [*watch.switch(is_on=True, now=10.0)] == []
    assert [*watch.judge(10.9)] == []
    assert [*watch.judge(11.0)] == [Interrupted(10.0, 11.0)]
    assert [*watch.switch(is_on=False, now=12.0)] == [Restored(10.0, 12.0)]
    assert [*watch.switch(is_on=False, now=13.0)] == []


def test_a_new_connection_measures_the_gap_and_starts_anew() -> None:
    watch = AudioWatch()
    changes = [*watch.packet(0, 0.0, now=1.0)]
    watch.reconnected()
    for index in range(40):
        changes += watch.packet(index, index * 0.02, now=3.0 + index * 0.02)
    assert changes[:3] == [Started(1.0), Interrupted(1.0, 3.0), Started(3.0)]
    assert changes[3:] == [Restored(1.0, 3.0)]


def test_silence_of_a_stream_is_remembered() -> None:
    watch = AudioWatch()
    for at in (1.0, 1.1, 4.0, 4.1):
        assert len([*watch.packet(0, 0.0, now=at)]) <= 1
    assert watch.was_silent(1.1, 4.0)
    assert not watch.was_silent(0.1, 4.0)
    assert not watch.was_silent(1.1, 6.0)
    assert watch.was_silent(4.1, 9.0)


def test_a_transport_falls_silent_step_by_step_and_comes_back() -> None:
    watch = TransportWatch(now=0.0)
    steps = [step for tick in range(1, 90) for step in watch.judge(tick / 10)]
    assert [(s.state, s.since) for s in steps] == [
        (TransportState.SUSPECT, 0.0),
        (TransportState.LOST, 0.0),
    ]
    assert [s.detected for s in steps] == [3.0, 8.0]
    assert [*watch.heard(9.0)] == [TransportStep(TransportState.OK, 9.0, 9.0)]
    assert [*watch.heard(9.1)] == []


def test_a_silent_transport_is_gone_for_good() -> None:
    watch = TransportWatch(now=0.0)
    assert [s.state for s in watch.judge(30.0)] == [TransportState.GONE]
    assert [*watch.heard(31.0)] == []
    assert watch.state is TransportState.GONE


@pytest.mark.requirement("D6")
@pytest.mark.parametrize(("gap_s", "count"), [(0.18, 0), (0.22, 1), (0.6, 1), (0.98, 1), (1.1, 0)])
def test_a_gap_of_sound_is_a_glitch_until_it_is_an_interruption(gap_s: float, count: int) -> None:
    watch = AudioWatch()
    for number in range(50):
        list(watch.packet(number, number * 0.02, now=number * 0.02))
    list(watch.packet(50, 1.0, now=0.98 + gap_s))
    assert watch.glitches == count


@pytest.mark.requirement("D6")
def test_a_camera_that_was_off_did_not_freeze() -> None:
    watch = VideoWatch()
    for number in range(40):
        list(watch.frame(number, number, is_key=False, now=number * 0.033))
    list(watch.switch(is_on=False, now=1.5))
    list(watch.switch(is_on=True, now=9.0))
    list(watch.frame(40, 40, is_key=True, now=9.5))
    assert watch.freezes.count == 0
    list(watch.frame(41, 41, is_key=False, now=10.2))
    assert watch.freezes.count == 1
