"""What an act concerns, and whether the actor may touch it."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam.context import Context
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.identity import missing
from visiojury.exam.people import JURY, Attendance, Role
from visiojury.exam.permissions import concerns, organises
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import Step, next_state

_EVERY_OFFICES = (
    cmd.EnrolStation,
    cmd.OpenTechnicalTest,
    cmd.CloseTechnicalTest,
    cmd.RecordDeviceCheck,
)
"""What an organiser of a host office does too: for themselves, for that office, for both."""


def check_reach(command: cmd.Command, context: Context) -> None:
    """Refuse what lies beyond the actor's reach, whatever the command does with it.

    An organiser belongs to the organising office: of another one, they host and no more.
    """
    session = context.session
    if isinstance(command, cmd.SittingCommand):
        if command.sitting_id in session.sittings:
            check_office(context, session.sittings[command.sitting_id])
    elif isinstance(command, cmd.StationCommand):
        check_station(context, command.station_id)
    elif isinstance(command, _EVERY_OFFICES):
        return
    elif context.actor.role is Role.ORGANISER and not organises(session, context.actor):
        raise NotAllowedError("foreign_office", office_id=context.actor.office_id)


def sitting_for(command: cmd.SittingCommand, context: Context, step: Step) -> Sitting:
    """Return the sitting if its state allows `step`."""
    sitting = context.session.sitting(command.sitting_id)
    next_state(sitting.state, step)
    return sitting


def check_office(context: Context, sitting: Sitting) -> None:
    """Each acts within their reach: an office for its own candidates, a jury for its own (A4)."""
    if not concerns(context.session, context.actor, sitting):
        code = "not_a_member" if context.actor.role in JURY else "foreign_office"
        raise NotAllowedError(code, sitting_id=sitting.sitting_id)


def check_station(context: Context, station_id: str) -> None:
    """Each office for its own stations, and a station for itself."""
    station = context.session.stations.known.get(station_id)
    if station is None:
        return  # The act says that it is unknown.
    is_itself = context.actor_id == station_id
    is_station = context.actor.role is Role.STATION
    if is_station != is_itself or context.actor.office_id != station.enrolled.office_id:
        raise NotAllowedError("foreign_station", station_id=station_id)


def offices_of(session: Session, sitting: Sitting) -> set[str]:
    """Return the two offices of a sitting; one, where the organising office is the host too."""
    return {session.info.organising_office_id, sitting.plan.host_office_id}


def deciding_office(context: Context, sitting: Sitting) -> str:
    """Return the actor's office, one of the sitting's two.

    Raises:
        NotAllowedError: `foreign_office`.
    """
    if context.actor.office_id not in offices_of(context.session, sitting):
        raise NotAllowedError("foreign_office", sitting_id=sitting.sitting_id)
    return context.actor.office_id


def check_own_candidate(context: Context, participant_id: str) -> None:
    for sitting in context.session.sittings.values():
        if participant_id in {sitting.plan.candidate_id, sitting.plan.assistant_id}:
            check_office(context, sitting)


def check_identity_known(
    context: Context, participant_id: str, *, attendance: Attendance | None = None
) -> None:
    """Pass where a check of the person holds now, and for how they attend.

    Who was seen in the room, and now speaks from elsewhere, is compared again; who comes into the
    room is seen by everybody in it.

    Raises:
        NotReadyError: with the code that says which check is missing.
    """
    session = context.session
    code = missing(session, participant_id, now_ms=context.now_ms)
    if code is None and attendance == "remote":
        was_in_room = session.checks[participant_id].presence == "on_site"
        code = "identity_elsewhere" if was_in_room else None
    if code is not None:
        raise NotReadyError(code, participant_id=participant_id)
