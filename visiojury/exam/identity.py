"""What is known of a person's identity: the last check, and why it holds no more. State and fold.

A check holds for its calendar day in the time of the office that made it, at its place, and for
the device and the certificate that the person came with. A doubt stands beside it until somebody
checks again. The acts: identifying.py.
Source: design of identity, points 4, 6 and 7; requirements D1, D2, J1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from visiojury.exam import events as ev
from visiojury.exam.days import midnight_ms
from visiojury.exam.people import JURY, Presence, Role
from visiojury.exam.transitions import ENDED

if TYPE_CHECKING:
    from visiojury.exam.sitting import Sitting
    from visiojury.exam.state import Session

Missing = Literal[
    "identity_unchecked",
    "identity_outdated",
    "identity_other_device",
    "identity_elsewhere",
    "identity_asked",
    "identity_refused",
]
"""Which check is missing; also the code that refuses what needs it."""

_LAPSED: dict[ev.Lapse, Missing] = {
    "day": "identity_outdated",
    "device": "identity_other_device",
}
CHECKED = JURY | {Role.CANDIDATE, Role.ASSISTANT}
"""Whose identity is checked."""


@dataclass(slots=True)
class IdentityCheck:
    """Who compared a person with what, when and where; `document` or `sign_in` is given."""

    at_ms: int
    checked_by: str
    office_id: str
    """Of who checked."""
    until_ms: int
    """End of its day, in that office's time."""
    document: ev.DocumentKind | None = None
    sign_in: ev.SignInAccepted | None = None
    presence: Presence | None = None
    """How the person was seen; None: a sign-in says nothing of it."""
    room: str | None = None
    device_key: str | None = None
    """The key they had, or came with first afterwards."""
    fingerprint: str | None = None
    """Their certificate, likewise."""
    lapse: ev.IdentityLapsed | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A new check is asked for, or one was made and the person was not recognised."""

    by: str
    at_ms: int
    is_refused: bool


def missing(session: Session, participant_id: str, *, now_ms: int | None = None) -> Missing | None:
    """Return which check of a person is missing; None: theirs holds.

    Args:
        session: as it stands.
        participant_id: of whom.
        now_ms: an act's instant; None: as far as the record has told.
    """
    doubt, check = session.doubts.get(participant_id), session.checks.get(participant_id)
    if doubt is not None and doubt.is_refused:
        return "identity_refused"
    if check is None:
        return "identity_unchecked"
    if (reason := lapse_of(session, participant_id, now_ms)) is not None:
        return _LAPSED[reason]
    if doubt is not None:
        return "identity_asked"
    return "identity_elsewhere" if _is_elsewhere(session, participant_id, check) else None


def lapse_of(session: Session, participant_id: str, now_ms: int | None) -> ev.Lapse | None:
    """Return why the last check is over, whether or not the record has said so yet."""
    check = session.checks.get(participant_id)
    if check is None:
        return None
    if check.lapse is not None:
        return check.lapse.reason
    if _is_other_device(session, participant_id, check):
        return "device"
    return "day" if now_ms is not None and now_ms >= check.until_ms else None


def is_apart(session: Session, participant_id: str) -> bool:
    """Return whether nobody is to see and hear this person, in whatever room, until a check.

    They were not recognised, or came by another device than the one whose holder was checked.
    """
    return missing(session, participant_id) in {"identity_refused", "identity_other_device"}


def away_since_ms(session: Session, participant_id: str) -> int | None:
    """Return since when a person on another device waits for a check; None: they do not."""
    check = session.checks.get(participant_id)
    if check is None or check.lapse is None or check.lapse.reason != "device":
        return None
    return check.lapse.at_ms


def may_deliberate(session: Session, participant_id: str) -> bool:
    """Return whether a member's check lets them into the meeting (J6).

    Whoever asks for a new check puts nobody out: votes wait for it, the person does not.
    """
    return missing(session, participant_id) in {None, "identity_asked"}


def lapses(session: Session, now_ms: int) -> list[ev.Event]:
    """Return what the record must say of checks that are over.

    The end of a day matters to who is still awaited.
    """
    if session.is_over:
        return []
    awaited = _awaited(session)
    found: list[ev.Event] = []
    for who, check in session.checks.items():
        reason = lapse_of(session, who, now_ms)
        if check.lapse is None and reason is not None and (reason == "device" or who in awaited):
            found.append(ev.IdentityLapsed(at_ms=now_ms, participant_id=who, reason=reason))
    return found


def next_lapse_ms(session: Session) -> int | None:
    """Return when the next check is over by time alone."""
    if session.is_over:
        return None
    awaited = _awaited(session)
    return min(
        (c.until_ms for who, c in session.checks.items() if c.lapse is None and who in awaited),
        default=None,
    )


def apply(session: Session, event: ev.Event, *, by: str | None) -> None:
    """Change what is known as `event` says; events of other matters change nothing."""
    match event:
        case ev.IdentityChecked() | ev.SignInAccepted():
            _check(session, event, by or "")
        case ev.IdentityLapsed():
            session.checks[event.participant_id].lapse = event
        case ev.IdentityCheckAsked():
            session.doubts[event.participant_id] = Doubt(by or "", event.at_ms, is_refused=False)
        case ev.IdentityRefused():
            session.doubts[event.participant_id] = Doubt(by or "", event.at_ms, is_refused=True)
        case ev.InvitationRedeemed():
            who = session.access[event.invitation_id].invitation.participant_id
            if (check := session.checks.get(who)) is not None and check.device_key is None:
                check.device_key = event.device_key
        case ev.MediaBound():
            check = session.checks.get(event.participant_id)
            if check is not None and check.fingerprint is None:
                check.fingerprint = event.fingerprint


def _check(session: Session, event: ev.IdentityChecked | ev.SignInAccepted, by: str) -> None:
    who = event.participant_id
    if is_apart(session, who):
        _rejoin(session, who, event.at_ms)
    session.doubts.pop(who, None)
    checker = session.participants.get(by)
    office = session.organising_office if checker is None else session.office(checker.office_id)
    media = session.media.get(who)
    check = session.checks[who] = IdentityCheck(
        at_ms=event.at_ms,
        checked_by=by,
        office_id=office.office_id,
        until_ms=_day_end_ms(event.at_ms, office.time_zone),
        device_key=session.device_keys.get(who),
        fingerprint=media.fingerprint or None if media is not None else None,
    )
    if isinstance(event, ev.SignInAccepted):
        check.sign_in = event
    else:
        check.document, check.presence, check.room = event.document, event.presence, event.room


def _rejoin(session: Session, participant_id: str, at_ms: int) -> None:
    """Count what flows as there again only now: until the check nobody saw or heard it."""
    media = session.media_of(participant_id)
    for stream in (*media.streams.values(), *media.received.values()):
        if stream.flows:
            stream.restored_ms = max(stream.restored_ms, at_ms)


def _is_other_device(session: Session, participant_id: str, check: IdentityCheck) -> bool:
    key = session.device_keys.get(participant_id)
    if check.device_key is not None and key != check.device_key:
        return True
    media = session.media.get(participant_id)
    fingerprint = "" if media is None else media.fingerprint
    return check.fingerprint is not None and fingerprint not in {"", check.fingerprint}


def _is_elsewhere(session: Session, participant_id: str, check: IdentityCheck) -> bool:
    """Return whether a candidate's next sitting is held in another place than the check."""
    sitting = next_sitting(session, participant_id)
    if sitting is None or session.participants[participant_id].role in JURY:
        return False
    rooms = (check.room, sitting.plan.room)
    is_other_room = None not in rooms and rooms[0] != rooms[1]
    return is_other_room or check.office_id != sitting.plan.host_office_id


def next_sitting(session: Session, participant_id: str) -> Sitting | None:
    """Return a person's first sitting that has not ended."""
    ahead = [
        sitting
        for sitting in session.sittings.values()
        if participant_id in sitting.members() and sitting.state not in ENDED
    ]
    return min(ahead, key=lambda sitting: sitting.plan.planned_ms, default=None)


def _awaited(session: Session) -> set[str]:
    """Return who still has to do with a sitting or with the deliberation."""
    ahead = [s.members() for s in session.sittings.values() if s.state not in ENDED]
    return {person.participant_id for person in session.jury()}.union(*ahead)


def _day_end_ms(at_ms: int, time_zone: str) -> int:
    """Return the first instant of the day after, on the calendar of that time zone."""
    zone = ZoneInfo(time_zone)
    day = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
    return midnight_ms(day + timedelta(days=1), zone)
