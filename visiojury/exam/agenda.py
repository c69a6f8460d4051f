"""Which candidates the jury decides on: those with a performance that counts, and no others.

What was said in a sitting that was postponed or voided is not there: a candidate heard again
stands here by the new sitting, and who was never heard to the end stands among the others.
Source: requirements D9, J5, J6.
"""

from __future__ import annotations

from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState


def to_decide(session: Session) -> dict[str, Sitting]:
    """Return each candidate with a performance that counts, and that sitting."""
    return {
        sitting.plan.candidate_id: sitting
        for sitting in session.sittings.values()
        if sitting.state is SittingState.CLOSED
    }


def undecided(session: Session) -> list[str]:
    """Return the candidates for whom the jury still has to decide."""
    return [who for who in to_decide(session) if not is_decided(session, who)]


def is_decided(session: Session, candidate_id: str) -> bool:
    decision = session.deliberation.decisions.get(candidate_id)
    return decision is not None and decision.adopted is not None


def left_out(session: Session) -> dict[str, SittingState]:
    """Return the candidates on whom nothing is decided, and what became of their last sitting."""
    heard = to_decide(session)
    return {
        sitting.plan.candidate_id: sitting.state
        for sitting in session.sittings.values()
        if sitting.plan.candidate_id not in heard
    }
