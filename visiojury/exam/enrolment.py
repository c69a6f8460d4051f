"""Who and what may be in a session: offices, days of the calendar, people.

Each function returns the events of one addition, or refuses it; a session entered whole
(definition.py) and one changed by acts go through the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from itertools import pairwise
from zoneinfo import ZoneInfo

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import DefinitionError, NotReadyError
from visiojury.exam.people import Office, Participant, Role, SessionDay
from visiojury.exam.state import Session
from visiojury.exam.transitions import ENDED, UNDER_WAY

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Identifiers become parts of addresses, of file names and of headers."""

# --- what is checked


def check_identifier(identifier: str, known: Container[str] = ()) -> None:
    """Raises: DefinitionError, `identifier_malformed` or `identifier_reused`."""
    if not IDENTIFIER.fullmatch(identifier):
        raise DefinitionError("identifier_malformed", identifier=identifier)
    if identifier in known:
        raise DefinitionError("identifier_reused", identifier=identifier)


def check_office_known(session: Session, office_id: str) -> None:
    if all(office.office_id != office_id for office in session.info.offices):
        raise DefinitionError("reference_unknown", identifier=office_id)


def check_office(office: Office, known: Container[str]) -> None:
    """Raises: DefinitionError; each office has a clock of its own (S5)."""
    check_identifier(office.office_id, known)
    try:
        ZoneInfo(office.time_zone)
    except (ValueError, OSError, KeyError):  # A path, a folder, a name that no data base has.
        raise DefinitionError("time_zone_unknown", office_id=office.office_id) from None


def check_day(session: Session, day: SessionDay, others: Iterable[SessionDay]) -> None:
    """Raises: DefinitionError; the hours follow each other, and an office has a day once."""
    check_office_known(session, day.office_id)
    pause = (day.break_start_ms, day.break_end_ms)
    bounds = [day.start_ms, *(ms for ms in pause if ms is not None), day.end_ms]
    is_ordered = all(a < b for a, b in pairwise(bounds))
    is_taken = any(
        other.office_id == day.office_id
        and other.start_ms < day.end_ms
        and day.start_ms < other.end_ms
        for other in others
    )
    if not is_ordered or (pause[0] is None) != (pause[1] is None) or is_taken:
        raise DefinitionError("day_malformed", office_id=day.office_id)


# --- what is added


def enrolled(session: Session, participant: Participant, now_ms: int) -> list[ev.Event]:
    """Raises: DefinitionError."""
    check_identifier(participant.participant_id, {*session.participants, *session.stations.known})
    check_office_known(session, participant.office_id)
    roles = [(p.role, p.is_substitute) for p in session.enrolled()]
    if participant.role is Role.CHAIR and (Role.CHAIR, False) in roles:
        raise DefinitionError("chair_not_one", chairs=2)
    if participant.role is Role.STATION:
        raise DefinitionError("role_unfit", participant_id=participant.participant_id)
    is_manager = participant.role is Role.SESSION_MANAGER
    if participant.is_substitute and not is_manager:
        raise DefinitionError("role_unfit", participant_id=participant.participant_id)
    if is_manager and not participant.is_substitute and (participant.role, False) in roles:
        raise DefinitionError("session_manager_not_one")
    return [ev.ParticipantEnrolled(at_ms=now_ms, participant=participant)]


def enrol(command: cmd.EnrolParticipant, context: Context) -> list[ev.Event]:
    return enrolled(context.session, command.participant, context.now_ms)


def withdraw(command: cmd.WithdrawParticipant, context: Context) -> list[ev.Event]:
    """Take a person out, and their access with them. What they did stays.

    An examiner may go while sittings are planned with them: those wait for another commission.
    """
    session = context.session
    person = session.participant(command.participant_id)
    if person.participant_id in session.life.withdrawn:
        return []
    _check_free(session, person)
    return [
        ev.ParticipantWithdrawn(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            reason=command.reason,
        ),
        *revoked(session, person.participant_id, context.now_ms),
    ]


def revoked(session: Session, participant_id: str, now_ms: int) -> list[ev.Event]:
    """Return the end of a person's links, and of the passkey that would open the next one."""
    ended: list[ev.Event] = [
        ev.InvitationRevoked(at_ms=now_ms, invitation_id=invitation_id)
        for invitation_id in session.standing_access(participant_id)
    ]
    if participant_id in session.passkeys:
        ended.append(ev.PasskeyRevoked(at_ms=now_ms, participant_id=participant_id))
    return ended


def _check_free(session: Session, person: Participant) -> None:
    for sitting in session.sittings.values():
        is_awaited = sitting.plan.candidate_id == person.participant_id
        is_member = person.participant_id in sitting.members()
        if (is_member and sitting.state in UNDER_WAY) or (
            is_awaited and sitting.state not in ENDED
        ):
            raise NotReadyError("person_awaited", sitting_id=sitting.sitting_id)
    organisers = [p for p in session.enrolled() if p.role is Role.ORGANISER]
    if organisers == [person]:
        raise NotReadyError("organiser_last")


def add_office(command: cmd.AddOffice, context: Context) -> list[ev.Event]:
    """Pool the session with one more office (S2)."""
    known = {office.office_id for office in context.session.info.offices}
    check_office(command.office, known)
    return [ev.OfficeJoined(at_ms=context.now_ms, office=command.office)]


def add_day(command: cmd.AddDay, context: Context) -> list[ev.Event]:
    check_day(context.session, command.day, context.session.info.days)
    return [ev.DayAdded(at_ms=context.now_ms, day=command.day)]


HANDLERS: Handlers = {
    cmd.EnrolParticipant: enrol,
    cmd.WithdrawParticipant: withdraw,
    cmd.AddOffice: add_office,
    cmd.AddDay: add_day,
}
"""What each command of this area does."""
