"""The legal order of a sitting and of its session, as data.

An outage is not a state of a sitting: it overlays the clock. The state of a session is not
stored: it follows from what has happened (state.py), so that its table only says what may be done.
"""

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
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    EXPELLED = "expelled"
    VOIDED = "voided"


class Step(StrEnum):
    CHECK_IN = "check_in"
    """An act of reception: identity, attestation."""
    ADMIT = "admit"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    DECLARE_OUTAGE = "declare_outage"
    """A declared outage: its start, its end, its withdrawal."""
    DECIDE_EXTENSION = "decide_extension"
    KEEP_ORDER = "keep_order"
    """Mute somebody, send them out, let them back in."""
    SHARE_SCREEN = "share_screen"
    """Show one's screen, or no longer."""
    NOTE = "note"
    """What the incident sheet says: findings of an office, remarks of the candidate."""
    SIGN_SHEET = "sign_sheet"
    """The incident sheet signed, handed to the jury."""
    REQUEST_POSTPONEMENT = "request_postponement"
    POSTPONE = "postpone"
    CLOSE = "close"
    MARK_ABSENT = "mark_absent"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"
    EXPEL = "expel"
    VOID = "void"


_S = SittingState
_LIVE = (_S.RUNNING, _S.PAUSED)
_AHEAD = (_S.SCHEDULED, _S.ADMITTED)
_HELD = (_S.CLOSED, _S.POSTPONED, _S.VOIDED, _S.WITHDRAWN, _S.EXPELLED)
"""Ended, and something may have happened in it."""

_STAYS: dict[Step, tuple[SittingState, ...]] = {
    # The candidate may be in the room already when an examiner falls ill.
    Step.RESCHEDULE: _AHEAD,
    Step.CHECK_IN: (_S.SCHEDULED,),
    Step.DECLARE_OUTAGE: _LIVE,
    Step.DECIDE_EXTENSION: _LIVE,
    Step.KEEP_ORDER: (_S.ADMITTED, *_LIVE),
    Step.SHARE_SCREEN: (_S.ADMITTED, *_LIVE),
    Step.REQUEST_POSTPONEMENT: (_S.ADMITTED, *_LIVE),
    Step.NOTE: (*_LIVE, *_HELD),
    Step.SIGN_SHEET: _HELD,
}
"""Steps that leave the state as it is."""

_LEADS: dict[Step, tuple[tuple[SittingState, ...], SittingState]] = {
    Step.CANCEL: ((_S.SCHEDULED,), _S.CANCELLED),
    Step.ADMIT: ((_S.SCHEDULED,), _S.ADMITTED),
    Step.START: ((_S.ADMITTED,), _S.RUNNING),
    Step.PAUSE: ((_S.RUNNING,), _S.PAUSED),
    Step.RESUME: ((_S.PAUSED,), _S.RUNNING),
    # A paused sitting is resumed before it is closed: the end is never a side effect.
    Step.CLOSE: ((_S.RUNNING,), _S.CLOSED),
    Step.POSTPONE: ((_S.ADMITTED, *_LIVE), _S.POSTPONED),
    Step.MARK_ABSENT: ((_S.SCHEDULED,), _S.ABSENT),
    Step.WITHDRAW: ((*_AHEAD, *_LIVE), _S.WITHDRAWN),
    Step.EXPEL: ((*_AHEAD, *_LIVE), _S.EXPELLED),
    # What was held to its end may still be held void, until it is decided on (D9).
    Step.VOID: ((*_LIVE, _S.CLOSED), _S.VOIDED),
}
"""Steps that change it: from which states, to which."""

TRANSITIONS: dict[tuple[SittingState, Step], SittingState] = {
    **{(state, step): state for step, states in _STAYS.items() for state in states},
    **{(state, step): to for step, (states, to) in _LEADS.items() for state in states},
}

LIVE = frozenset(_LIVE)
"""The clock counts, outages are looked for, the server marks its life."""
UNDER_WAY = LIVE | {_S.ADMITTED}
"""The candidate is in the room."""
ENDED = frozenset({*_HELD, _S.ABSENT, _S.CANCELLED})
"""Nothing more is held; whether it counts is for CLOSED alone to say."""


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


class SessionState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    """A candidate has been admitted."""
    SUSPENDED = "suspended"
    DELIBERATING = "deliberating"
    CLOSED = "closed"
    """The record is sealed."""
    ARCHIVED = "archived"
    CANCELLED = "cancelled"
    MOVED = "moved"


class SessionStep(StrEnum):
    """What a command is to the session; decide.py says which is which."""

    ACCESS = "access"
    """Links and their end."""
    PLAN = "plan"
    """People, offices, days, sittings."""
    PREPARE = "prepare"
    """Relations, tests of stations, their enrolment."""
    TEST = "test"
    """The technical test: opened and closed before the jury meets."""
    OPEN = "open"
    DUTY = "duty"
    HOLD = "hold"
    """What a suspended session does not do: let a candidate in, start, resume."""
    TEND = "tend"
    """Everything else of the day; some of it, an agreement say, ends what was suspended."""
    DELIBERATE = "deliberate"
    SUSPEND = "suspend"
    CONTINUE = "continue"
    GIVE_UP = "give_up"
    """Cancel, or move elsewhere."""
    FOLLOW_UP = "follow_up"
    """Signatures, results, appeals."""


_P = SessionStep
_ALWAYS = frozenset({_P.ACCESS})
_BEFORE = _ALWAYS | {_P.PLAN, _P.PREPARE, _P.TEST, _P.GIVE_UP}
_DAY = _BEFORE | {_P.DUTY, _P.TEND}
_AFTER = _ALWAYS | {_P.FOLLOW_UP}

SESSION_STEPS: dict[SessionState, frozenset[SessionStep]] = {
    SessionState.DRAFT: _BEFORE | {_P.OPEN},
    SessionState.OPEN: _DAY | {_P.HOLD, _P.DELIBERATE, _P.SUSPEND},
    SessionState.IN_PROGRESS: _DAY | {_P.HOLD, _P.DELIBERATE, _P.SUSPEND},
    SessionState.SUSPENDED: _DAY | {_P.CONTINUE},
    # The sittings are over: nobody joins, nothing is given up any more.
    SessionState.DELIBERATING: _ALWAYS | {_P.PREPARE, _P.DUTY, _P.TEND, _P.DELIBERATE, _P.SUSPEND},
    SessionState.CLOSED: _AFTER,
    SessionState.ARCHIVED: _AFTER,
    SessionState.CANCELLED: _AFTER,
    SessionState.MOVED: _AFTER,
}
"""What may be done in each state. Source: requirement D12."""


def check_session_step(state: SessionState, step: SessionStep) -> None:
    """Raises: IllegalTransitionError, with a code that says what state the session is in."""
    if step in SESSION_STEPS[state]:
        return
    match state:
        case SessionState.DRAFT:
            raise IllegalTransitionError("session_not_open", step=step.value)
        case SessionState.SUSPENDED:
            raise IllegalTransitionError("session_suspended", step=step.value)
        case SessionState.CANCELLED | SessionState.MOVED:
            raise IllegalTransitionError("session_given_up", step=step.value)
        case SessionState.CLOSED | SessionState.ARCHIVED:
            raise IllegalTransitionError("record_sealed", step=step.value)
    raise IllegalTransitionError("illegal_transition", state=state.value, step=step.value)
