"""Freezes: against the average of the last thirty frames."""

import pytest

from media.freeze import FRAMES, FreezeCounter

pytestmark = pytest.mark.requirement("D6")

FRAME_S = 1 / 30


def counter(frames: int = FRAMES + 1) -> tuple[FreezeCounter, float]:
    """A counter that has seen a steady picture, and the instant of its last frame."""
    freezes = FreezeCounter()
    for index in range(frames):
        freezes.frame(index * FRAME_S)
    return freezes, (frames - 1) * FRAME_S


def test_a_steady_picture_has_none() -> None:
    assert counter(300)[0].count == 0


@pytest.mark.parametrize(("gap_s", "count"), [(FRAME_S + 0.149, 0), (FRAME_S + 0.151, 1)])
def test_at_thirty_frames_a_second_the_margin_decides(gap_s: float, count: int) -> None:
    freezes, last = counter()
    freezes.frame(last + gap_s)
    assert freezes.count == count
    assert freezes.total_s == pytest.approx(count * gap_s)


@pytest.mark.parametrize(("gap_s", "count"), [(2.9, 0), (3.1, 1)])
def test_of_a_slow_picture_the_factor_decides(gap_s: float, count: int) -> None:
    freezes = FreezeCounter()
    for second in range(FRAMES + 1):
        freezes.frame(float(second))
    freezes.frame(FRAMES + gap_s)
    assert freezes.count == count


def test_too_few_frames_have_no_average() -> None:
    freezes, last = counter(FRAMES)
    freezes.frame(last + 1.9)
    assert freezes.count == 0


def test_a_new_beginning_follows_no_frame() -> None:
    freezes, last = counter()
    freezes.restart()
    freezes.frame(last + 60.0)
    assert freezes.count == 0
