"""What hinders a sitting from being held, as media facts stand.

By default: the candidate's sound or picture is interrupted, the chair's voice is, or fewer
examiners than the commission's minimum can be heard. An examiner more or less stops nothing.
Source: design of exam time, section 2; requirement D7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visiojury.exam.events import Hindrance, Stream

if TYPE_CHECKING:
    from visiojury.exam.sitting import Sitting
    from visiojury.exam.state import Session


def hindrances(session: Session, sitting: Sitting) -> tuple[Hindrance, ...]:
    """Return what keeps `sitting` from being held now, oldest first; empty: nothing does."""
    found = {
        (hindrance.participant_id, hindrance.stream): hindrance
        for hindrance in (
            *_of(session, sitting.plan.candidate_id, "audio", "video"),
            *_of(session, session.chair_id, "audio"),
            *_too_few_examiners(session, sitting),
        )
    }
    return tuple(sorted(found.values(), key=lambda hindrance: hindrance.since_ms))


def merged(known: tuple[Hindrance, ...], found: tuple[Hindrance, ...]) -> tuple[Hindrance, ...]:
    """Return `known` with what is new in `found`, so that an outage remembers all its causes."""
    seen = {(hindrance.participant_id, hindrance.stream) for hindrance in known}
    return known + tuple(h for h in found if (h.participant_id, h.stream) not in seen)


def _of(session: Session, participant_id: str, *streams: Stream) -> list[Hindrance]:
    media = session.media_of(participant_id)
    return [
        Hindrance(
            participant_id=participant_id,
            stream=stream,
            since_ms=state.interrupted_ms,
            cause=state.cause,
        )
        for stream in streams
        if (state := media.streams[stream]).interrupted_ms is not None
        and media.is_interrupted(stream)
    ]


def _too_few_examiners(session: Session, sitting: Sitting) -> list[Hindrance]:
    """Return the interruptions that brought the commission under its minimum."""
    joined = [
        examiner_id
        for examiner_id in sitting.plan.examiner_ids
        if session.media_of(examiner_id).streams["audio"].has_started
    ]
    silent = sorted(
        (h for examiner_id in joined for h in _of(session, examiner_id, "audio")),
        key=lambda hindrance: hindrance.since_ms,
    )
    spare = len(joined) - session.info.diploma.commission_minimum
    return silent[max(0, spare) :]
