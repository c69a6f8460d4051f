"""Acts of the sitting: its clock, the time that outages give back, its close, help."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import SECOND_MS, cap_s, whole_seconds
from visiojury.exam.context import Context, Handlers
from visiojury.exam.duty import check_duty
from visiojury.exam.errors import ExtensionError, NotFoundError, NotReadyError
from visiojury.exam.relations import check_unrelated
from visiojury.exam.scope import check_identity_known, check_own_candidate, sitting_for
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.state import Session
from visiojury.exam.stations import carried_media
from visiojury.exam.transitions import Step


def start(command: cmd.Start, context: Context) -> list[ev.Event]:
    session, sitting = context.session, sitting_for(command, context, Step.START)
    candidate = carried_media(session, sitting.plan.candidate_id)
    if not candidate.is_connected or not all(s.flows for s in candidate.streams.values()):
        raise NotReadyError("candidate_not_connected", sitting_id=sitting.sitting_id)
    heard = [
        examiner_id
        for examiner_id in sitting.plan.examiner_ids
        if not carried_media(session, examiner_id).is_cut_off
    ]
    minimum = session.info.diploma.commission_minimum
    if len(heard) < minimum or context.actor_id not in heard:
        raise NotReadyError("commission_incomplete", present=len(heard), minimum=minimum)
    for examiner_id in heard:
        check_identity_known(context, examiner_id)
    check_unrelated(session, sitting.plan.candidate_id, sitting.plan.examiner_ids)
    check_duty(session, sitting)
    return [_started(session, sitting, context.now_ms)]


def _started(session: Session, sitting: Sitting, now_ms: int) -> ev.Event:
    """Late is told whatever the cause; only the candidate's own lateness costs them time.

    It runs from the planned instant to their arrival, and only where the sitting's rule keeps
    the end where it was. Source: requirement D5.
    """
    plan = sitting.plan
    late_s = max(0, now_ms - plan.planned_ms) // SECOND_MS
    arrived_ms = session.arrivals.get(plan.candidate_id, plan.planned_ms)
    own_s = max(0, arrived_ms - plan.planned_ms) // SECOND_MS if plan.late_ends_on_time else 0
    if own_s >= plan.duration_s + plan.adjustment_s:
        raise NotReadyError("too_late", sitting_id=sitting.sitting_id)
    return ev.SittingStarted(
        at_ms=now_ms,
        sitting_id=sitting.sitting_id,
        late_s=late_s,
        forfeited_s=min(own_s, late_s),
    )


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
    for other in sitting.open_outages:
        # How much of this one the other gives is known only when it is over (D7).
        if other.start_ms < outage.end_ms:
            raise ExtensionError("outage_open", outage_id=other.outage_id)
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
    return whole_seconds(sitting.counted_ms(outage, now_ms))


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


def close(command: cmd.Close, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.CLOSE)
    for outage in sitting.open_outages:
        raise ExtensionError("outage_open", outage_id=outage.outage_id)
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
    cmd.Close: close,
    cmd.CallHelp: call_help,
    cmd.AnswerHelp: answer_help,
}
"""What each command of this area does."""
