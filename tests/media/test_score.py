"""Scores: what the standards print, bounds, and which way each disturbance goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import score
from media.score import Overall, Sample

pytestmark = pytest.mark.requirement("D6")

samples = st.builds(
    Sample,
    loss_ratio=st.floats(0, 1),
    jitter_ms=st.floats(0, 2_000),
    rtt_ms=st.none() | st.floats(0, 10_000),
    bitrate_bps=st.integers(0, 5_000_000),
    frozen_ratio=st.floats(0, 1),
)
more = st.floats(0, 1)


def plus(sample: Sample, *, loss: float = 0, delay_ms: float = 0, frozen: float = 0) -> Sample:
    return Sample(
        min(1.0, sample.loss_ratio + loss),
        sample.jitter_ms,
        (sample.rtt_ms or 0) + 2 * delay_ms,
        sample.bitrate_bps,
        min(1.0, sample.frozen_ratio + frozen),
    )


@pytest.mark.parametrize(
    ("delay_ms", "impairment"),
    # G.107 figure 1 and appendix: nothing under 100 ms, some 3 at 200 ms, some 15 at 300 ms.
    [(50, 0.0), (100, 0.0), (150, 0.2), (200, 3.0), (300, 14.8), (400, 24.1)],
)
def test_delay_costs_what_the_e_model_says(delay_ms: float, impairment: float) -> None:
    assert score.delay_impairment(delay_ms) == pytest.approx(impairment, abs=0.4)


@pytest.mark.parametrize(
    ("r", "mos"), [(0, 1.0), (50, 2.58), (60, 3.1), (70, 3.6), (80, 4.03), (90, 4.34), (100, 4.5)]
)
def test_ratings_give_the_opinions_of_the_standard(r: float, mos: float) -> None:
    """Source: G.107 annex B, table B.1."""
    assert score.opinion(r) == pytest.approx(mos, abs=0.01)


def test_nothing_lost_and_no_delay_is_the_best_there_is() -> None:
    perfect = Sample(0.0, 0.0, 20.0, 1_000_000, 0.0)
    assert score.audio_score(perfect) == score.video_score(perfect) == 100
    assert score.audio_mos(perfect) == pytest.approx(4.41, abs=0.01)


def test_five_percent_of_loss_hurts_and_does_not_end_anything() -> None:
    lossy = Sample(0.05, 20.0, 300.0, 1_000_000, 0.0)
    assert 60 < score.audio_score(lossy) < 90
    assert 20 < score.video_score(lossy) < 60


def test_a_second_of_silence_is_worth_nothing() -> None:
    silent = Sample(0.0, 0.0, 20.0, 0, 1.0)
    assert score.audio_score(silent) == score.video_score(silent) == 0


@given(samples)
def test_scores_stay_in_their_bounds(sample: Sample) -> None:
    assert 0 <= score.audio_score(sample) <= 100
    assert 0 <= score.video_score(sample) <= 100
    assert 1.0 <= score.audio_mos(sample) <= 4.5


@given(samples, more, st.floats(0, 3_000), more)
def test_no_disturbance_makes_anything_better(
    sample: Sample, loss: float, delay_ms: float, frozen: float
) -> None:
    for worse in (
        plus(sample, loss=loss),
        plus(sample, delay_ms=delay_ms),
        plus(sample, frozen=frozen),
    ):
        assert score.audio_score(worse) <= score.audio_score(sample)
        assert score.video_score(worse) <= score.video_score(sample)
        assert score.audio_mos(worse) <= score.audio_mos(sample) + 1e-9


@given(samples, st.integers(0, 5_000_000))
def test_more_bits_never_make_a_picture_worse(sample: Sample, bitrate_bps: int) -> None:
    low, high = sorted((sample.bitrate_bps, bitrate_bps))
    less, much = (
        Sample(sample.loss_ratio, sample.jitter_ms, sample.rtt_ms, bps, sample.frozen_ratio)
        for bps in (low, high)
    )
    assert score.video_score(less) <= score.video_score(much)


@given(st.none() | st.integers(0, 100), st.none() | st.integers(0, 100))
def test_no_picture_makes_up_for_lost_words(audio: int | None, video: int | None) -> None:
    both = score.together(audio, video)
    if audio is None or video is None:
        assert both == (video if audio is None else audio)
    else:
        assert both is not None
        assert min(audio, video) <= both <= audio


def test_the_overall_score_falls_fast_and_rises_slowly() -> None:
    overall = Overall()
    overall.add(100)
    overall.add(0)
    overall.add(0)
    assert overall.value == 9
    for _ in range(10):
        overall.add(100)
    assert overall.value == 68


@given(st.lists(st.integers(0, 100), min_size=1))
def test_the_overall_score_stays_among_what_was_measured(scores: list[int]) -> None:
    overall = Overall()
    for one in scores:
        overall.add(one)
    assert overall.value is not None
    assert min(scores) <= overall.value <= max(scores)


def test_a_stream_that_stops_being_measured_leaves_no_score_behind() -> None:
    overall = Overall()
    overall.add(50)
    overall.add(None)
    assert overall.value is None
