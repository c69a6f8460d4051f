"""The transition table, walked whole: what it says is possible is, everything else is refused."""

from __future__ import annotations

import pytest

from visiojury.exam.errors import IllegalTransitionError
from visiojury.exam.transitions import ENDED, LIVE, SittingState, Step, next_state

# Written out a second time on purpose: a slip in the table must not be its own proof.
# A dash: refused. A dot: the state stays.
WRITTEN = """
                      scheduled admitted  running   paused    closed postponed absent withdrawn expelled voided cancelled
reschedule            .         .         -         -         -      -         -      -         -        -      -
cancel                cancelled -         -         -         -      -         -      -         -        -      -
check_in              .         -         -         -         -      -         -      -         -        -      -
admit                 admitted  -         -         -         -      -         -      -         -        -      -
start                 -         running   -         -         -      -         -      -         -        -      -
pause                 -         -         paused    -         -      -         -      -         -        -      -
resume                -         -         -         running   -      -         -      -         -        -      -
declare_outage        -         -         .         .         -      -         -      -         -        -      -
decide_extension      -         -         .         .         -      -         -      -         -        -      -
note                  -         -         .         .         .      .         -      .         .        .      -
sign_sheet            -         -         -         -         .      .         -      .         .        .      -
request_postponement  -         .         .         .         -      -         -      -         -        -      -
postpone              -         postponed postponed postponed -      -         -      -         -        -      -
close                 -         -         closed    -         -      -         -      -         -        -      -
mark_absent           absent    -         -         -         -      -         -      -         -        -      -
withdraw              withdrawn withdrawn withdrawn withdrawn -      -         -      -         -        -      -
expel                 expelled  expelled  expelled  expelled  -      -         -      -         -        -      -
void                  -         -         voided    voided    voided -         -      -         -        -      -
"""  # noqa: E501 - a table is read as one


def legal() -> dict[tuple[str, str], str]:
    """What is written: by state and step, the state after it."""
    head, *lines = WRITTEN.strip("\n").splitlines()
    states = head.split()
    rows = {step: cells for step, *cells in (line.split() for line in lines)}
    return {
        (state, step): state if cell == "." else cell
        for step, cells in rows.items()
        for state, cell in zip(states, cells, strict=True)
        if cell != "-"
    }


LEGAL = legal()


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
