"""Command + state -> events, or a refusal. Changes nothing itself."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import (
    conduct,
    endings,
    follow_up,
    identifying,
    jury,
    order,
    planning,
    reception,
    screens,
    station_acts,
    testimony,
    voting,
)
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import IllegalTransitionError
from visiojury.exam.people import Participant
from visiojury.exam.permissions import check_allowed
from visiojury.exam.scope import check_reach
from visiojury.exam.state import Session
from visiojury.exam.transitions import SessionStep, check_session_step

HANDLERS: Handlers = {
    **planning.HANDLERS,
    **reception.HANDLERS,
    **identifying.HANDLERS,
    **conduct.HANDLERS,
    **order.HANDLERS,
    **screens.HANDLERS,
    **station_acts.HANDLERS,
    **testimony.HANDLERS,
    **endings.HANDLERS,
    **jury.HANDLERS,
    **voting.HANDLERS,
    **follow_up.HANDLERS,
}

STEPS: dict[type[cmd.Command], SessionStep] = {
    **dict.fromkeys(
        (
            *reception.HANDLERS,
            *identifying.HANDLERS,
            *conduct.HANDLERS,
            *order.HANDLERS,
            *screens.HANDLERS,
            *station_acts.HANDLERS,
            *testimony.HANDLERS,
            *endings.HANDLERS,
        ),
        SessionStep.TEND,
    ),
    **dict.fromkeys((cmd.Admit, cmd.Start, cmd.Resume), SessionStep.HOLD),
    **dict.fromkeys((cmd.EnrolStation, cmd.WithdrawStation), SessionStep.PREPARE),
    **dict.fromkeys((*jury.HANDLERS, *voting.HANDLERS), SessionStep.DELIBERATE),
    **dict.fromkeys(follow_up.HANDLERS, SessionStep.FOLLOW_UP),
    **planning.STEPS,
}
"""What each command is to the session: by area, and where it differs, by name."""


def decide(
    session: Session, command: cmd.Command, *, actor: Participant, now_ms: int
) -> list[ev.Event]:
    """Return what happens when `actor` asks for `command` at `now_ms`.

    Raises:
        ExamError: the act is refused; nothing has happened.
    """
    check_allowed(actor.role, command)
    step = STEPS[type(command)]
    if step is SessionStep.FOLLOW_UP and session.seal is None:
        raise IllegalTransitionError("record_unsealed", step=command.command)
    check_session_step(session.state, step)
    context = Context(session, actor, now_ms)
    check_reach(command, context)
    return HANDLERS[type(command)](command, context)
