"""The legal order of a sitting, as data. An outage is not a state: it overlays the clock."""

from __future__ import annotations

from enum import StrEnum

from visiojury.exam.errors import IllegalTransitionError


class SittingState(StrEnum):
    SCHEDULED = "scheduled"
    ADMITTED = "admitted"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"
    POSTPONED = "postponed"
    ABSENT = "absent"


class Step(StrEnum):
    CHECK_IN = "check_in"
    """An act of reception: identity, attestation."""
    ADMIT = "admit"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    DECIDE_EXTENSION = "decide_extension"
    REQUEST_POSTPONEMENT = "request_postponement"
    POSTPONE = "postpone"
    CLOSE = "close"
    MARK_ABSENT = "mark_absent"


_S = SittingState

TRANSITIONS: dict[tuple[SittingState, Step], SittingState] = {
    (_S.SCHEDULED, Step.CHECK_IN): _S.SCHEDULED,
    (_S.SCHEDULED, Step.ADMIT): _S.ADMITTED,
    (_S.SCHEDULED, Step.MARK_ABSENT): _S.ABSENT,
    (_S.ADMITTED, Step.START): _S.RUNNING,
    (_S.ADMITTED, Step.REQUEST_POSTPONEMENT): _S.ADMITTED,
    (_S.ADMITTED, Step.POSTPONE): _S.POSTPONED,
    (_S.RUNNING, Step.PAUSE): _S.PAUSED,
    (_S.PAUSED, Step.RESUME): _S.RUNNING,
    (_S.RUNNING, Step.DECIDE_EXTENSION): _S.RUNNING,
    (_S.PAUSED, Step.DECIDE_EXTENSION): _S.PAUSED,
    (_S.RUNNING, Step.REQUEST_POSTPONEMENT): _S.RUNNING,
    (_S.PAUSED, Step.REQUEST_POSTPONEMENT): _S.PAUSED,
    (_S.RUNNING, Step.POSTPONE): _S.POSTPONED,
    (_S.PAUSED, Step.POSTPONE): _S.POSTPONED,
    # A paused sitting is resumed before it is closed: the end is never a side effect.
    (_S.RUNNING, Step.CLOSE): _S.CLOSED,
}

LIVE = frozenset({_S.RUNNING, _S.PAUSED})
"""The clock counts, outages are looked for, the server marks its life."""
ENDED = frozenset({_S.CLOSED, _S.POSTPONED, _S.ABSENT})


def next_state(state: SittingState, step: Step) -> SittingState:
    """Return the state after `step`.

    Raises:
        IllegalTransitionError: the table has no such transition.
    """
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise IllegalTransitionError(
            "illegal_transition", state=state.value, step=step.value
        ) from None
