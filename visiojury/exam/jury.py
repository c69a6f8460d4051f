"""Acts of the deliberation: who is present, what is proposed, voted and adopted.

No decision while a voting member who is present at a distance is cut off (J5): the chair
waits, or establishes by the roll call that the member is absent, and a quorum remains.
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.deliberation import Decision
from visiojury.exam.errors import (
    DecisionError,
    IllegalTransitionError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
)
from visiojury.exam.people import JURY
from visiojury.exam.transitions import ENDED, SittingState


def open_deliberation(_command: cmd.OpenDeliberation, context: Context) -> list[ev.Event]:
    session = context.session
    if session.deliberation.opened_ms is not None:
        raise IllegalTransitionError("illegal_transition", state="open", step="open_deliberation")
    for sitting in session.sittings.values():
        if sitting.state not in ENDED:
            raise NotReadyError("sittings_not_ended", sitting_id=sitting.sitting_id)
    return [ev.DeliberationOpened(at_ms=context.now_ms)]


def answer_roll_call(command: cmd.AnswerRollCall, context: Context) -> list[ev.Event]:
    _check_open(context)
    member = context.session.participant(command.participant_id)
    if member.role not in JURY:
        raise NotAllowedError("not_a_member", participant_id=member.participant_id)
    if command.attendance != "absent":
        _check_known(context, member.participant_id)
        _check_heard(context, member.participant_id, command.attendance)
    return [
        ev.RollCallAnswered(
            at_ms=context.now_ms,
            participant_id=member.participant_id,
            attendance=command.attendance,
        )
    ]


def propose_decision(command: cmd.ProposeDecision, context: Context) -> list[ev.Event]:
    _check_open(context)
    _check_quorum(context)
    states = {
        sitting.state
        for sitting in context.session.sittings.values()
        if sitting.plan.candidate_id == command.candidate_id
    }
    if not states:
        raise NotFoundError("participant_unknown", participant_id=command.candidate_id)
    if SittingState.CLOSED not in states:
        # What was said in a postponed sitting does not count (D9).
        raise DecisionError("nothing_to_decide", candidate_id=command.candidate_id)
    known = context.session.deliberation.decisions.get(command.candidate_id)
    if known is not None and known.adopted is not None:
        raise DecisionError("already_decided", candidate_id=command.candidate_id)
    _check_blocks(command, context)
    return [
        ev.DecisionProposed(
            at_ms=context.now_ms,
            candidate_id=command.candidate_id,
            outcome=command.outcome,
            blocks=command.blocks,
        )
    ]


def _check_blocks(command: cmd.ProposeDecision, context: Context) -> None:
    """Blocks go with a partial decision, and come from the diploma."""
    diploma = context.session.info.diploma
    is_repeated = len(set(command.blocks)) < len(command.blocks)
    if (command.outcome == "partial") != bool(command.blocks) or is_repeated:
        raise DecisionError("blocks_unfit", outcome=command.outcome)
    for block in command.blocks:
        if block not in diploma.blocks:
            raise DecisionError("block_unknown", block=block)


def cast_vote(command: cmd.CastVote, context: Context) -> list[ev.Event]:
    _check_open(context)
    _pending(command.candidate_id, context)
    if context.actor_id not in context.session.deliberation.present():
        raise NotAllowedError("not_present", participant_id=context.actor_id)
    _check_known(context, context.actor_id)
    return [
        ev.VoteCast(
            at_ms=context.now_ms,
            candidate_id=command.candidate_id,
            participant_id=context.actor_id,
            ballot=command.ballot,
        )
    ]


def adopt_decision(command: cmd.AdoptDecision, context: Context) -> list[ev.Event]:
    _check_open(context)
    decision = _pending(command.candidate_id, context)
    _check_quorum(context)
    present = context.session.deliberation.present()
    attendance = context.session.deliberation.attendance()
    for member_id in present:
        _check_known(context, member_id)
        _check_heard(context, member_id, attendance[member_id])
    ballots = [decision.ballots[who] for who in present if who in decision.ballots]
    if len(ballots) < len(present):
        raise DecisionError("votes_missing", missing=len(present) - len(ballots))
    count = {ballot: ballots.count(ballot) for ballot in ("for", "against", "abstain")}
    if count["for"] <= count["against"]:
        raise DecisionError("no_majority", votes_for=count["for"], against=count["against"])
    return [
        ev.DecisionAdopted(
            at_ms=context.now_ms,
            candidate_id=command.candidate_id,
            outcome=decision.proposal.outcome,
            blocks=decision.proposal.blocks,
            votes_for=count["for"],
            votes_against=count["against"],
            abstentions=count["abstain"],
        )
    ]


def close_deliberation(_command: cmd.CloseDeliberation, context: Context) -> list[ev.Event]:
    _check_open(context)
    decisions = context.session.deliberation.decisions
    for sitting in context.session.sittings.values():
        decision = decisions.get(sitting.plan.candidate_id)
        is_decided = decision is not None and decision.adopted is not None
        if sitting.state is SittingState.CLOSED and not is_decided:
            raise DecisionError("undecided_candidate", candidate_id=sitting.plan.candidate_id)
    return [ev.DeliberationClosed(at_ms=context.now_ms)]


def _pending(candidate_id: str, context: Context) -> Decision:
    decision = context.session.deliberation.decisions.get(candidate_id)
    if decision is None:
        raise NotReadyError("decision_not_proposed", candidate_id=candidate_id)
    if decision.adopted is not None:
        raise DecisionError("already_decided", candidate_id=candidate_id)
    return decision


def _check_open(context: Context) -> None:
    if not context.session.deliberation.is_open:
        raise IllegalTransitionError("deliberation_not_open")


def _check_quorum(context: Context) -> None:
    present = context.session.deliberation.present()
    minimum = context.session.info.diploma.commission_minimum
    if len(present) < minimum or context.session.chair_id not in present:
        raise DecisionError("quorum_not_met", present=len(present), minimum=minimum)


def _check_known(context: Context, member_id: str) -> None:
    """A member who came back by another device is checked again before they count."""
    if member_id not in context.session.checks:
        raise NotReadyError("identity_unchecked", participant_id=member_id)


def _check_heard(context: Context, member_id: str, attendance: str) -> None:
    """A remote member must speak and be heard (J2); on site the room sees to it."""
    if attendance == "remote" and context.session.media_of(member_id).is_cut_off:
        raise DecisionError("member_cut_off", participant_id=member_id)


HANDLERS: Handlers = {
    cmd.OpenDeliberation: open_deliberation,
    cmd.AnswerRollCall: answer_roll_call,
    cmd.ProposeDecision: propose_decision,
    cmd.CastVote: cast_vote,
    cmd.AdoptDecision: adopt_decision,
    cmd.CloseDeliberation: close_deliberation,
}
"""What each command of this area does."""
