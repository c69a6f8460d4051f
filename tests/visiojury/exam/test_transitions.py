"""The transition table, walked whole: what it says is possible is, everything else is refused."""

from __future__ import annotations

import pytest

from visiojury.exam.errors import IllegalTransitionError
from visiojury.exam.transitions import ENDED, LIVE, SittingState, Step, next_state

# Written out a second time on purpose: a slip in the table must not be its own proof.
LEGAL = {
    ("scheduled", "reschedule"): "scheduled",
    ("admitted", "reschedule"): "admitted",
    ("scheduled", "cancel"): "cancelled",
    ("scheduled", "check_in"): "scheduled",
    ("scheduled", "admit"): "admitted",
    ("scheduled", "mark_absent"): "absent",
    ("admitted", "start"): "running",
    ("admitted", "request_postponement"): "admitted",
    ("admitted", "postpone"): "postponed",
    ("running", "pause"): "paused",
    ("running", "decide_extension"): "running",
    ("running", "request_postponement"): "running",
    ("running", "postpone"): "postponed",
    ("running", "close"): "closed",
    ("paused", "resume"): "running",
    ("paused", "decide_extension"): "paused",
    ("paused", "request_postponement"): "paused",
    ("paused", "postpone"): "postponed",
}


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


def test_nothing_leaves_an_ended_sitting() -> None:
    assert {state for state, _ in LEGAL} & {state.value for state in ENDED} == set()


def test_the_clock_counts_while_running_and_paused_only() -> None:
    assert {"running", "paused"} == LIVE
    assert not LIVE & ENDED
