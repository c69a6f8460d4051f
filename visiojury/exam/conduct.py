"""Acts of the sitting: clock, outages and their time, postponement, help."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import cap_s, counted_ms, whole_seconds
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import ExtensionError, NotAllowedError, NotFoundError, NotReadyError
from visiojury.exam.scope import check_identity_known, check_own_candidate, sitting_for
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.transitions import Step


def start(command: cmd.Start, context: Context) -> list[ev.Event]:
    session, sitting = context.session, sitting_for(command, context, Step.START)
    candidate = session.media_of(sitting.plan.candidate_id)
    if not candidate.is_connected or not all(s.flows for s in candidate.streams.values()):
        raise NotReadyError("candidate_not_connected", sitting_id=sitting.sitting_id)
    heard = [
        examiner_id
        for examiner_id in sitting.plan.examiner_ids
        if not session.media_of(examiner_id).is_cut_off
    ]
    minimum = session.info.diploma.commission_minimum
    if len(heard) < minimum or context.actor_id not in heard:
        raise NotReadyError("commission_incomplete", present=len(heard), minimum=minimum)
    for examiner_id in heard:
        check_identity_known(session, examiner_id)
    return [ev.SittingStarted(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def pause(command: cmd.Pause, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.PAUSE)
    return [
        ev.SittingPaused(at_ms=context.now_ms, sitting_id=sitting.sitting_id, reason=command.reason)
    ]


def resume(command: cmd.Resume, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.RESUME)
    return [ev.SittingResumed(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def decide_extension(command: cmd.DecideExtension, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.DECIDE_EXTENSION)
    outage = sitting.outage(command.outage_id)
    if outage.end_ms is None:
        raise ExtensionError("outage_open", outage_id=outage.outage_id)
    length_s = provisional_s(sitting, outage, context.now_ms)
    if command.granted_s > length_s:
        raise ExtensionError("extension_over_length", most_s=length_s)
    left_s = left_under_cap_s(sitting, outage, context.now_ms)
    if command.granted_s > left_s:
        raise ExtensionError("extension_over_cap", most_s=left_s)
    return [
        ev.ExtensionDecided(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            outage_id=outage.outage_id,
            provisional_s=length_s,
            granted_s=command.granted_s,
            left_under_cap_s=left_s - command.granted_s,
            reason=command.reason,
        )
    ]


def provisional_s(sitting: Sitting, outage: Outage, now_ms: int) -> int:
    """Return the whole seconds that an outage gives unless the chair decides otherwise."""
    return whole_seconds(counted_ms(outage.as_lost(), sitting.pauses, now_ms))


def left_under_cap_s(sitting: Sitting, outage: Outage, now_ms: int) -> int:
    """Return the most seconds that may be given for `outage`, the others standing as they do.

    Earlier outages come first: one that is still undecided holds its provisional seconds.
    """
    others_s = 0
    for other in sitting.outages:
        if other is outage:
            continue
        if other.decision is not None:
            others_s += other.decision.granted_s
        elif other.start_ms < outage.start_ms:
            others_s += provisional_s(sitting, other, now_ms)
    return max(0, cap_s(sitting.plan.duration_s) - others_s)


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
    offices = {context.session.info.organising_office_id, sitting.plan.host_office_id}
    if context.actor.office_id not in offices:
        raise NotAllowedError("foreign_office", sitting_id=sitting.sitting_id)
    if context.actor_id in sitting.agreed_by:
        return []  # Said already.
    agreed = ev.PostponementAgreed(
        at_ms=context.now_ms,
        sitting_id=sitting.sitting_id,
        office_id=context.actor.office_id,
    )
    is_first = not sitting.agreed_by  # Where one office is both, it still takes two people.
    if is_first or sitting.agreed_offices | {context.actor.office_id} < offices:
        return [agreed]
    return [agreed, ev.SittingPostponed(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def close(command: cmd.Close, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.CLOSE)
    if sitting.open_outage is not None:
        raise ExtensionError("outage_open", outage_id=sitting.open_outage.outage_id)
    for outage in sitting.outages:
        if outage.decision is None:
            raise ExtensionError("outage_undecided", outage_id=outage.outage_id)
    return [ev.SittingClosed(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


# --- help


def call_help(_command: cmd.CallHelp, context: Context) -> list[ev.Event]:
    for call in context.session.helps.values():
        if call.call.participant_id == context.actor_id and call.answered_ms is None:
            return []  # Already called: pressing twice is not two calls.
    return [
        ev.HelpCalled(
            at_ms=context.now_ms,
            help_id=f"help-{len(context.session.helps) + 1}",
            participant_id=context.actor_id,
        )
    ]


def answer_help(command: cmd.AnswerHelp, context: Context) -> list[ev.Event]:
    call = context.session.helps.get(command.help_id)
    if call is None:
        raise NotFoundError("help_unknown", help_id=command.help_id)
    check_own_candidate(context, call.call.participant_id)
    if call.answered_ms is not None:
        return []
    return [ev.HelpAnswered(at_ms=context.now_ms, help_id=command.help_id)]


HANDLERS: Handlers = {
    cmd.Start: start,
    cmd.Pause: pause,
    cmd.Resume: resume,
    cmd.DecideExtension: decide_extension,
    cmd.RequestPostponement: request_postponement,
    cmd.AgreePostponement: agree_postponement,
    cmd.Close: close,
    cmd.CallHelp: call_help,
    cmd.AnswerHelp: answer_help,
}
"""What each command of this area does."""
