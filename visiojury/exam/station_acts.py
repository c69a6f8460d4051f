"""Acts on stations: enrolled and withdrawn by an agent of their office, people come and go.

Source: docs/adr/0090. Whether a sign-in's factor is right is for the edge, which has the person's
invitation; here is who may come to which station, and when.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.days import midnight_ms
from visiojury.exam.enrolment import revoked
from visiojury.exam.errors import DefinitionError, NotAllowedError, NotFoundError, NotReadyError
from visiojury.exam.people import AT_A_STATION, JURY, Participant
from visiojury.exam.scope import check_identity_known, check_own_candidate
from visiojury.exam.state import Session
from visiojury.exam.stations import Station


def enrol_station(command: cmd.EnrolStation, context: Context) -> list[ev.Event]:
    """For a day to come or the present one, of the actor's office."""
    session, office_id = context.session, context.actor.office_id
    start_ms, end_ms = _day(command.day, session.office(office_id).time_zone)
    if end_ms <= context.now_ms:
        raise DefinitionError("station_day_over", day=command.day)
    for known in standing(session):
        enrolled = known.enrolled
        if (enrolled.station, enrolled.office_id, enrolled.start_ms) == (
            command.station,
            office_id,
            start_ms,
        ):
            raise DefinitionError("station_enrolled", station=command.station, day=command.day)
    return [
        ev.StationEnrolled(
            at_ms=context.now_ms,
            station_id=_new_id(session),
            station=command.station,
            room=command.room,
            office_id=office_id,
            start_ms=start_ms,
            end_ms=end_ms,
        )
    ]


def withdraw_station(command: cmd.WithdrawStation, context: Context) -> list[ev.Event]:
    station = _known(context.session, command.station_id)
    return [] if station.is_withdrawn else withdrawn(context.session, station, context.now_ms)


def attest_presence(command: cmd.AttestPresence, context: Context) -> list[ev.Event]:
    """Of a person whose identity was checked: an agent says where, not who."""
    session, who = context.session, command.participant_id
    _check_may_come(session, command.station_id, who, context.now_ms)
    check_own_candidate(context, who)
    check_identity_known(context, who)
    return [
        *_gone_elsewhere(session, who, command.station_id, context.now_ms),
        ev.PresenceAttested(
            at_ms=context.now_ms, station_id=command.station_id, participant_id=who
        ),
    ]


def leave_station(command: cmd.LeaveStation, context: Context) -> list[ev.Event]:
    how = context.session.stations.at.get(command.participant_id)
    if how is None or how.station_id != command.station_id:
        return []
    return [
        ev.StationSignedOut(
            at_ms=context.now_ms,
            station_id=command.station_id,
            participant_id=command.participant_id,
        )
    ]


def check_may_sign_in(session: Session, station_id: str, participant_id: str, now_ms: int) -> None:
    """Pass for whoever has a factor to give, at a station of today. Raises: ExamError."""
    if _check_may_come(session, station_id, participant_id, now_ms).role not in JURY:
        raise NotAllowedError("station_sign_in_not_theirs", participant_id=participant_id)


def signed_in(session: Session, signed: ev.StationSignedIn) -> list[ev.Event]:
    """Return what a sign-in, whose factor was found right, comes to.

    Raises:
        ExamError: the person, or anybody now, cannot be at that station.
    """
    who = signed.participant_id
    check_may_sign_in(session, signed.station_id, who, signed.at_ms)
    return [*_gone_elsewhere(session, who, signed.station_id, signed.at_ms), signed]


def withdrawn(session: Session, station: Station, now_ms: int) -> list[ev.Event]:
    station_id = station.enrolled.station_id
    return [
        ev.StationWithdrawn(at_ms=now_ms, station_id=station_id),
        *revoked(session, station_id, now_ms),
    ]


def standing(session: Session) -> list[Station]:
    return [station for station in session.stations.known.values() if not station.is_withdrawn]


def _check_may_come(
    session: Session, station_id: str, participant_id: str, now_ms: int
) -> Participant:
    station = _known(session, station_id)
    if station.is_withdrawn:
        raise NotReadyError("station_withdrawn", station_id=station_id)
    if not station.enrolled.start_ms <= now_ms < station.enrolled.end_ms:
        raise NotReadyError("station_not_today", station_id=station_id)
    person = session.participant(participant_id)
    if person.role not in AT_A_STATION or participant_id in session.life.withdrawn:
        raise NotAllowedError("role_not_at_station", participant_id=participant_id)
    return person


def _gone_elsewhere(
    session: Session, participant_id: str, station_id: str, now_ms: int
) -> list[ev.Event]:
    """A person is at one station at most."""
    how = session.stations.at.get(participant_id)
    if how is None or how.station_id == station_id:
        return []
    return [
        ev.StationSignedOut(at_ms=now_ms, station_id=how.station_id, participant_id=participant_id)
    ]


def _known(session: Session, station_id: str) -> Station:
    station = session.stations.known.get(station_id)
    if station is None:
        raise NotFoundError("station_unknown", station_id=station_id)
    return station


def _new_id(session: Session) -> str:
    number = len(session.stations.known) + 1
    while (station_id := f"station-{number}") in session.participants:
        number += 1
    return station_id


def _day(day: str, time_zone: str) -> tuple[int, int]:
    """Return the beginning and the end of a calendar day somewhere. Raises: DefinitionError."""
    try:
        start = date.fromisoformat(day)
        zone = ZoneInfo(time_zone)
        ends = (midnight_ms(start, zone), midnight_ms(start + timedelta(days=1), zone))
    except (ValueError, OverflowError):
        raise DefinitionError("station_day_malformed", day=day) from None
    if ends[0] < 0:
        raise DefinitionError("station_day_malformed", day=day)
    return ends


HANDLERS: Handlers = {
    cmd.EnrolStation: enrol_station,
    cmd.WithdrawStation: withdraw_station,
    cmd.AttestPresence: attest_presence,
    cmd.LeaveStation: leave_station,
}
"""What each command of this area does."""
