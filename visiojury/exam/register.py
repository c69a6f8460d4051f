"""Who takes part, at this moment: how, where, known by what, and with what right.

A function of the state, so that it can be shown at any moment, and for any moment of the past
from the record up to then. Source: instruction DGCS/SD4A/2026/19, II.2 (requirements J1, J5).
"""

from __future__ import annotations

from dataclasses import dataclass

from visiojury.exam.identity import CHECKED, Doubt, IdentityCheck, Missing, missing
from visiojury.exam.people import JURY, Attendance, Participant, Role
from visiojury.exam.state import Access, Authentication, Session
from visiojury.exam.stations import carried_media, station_of

FINGERPRINT_PREFIX = 23
"""Characters of a certificate's fingerprint that are shown: its first eight bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """One line of the register."""

    participant_id: str
    name: str
    role: Role
    votes: bool
    """With a vote in what the jury speaks of now."""
    attendance: Attendance | None
    """As the roll call established it; None: not called."""
    place: str | None
    """Where, for who is on site."""
    since_ms: int | None
    """Of that attendance."""
    is_cut_off: bool
    """At a distance, and neither speaks nor is heard (J2)."""
    authentication: Authentication | None
    """How their access was obtained; None: it was not yet."""
    device_key: str | None
    """Thumbprint (RFC 7638) of the key of the device that has it."""
    device_ms: int | None
    """Since when that device has it."""
    passkey_ms: int | None
    """When the person's passkey was registered; None: they have none."""
    check: IdentityCheck | None
    """The last check, whether or not it holds: who compared them with what, and when."""
    missing: Missing | None
    """Which check is missing; None: theirs holds, or their role has none."""
    doubt: Doubt | None
    connection: str | None
    """Beginning of the fingerprint of the certificate that carries their picture and voice."""
    station_id: str | None
    """The station they are at: the connection is its own."""
    is_connected: bool
    """To the relay."""
    link_ms: int | None
    """Since when they are, or are no more; None: they never were."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A member out of the meeting while it spoke of a candidate they are out for."""

    participant_id: str
    candidate_id: str
    start_ms: int
    end_ms: int | None


def register(session: Session) -> list[Presence]:
    """Return everyone in the session, as they take part now."""
    redeemed = {
        access.invitation.participant_id: access
        for access in session.access.values()
        if access.device_key is not None and not access.is_revoked
    }
    return [
        _presence(session, person, redeemed.get(person.participant_id))
        for person in session.enrolled()
    ]


def out_for(session: Session, candidate_id: str) -> set[str]:
    """Return the members who are out for this candidate: neither vote, nor count, nor attend.

    They said so themselves, or a relation was declared (B8).
    """
    return set(_out_since(session, candidate_id))


def _out_since(session: Session, candidate_id: str) -> dict[str, int]:
    """Return since when each member is out for this candidate."""
    related = {
        examiner: declared.at_ms
        for (examiner, candidate), declared in session.life.relations.items()
        if candidate == candidate_id
    }
    recused = session.deliberation.recused.get(candidate_id, {})
    return related | {who: recusal.at_ms for who, recusal in recused.items()}


def counting(session: Session, candidate_id: str) -> list[str]:
    """Return the members present who decide on this candidate."""
    out = out_for(session, candidate_id)
    return [who for who in session.deliberation.present() if who not in out]


def presiding(session: Session, candidate_id: str) -> str | None:
    """Return who presides for this candidate; None: nobody can.

    The chair does. Where the chair is out for the candidate, the first member in the order of
    enrolment who is present and is not.
    """
    counted = counting(session, candidate_id)
    if session.chair_id in counted:
        return session.chair_id
    if session.chair_id not in out_for(session, candidate_id):
        return None
    return next((p.participant_id for p in session.jury() if p.participant_id in counted), None)


def is_cut_off(session: Session, member_id: str) -> bool:
    """Return whether a member attends at a distance or at a station and cannot take part (J2).

    The relay says that they are gone or that their voice does not arrive, or the chair that the
    last test of hearing failed.
    """
    attendance = session.deliberation.attendance().get(member_id)
    media = carried_media(session, member_id)
    if attendance == "on_site":
        return station_of(session, member_id) is not None and media.is_cut_off
    if attendance != "remote":
        return False
    test = session.deliberation.hearing.get(member_id)
    has_failed = test is not None and not (test.hears and test.is_heard)
    return has_failed or media.is_cut_off


def is_sent_out(session: Session, member_id: str) -> bool:
    """Return whether the jury now speaks of a candidate this member is out for."""
    current = session.deliberation.taken_up
    return current is not None and member_id in out_for(session, current)


def departures(session: Session) -> list[Departure]:
    """Return each time a member who attended was out because of the candidate spoken of."""
    found = []
    for talk in session.deliberation.discussions:
        since = {
            who: max(talk.start_ms, out_ms)
            for who, out_ms in _out_since(session, talk.candidate_id).items()
        }
        found += [
            Departure(who, talk.candidate_id, start_ms, talk.end_ms)
            for who, start_ms in since.items()
            if who in session.deliberation.attended()
            and (talk.end_ms is None or start_ms < talk.end_ms)
        ]
    return found


def _presence(session: Session, person: Participant, access: Access | None) -> Presence:
    who = person.participant_id
    media = carried_media(session, who)
    interval = session.deliberation.current(who)
    return Presence(
        participant_id=who,
        name=person.full_name,
        role=person.role,
        votes=person.role in JURY and not is_sent_out(session, who),
        attendance=None if interval is None else interval.attendance,
        place=None if interval is None else interval.place,
        since_ms=None if interval is None else interval.start_ms,
        is_cut_off=is_cut_off(session, who),
        authentication=_authentication(session, who, access),
        device_key=None if access is None else access.device_key,
        device_ms=None if access is None else access.redeemed_ms,
        passkey_ms=session.passkeys_ms.get(who),
        check=session.checks.get(who),
        missing=missing(session, who) if person.role in CHECKED else None,
        doubt=session.doubts.get(who),
        connection=media.fingerprint[:FINGERPRINT_PREFIX] if media.is_connected else None,
        is_connected=media.is_connected,
        link_ms=media.link_ms,
        station_id=None
        if (station := station_of(session, who)) is None
        else station.enrolled.station_id,
    )


def _authentication(session: Session, who: str, access: Access | None) -> Authentication | None:
    if (how := session.stations.at.get(who)) is not None:
        return how.authentication
    return None if access is None else access.authentication
