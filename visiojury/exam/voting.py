"""Acts on one candidate: taken up, proposed, voted, adopted.

No decision while a voting member is cut off (J5): the chair waits, or records that the
deliberation goes on without them (visiojury.exam.jury). Who is out for the candidate counts for
nothing here, and has left the meeting.
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.agenda import is_decided, to_decide
from visiojury.exam.context import Context, Handlers
from visiojury.exam.deliberation import Decision
from visiojury.exam.errors import DecisionError, NotAllowedError, NotFoundError, NotReadyError
from visiojury.exam.jury import check_heard, check_open
from visiojury.exam.register import counting, out_for, presiding
from visiojury.exam.scope import check_identity_known


def take_up_candidate(command: cmd.TakeUpCandidate, context: Context) -> list[ev.Event]:
    check_open(context)
    _check_decidable(command.candidate_id, context)
    if context.actor_id != context.session.chair_id:
        _check_presides(command.candidate_id, context)
    if context.session.deliberation.taken_up == command.candidate_id:
        return []
    return [ev.CandidateTakenUp(at_ms=context.now_ms, candidate_id=command.candidate_id)]


def propose_decision(command: cmd.ProposeDecision, context: Context) -> list[ev.Event]:
    check_open(context)
    _check_decidable(command.candidate_id, context)
    _check_quorum(command.candidate_id, context)
    _check_presides(command.candidate_id, context)
    _check_taken_up(command.candidate_id, context)
    _check_blocks(command, context)
    return [
        ev.DecisionProposed(
            at_ms=context.now_ms,
            candidate_id=command.candidate_id,
            outcome=command.outcome,
            blocks=command.blocks,
        )
    ]


def cast_vote(command: cmd.CastVote, context: Context) -> list[ev.Event]:
    check_open(context)
    _pending(command.candidate_id, context)
    if context.actor_id not in context.session.deliberation.present():
        raise NotAllowedError("not_present", participant_id=context.actor_id)
    if context.actor_id in out_for(context.session, command.candidate_id):
        raise NotAllowedError("member_recused", participant_id=context.actor_id)
    check_identity_known(context, context.actor_id)
    return [
        ev.VoteCast(
            at_ms=context.now_ms,
            candidate_id=command.candidate_id,
            participant_id=context.actor_id,
            ballot=command.ballot,
        )
    ]


def adopt_decision(command: cmd.AdoptDecision, context: Context) -> list[ev.Event]:
    check_open(context)
    decision = _pending(command.candidate_id, context)
    _check_quorum(command.candidate_id, context)
    _check_presides(command.candidate_id, context)
    _check_taken_up(command.candidate_id, context)
    counted = counting(context.session, command.candidate_id)
    for member_id in counted:
        # A member who came back by another device is checked again before they count.
        check_identity_known(context, member_id)
        check_heard(context.session, member_id)
    ballots = [decision.ballots[who] for who in counted if who in decision.ballots]
    if len(ballots) < len(counted):
        raise DecisionError("votes_missing", missing=len(counted) - len(ballots))
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


def _check_decidable(candidate_id: str, context: Context) -> None:
    """What was said in a postponed or voided sitting does not count (D9)."""
    sittings = context.session.sittings.values()
    if all(sitting.plan.candidate_id != candidate_id for sitting in sittings):
        raise NotFoundError("participant_unknown", participant_id=candidate_id)
    if candidate_id not in to_decide(context.session):
        raise DecisionError("nothing_to_decide", candidate_id=candidate_id)
    if is_decided(context.session, candidate_id):
        raise DecisionError("already_decided", candidate_id=candidate_id)


def _check_quorum(candidate_id: str, context: Context) -> None:
    counted = counting(context.session, candidate_id)
    minimum = context.session.info.diploma.commission_minimum
    if len(counted) < minimum or presiding(context.session, candidate_id) is None:
        raise DecisionError("quorum_not_met", present=len(counted), minimum=minimum)


def _check_presides(candidate_id: str, context: Context) -> None:
    if context.actor_id != presiding(context.session, candidate_id):
        raise NotAllowedError("not_presiding", candidate_id=candidate_id)


def _check_taken_up(candidate_id: str, context: Context) -> None:
    """Whoever is out has to leave first, and that is an act of its own."""
    deliberation = context.session.deliberation
    is_anyone_out = out_for(context.session, candidate_id) & set(deliberation.present())
    if is_anyone_out and deliberation.taken_up != candidate_id:
        raise NotReadyError("candidate_not_taken_up", candidate_id=candidate_id)


def _check_blocks(command: cmd.ProposeDecision, context: Context) -> None:
    """Blocks go with a partial decision, and come from the diploma (J6)."""
    diploma = context.session.info.diploma
    is_repeated = len(set(command.blocks)) < len(command.blocks)
    if (command.outcome == "partial") != bool(command.blocks) or is_repeated:
        raise DecisionError("blocks_unfit", outcome=command.outcome)
    for block in command.blocks:
        if block not in diploma.blocks:
            raise DecisionError("block_unknown", block=block)


def _pending(candidate_id: str, context: Context) -> Decision:
    decision = context.session.deliberation.decisions.get(candidate_id)
    if decision is None:
        raise NotReadyError("decision_not_proposed", candidate_id=candidate_id)
    if decision.adopted is not None:
        raise DecisionError("already_decided", candidate_id=candidate_id)
    return decision


HANDLERS: Handlers = {
    cmd.TakeUpCandidate: take_up_candidate,
    cmd.ProposeDecision: propose_decision,
    cmd.CastVote: cast_vote,
    cmd.AdoptDecision: adopt_decision,
}
"""What each command of this area does."""
