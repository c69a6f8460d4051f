"""What hinders a sitting from being held, as media facts stand.

By default: the candidate's sound or picture is interrupted in either direction, the chair's
sound is, or fewer examiners than the commission's minimum can be heard. An examiner more or less
stops nothing.
Source: design of exam time, section 2; requirement D7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visiojury.exam.events import Direction, Hindrance, Stream
from visiojury.exam.identity import away_since_ms
from visiojury.exam.stations import carried_media

if TYPE_CHECKING:
    from visiojury.exam.sitting import Sitting
    from visiojury.exam.state import Session


def hindrances(session: Session, sitting: Sitting) -> tuple[Hindrance, ...]:
    """Return what keeps `sitting` from being held now, oldest first; empty: nothing does."""
    found = {
        _key(hindrance): hindrance
        for hindrance in (
            *_both_ways(session, sitting.plan.candidate_id, "audio", "video"),
            *_both_ways(session, session.chair_id, "audio"),
            *_too_few_examiners(session, sitting),
        )
    }
    return tuple(sorted(found.values(), key=lambda hindrance: hindrance.since_ms))


def merged(known: tuple[Hindrance, ...], found: tuple[Hindrance, ...]) -> tuple[Hindrance, ...]:
    """Return `known` with what is new in `found`, so that an outage remembers all its causes."""
    seen = {_key(hindrance) for hindrance in known}
    return known + tuple(h for h in found if _key(h) not in seen)


def _key(hindrance: Hindrance) -> tuple[str, Stream, Direction]:
    return hindrance.participant_id, hindrance.stream, hindrance.direction


def _both_ways(session: Session, participant_id: str, *streams: Stream) -> list[Hindrance]:
    sent = _of(session, participant_id, *streams)
    return sent + _of(session, participant_id, *streams, direction="received")


def _of(
    session: Session, participant_id: str, *streams: Stream, direction: Direction = "sent"
) -> list[Hindrance]:
    media = carried_media(session, participant_id)
    return [
        Hindrance(
            participant_id=participant_id,
            stream=stream,
            since_ms=since_ms,
            cause=media.stream(stream, direction).cause,
            direction=direction,
        )
        for stream in streams
        if (since_ms := _since_ms(session, participant_id, stream, direction)) is not None
    ]


def _since_ms(
    session: Session, participant_id: str, stream: Stream, direction: Direction
) -> int | None:
    """Return since when a stream does not arrive.

    Who came back by another device is seen and heard by nobody until they are checked again.
    """
    media = carried_media(session, participant_id)
    if media.is_interrupted(stream, direction):
        return media.stream(stream, direction).interrupted_ms
    return away_since_ms(session, participant_id)


def _too_few_examiners(session: Session, sitting: Sitting) -> list[Hindrance]:
    """Return the interruptions that brought the commission under its minimum."""
    joined = [
        examiner_id
        for examiner_id in sitting.plan.examiner_ids
        if carried_media(session, examiner_id).streams["audio"].has_started
    ]
    silent = sorted(
        (h for examiner_id in joined for h in _of(session, examiner_id, "audio")),
        key=lambda hindrance: hindrance.since_ms,
    )
    spare = len(joined) - session.info.diploma.commission_minimum
    return silent[max(0, spare) :]
