"""Who is on duty, for the whole sitting, at each of its offices (D3).

An agent of the organising office and one of the host office must be there and reachable; where
the diploma wants it, so must the session manager or a named substitute. Only acts count: a page
that is closed ends no duty, and who is gone without having handed over is shown as such.
Source: instruction DGCS/SD4A/2026/19, annex 1 (the days of the session); requirement D3.
"""

from __future__ import annotations

from dataclasses import dataclass

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.life import Turn
from visiojury.exam.people import Participant, Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session

AGENTS = frozenset({Role.ORGANISER, Role.INVIGILATOR})
"""Who stands for their office."""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A place on duty that nobody holds."""

    office_id: str
    role: Role
    """`organiser`, `invigilator` (an agent of that office, either will do) or `session_manager`."""


def duty_missing(session: Session, sitting: Sitting) -> tuple[Vacancy, ...]:
    """Return what is still unmanned for `sitting`; empty: it may open."""
    present = [session.participant(turn.participant_id) for turn in standing_turns(session)]
    organising, host = session.info.organising_office_id, sitting.plan.host_office_id
    manned = {person.office_id for person in present if person.role in AGENTS}
    wanted = [Vacancy(organising, Role.ORGANISER)]
    if host != organising:
        wanted.append(Vacancy(host, Role.INVIGILATOR))
    missing = [vacancy for vacancy in wanted if vacancy.office_id not in manned]
    has_manager = any(person.role is Role.SESSION_MANAGER for person in present)
    if session.info.diploma.is_managed and not has_manager:
        missing.append(Vacancy(organising, Role.SESSION_MANAGER))
    return tuple(missing)


def check_duty(session: Session, sitting: Sitting) -> None:
    """Raises: NotReadyError, for the first place that nobody holds."""
    for vacancy in duty_missing(session, sitting):
        if vacancy.role is Role.SESSION_MANAGER:
            raise NotReadyError("session_manager_missing")
        raise NotReadyError("duty_missing", office=session.office(vacancy.office_id).name)


def standing_turns(session: Session) -> list[Turn]:
    """Return the turns of those on duty now, the withdrawn not among them."""
    return [turn for turn in _open_turns(session) if not _is_gone(session, turn)]


def abandoned_turns(session: Session) -> list[Turn]:
    """Return the turns of those who are gone and handed over to nobody."""
    return [turn for turn in _open_turns(session) if _is_gone(session, turn)]


def _open_turns(session: Session) -> list[Turn]:
    return [turn for turn in session.life.turns if turn.end_ms is None]


def _is_gone(session: Session, turn: Turn) -> bool:
    return turn.participant_id in session.life.withdrawn


def take_duty(_command: cmd.TakeDuty, context: Context) -> list[ev.Event]:
    if context.session.life.turn_of(context.actor_id) is not None:
        return []  # On duty already.
    return [ev.DutyTaken(at_ms=context.now_ms, participant_id=context.actor_id)]


def hand_over_duty(command: cmd.HandOverDuty, context: Context) -> list[ev.Event]:
    successor = context.session.participant(command.to_participant_id)
    if context.session.life.turn_of(context.actor_id) is None:
        raise NotReadyError("not_on_duty")
    if not can_take_over(context.session, context.actor, successor):
        raise NotAllowedError("successor_unfit", participant_id=successor.participant_id)
    return [
        ev.DutyHandedOver(
            at_ms=context.now_ms,
            participant_id=context.actor_id,
            to_participant_id=successor.participant_id,
        )
    ]


def can_take_over(session: Session, person: Participant, successor: Participant) -> bool:
    """Return whether `successor` may stand where `person` stands: agent for agent, same office."""
    if successor == person or successor.participant_id in session.life.withdrawn:
        return False
    if Role.SESSION_MANAGER in {person.role, successor.role}:
        return person.role is successor.role
    return successor.role in AGENTS and successor.office_id == person.office_id


HANDLERS: Handlers = {
    cmd.TakeDuty: take_duty,
    cmd.HandOverDuty: hand_over_duty,
}
"""What each command of this area does."""
