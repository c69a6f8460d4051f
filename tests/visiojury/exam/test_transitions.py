"""The transition table, walked whole: what it says is possible is, everything else is refused."""

from __future__ import annotations

import pytest

from tests.written import LEGAL
from visiojury.exam.errors import IllegalTransitionError
from visiojury.exam.transitions import ENDED, LIVE, SittingState, Step, next_state


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", SittingState)
def test_every_step_from_every_state(state: SittingState, step: Step) -> None:
    expected = LEGAL.get((state.value, step.value))
    if expected is not None:
        assert next_state(state, step) == expected
        return
    with pytest.raises(IllegalTransitionError) as refusal:
        next_state(state, step)
    assert refusal.value.code == "illegal_transition"
    assert refusal.value.detail == {"state": state.value, "step": step.value}


@pytest.mark.requirement("D9")
def test_an_ended_sitting_can_only_be_held_void_and_only_if_it_was_closed() -> None:
    after = {(state, to) for (state, step), to in LEGAL.items() if state in ENDED and state != to}
    assert after == {("closed", "voided")}


def test_the_clock_counts_while_running_and_paused_only() -> None:
    assert {"running", "paused"} == LIVE
    assert not LIVE & ENDED
