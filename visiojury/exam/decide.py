"""Command + state -> events, or a refusal. Changes nothing itself."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import conduct, follow_up, jury, planning, reception, voting
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import IllegalTransitionError, NotAllowedError
from visiojury.exam.people import Participant
from visiojury.exam.permissions import is_allowed
from visiojury.exam.state import Session

HANDLERS: Handlers = {
    **planning.HANDLERS,
    **reception.HANDLERS,
    **conduct.HANDLERS,
    **jury.HANDLERS,
    **voting.HANDLERS,
    **follow_up.HANDLERS,
}


def decide(
    session: Session, command: cmd.Command, *, actor: Participant, now_ms: int
) -> list[ev.Event]:
    """Return what happens when `actor` asks for `command` at `now_ms`.

    Raises:
        ExamError: the act is refused; nothing has happened.
    """
    if not is_allowed(actor.role, type(command)):
        raise NotAllowedError("not_allowed", role=actor.role.value, command=command.command)
    _check_seal(session, command)
    return HANDLERS[type(command)](command, Context(session, actor, now_ms))


def _check_seal(session: Session, command: cmd.Command) -> None:
    """Most acts end with the seal; some begin with it; access is withdrawn at any time."""
    is_after = type(command) in follow_up.HANDLERS
    if session.seal is None and is_after:
        raise IllegalTransitionError("record_unsealed", step=command.command)
    if session.seal is not None and not is_after and not isinstance(command, cmd.RevokeInvitation):
        raise IllegalTransitionError("record_sealed", step=command.command)
