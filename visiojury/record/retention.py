"""What of a session is kept no longer: when, and whose keys go. Pure.

The figures are reference data. Samples of quality go first: they lie beside the record, which
holds what was concluded from them. Then, when the record's own term is over, the names and texts
of everybody in it; identifiers, times, votes and decisions stay, and the chain holds. A pending
appeal holds everything. Source: requirements A2, A5.
"""

from __future__ import annotations

from visiojury.exam.events import PersonErased
from visiojury.exam.state import Session
from visiojury.record.personal import SESSION, subject_of_person, subject_of_sitting

DAY_MS = 86_400_000


def ended_ms(session: Session) -> int:
    """Return when the session was over: its last seal, deliberation, sitting, or its creation."""
    return max(
        session.info.at_ms,
        session.deliberation.closed_ms or 0,
        *(seal.at_ms for seal in session.after.seals.values()),
        *(sitting.plan.planned_ms for sitting in session.sittings.values()),
    )


def due_for_erasure(session: Session, now_ms: int, *, record_days: int) -> list[PersonErased]:
    """Return what is to be recorded, and so erased, at `now_ms`; nothing while an appeal pends."""
    if session.after.holds() or now_ms < ended_ms(session) + record_days * DAY_MS:
        return []
    people: list[str | None] = [*session.participants, None]
    return [
        PersonErased(at_ms=now_ms, participant_id=who, subjects=_subjects(session, who))
        for who in people
        if who not in session.after.erased
    ]


def quality_ends_ms(session: Session, now_ms: int, *, quality_days: int) -> int | None:
    """Return the instant before which samples of quality are erased; None while an appeal pends."""
    return None if session.after.holds() else now_ms - quality_days * DAY_MS


def _subjects(session: Session, who: str | None) -> tuple[str, ...]:
    if who is None:
        return (SESSION,)
    sittings = (
        subject_of_sitting(sitting.sitting_id)
        for sitting in session.sittings.values()
        if sitting.plan.candidate_id == who
    )
    return (subject_of_person(who), *sittings)
