"""How a sitting ends other than by its close: nothing of it counts.

Postponement and voiding take two people of two offices (D9); a candidate who is expelled or
gives up is one person's act (D12).
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.agenda import is_decided
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import DecisionError, NotReadyError
from visiojury.exam.scope import deciding_office, offices_of, sitting_for
from visiojury.exam.transitions import Step


def request_postponement(command: cmd.RequestPostponement, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.REQUEST_POSTPONEMENT)
    return [
        ev.PostponementRequested(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, reason=command.reason
        )
    ]


def agree_postponement(command: cmd.AgreePostponement, context: Context) -> list[ev.Event]:
    """Two acts by two people of two offices. Source: instruction, annex 2 (D9)."""
    sitting = sitting_for(command, context, Step.POSTPONE)
    if sitting.postponement is None:
        raise NotReadyError("postponement_not_requested", sitting_id=sitting.sitting_id)
    office_id, at_ms = deciding_office(context, sitting), context.now_ms
    if context.actor_id in sitting.postponing.by:
        return []  # Said already.
    agreed = ev.PostponementAgreed(at_ms=at_ms, sitting_id=sitting.sitting_id, office_id=office_id)
    offices = offices_of(context.session, sitting)
    if not sitting.postponing.is_complete_with(context.actor_id, office_id, offices):
        return [agreed]
    return [agreed, ev.SittingPostponed(at_ms=at_ms, sitting_id=sitting.sitting_id)]


def void_sitting(command: cmd.VoidSitting, context: Context) -> list[ev.Event]:
    """Decided as a postponement is, without the examiners: fraud, or a doubt that came late.

    After the close it is still possible, until the jury has decided on the candidate (D9).
    """
    sitting = sitting_for(command, context, Step.VOID)
    office_id, at_ms = deciding_office(context, sitting), context.now_ms
    if is_decided(context.session, sitting.plan.candidate_id):
        raise DecisionError("already_decided", candidate_id=sitting.plan.candidate_id)
    if context.actor_id in sitting.voiding.by:
        return []  # Said already.
    agreed = ev.VoidingAgreed(
        at_ms=at_ms, sitting_id=sitting.sitting_id, office_id=office_id, reason=command.reason
    )
    offices = offices_of(context.session, sitting)
    if not sitting.voiding.is_complete_with(context.actor_id, office_id, offices):
        return [agreed]
    voided = ev.SittingVoided(at_ms=at_ms, sitting_id=sitting.sitting_id, reason=command.reason)
    return [agreed, voided]


def expel_candidate(command: cmd.ExpelCandidate, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.EXPEL)
    return [
        ev.CandidateExpelled(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, reason=command.reason
        )
    ]


def withdraw_candidate(command: cmd.WithdrawCandidate, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.WITHDRAW)
    return [
        ev.CandidateWithdrew(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            cause=command.cause,
            reason=command.reason,
        )
    ]


HANDLERS: Handlers = {
    cmd.RequestPostponement: request_postponement,
    cmd.AgreePostponement: agree_postponement,
    cmd.VoidSitting: void_sitting,
    cmd.ExpelCandidate: expel_candidate,
    cmd.WithdrawCandidate: withdraw_candidate,
}
"""What each command of this area does."""
