"""Command + state -> events, or a refusal. Changes nothing itself."""

from __future__ import annotations

from functools import singledispatch

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam import jury
from visiojury.exam.clock import cap_s, counted_ms, whole_seconds
from visiojury.exam.context import Context
from visiojury.exam.errors import (
    ExtensionError,
    IllegalTransitionError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
)
from visiojury.exam.people import JURY, Participant, Role
from visiojury.exam.permissions import IDENTITY_CHECKED_BY, is_allowed
from visiojury.exam.sitting import SittingState, Step, next_state
from visiojury.exam.state import Outage, Session, Sitting


def decide(
    session: Session, command: cmd.Command, *, actor: Participant, now_ms: int
) -> list[ev.Event]:
    """Return what happens when `actor` asks for `command` at `now_ms`.

    Raises:
        ExamError: the act is refused; nothing has happened.
    """
    if not is_allowed(actor.role, type(command)):
        raise NotAllowedError("not_allowed", role=actor.role.value, command=command.command)
    if session.seal is not None and not isinstance(command, cmd.RevokeInvitation):
        raise IllegalTransitionError("record_sealed", step=command.command)
    return _decide(command, Context(session, actor, now_ms))


@singledispatch
def _decide(command: cmd.Command, context: Context) -> list[ev.Event]:
    return jury.decide(command, context)


def _sitting_for(command: cmd.SittingCommand, context: Context, step: Step) -> Sitting:
    """Return the sitting if the actor's office is concerned and its state allows `step`."""
    sitting = context.session.sitting(command.sitting_id)
    _check_office(context, sitting)
    if context.actor.role in JURY and context.actor_id not in sitting.plan.examiner_ids:
        raise NotAllowedError("not_a_member", sitting_id=sitting.sitting_id)
    next_state(sitting.state, step)
    return sitting


def _check_office(context: Context, sitting: Sitting) -> None:
    """An invigilator acts for the candidates of their own office only (A4)."""
    is_foreign = context.actor.office_id != sitting.plan.host_office_id
    if context.actor.role is Role.INVIGILATOR and is_foreign:
        raise NotAllowedError("foreign_office", sitting_id=sitting.sitting_id)


def _check_own_candidate(context: Context, participant_id: str) -> None:
    for sitting in context.session.sittings.values():
        if participant_id in {sitting.plan.candidate_id, sitting.plan.assistant_id}:
            _check_office(context, sitting)


# --- reception ------------------------------------------------------------------------------


@_decide.register
def _(command: cmd.CheckIdentity, context: Context) -> list[ev.Event]:
    person = context.session.participant(command.participant_id)
    if IDENTITY_CHECKED_BY.get(person.role) is not context.actor.role:
        raise NotAllowedError("not_allowed", participant_id=person.participant_id)
    _check_own_candidate(context, person.participant_id)
    return [
        ev.IdentityChecked(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            document=command.document,
        )
    ]


@_decide.register
def _(command: cmd.SignAttestation, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.CHECK_IN)
    _check_identity(context.session, sitting.plan.candidate_id)
    return [ev.AttestationSigned(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


@_decide.register
def _(command: cmd.Admit, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.ADMIT)
    _check_identity(context.session, sitting.plan.candidate_id)
    if sitting.plan.assistant_id is not None:
        _check_identity(context.session, sitting.plan.assistant_id)
    if sitting.attestation_ms is None:
        raise NotReadyError("attestation_unsigned", sitting_id=sitting.sitting_id)
    for other in context.session.sittings.values():
        is_same_jury = set(other.plan.examiner_ids) & set(sitting.plan.examiner_ids)
        is_busy = other.is_live or other.state is SittingState.ADMITTED
        if other is not sitting and is_same_jury and is_busy:
            raise NotReadyError("commission_busy", sitting_id=other.sitting_id)
    return [ev.CandidateAdmitted(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


@_decide.register
def _(command: cmd.MarkAbsent, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.MARK_ABSENT)
    return [ev.CandidateAbsent(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def _check_identity(session: Session, participant_id: str) -> None:
    if participant_id not in session.checks:
        raise NotReadyError("identity_unchecked", participant_id=participant_id)


# --- the sitting ----------------------------------------------------------------------------


@_decide.register
def _(command: cmd.Start, context: Context) -> list[ev.Event]:
    session, sitting = context.session, _sitting_for(command, context, Step.START)
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
        _check_identity(session, examiner_id)
    return [ev.SittingStarted(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


@_decide.register
def _(command: cmd.Pause, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.PAUSE)
    return [
        ev.SittingPaused(at_ms=context.now_ms, sitting_id=sitting.sitting_id, reason=command.reason)
    ]


@_decide.register
def _(command: cmd.Resume, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.RESUME)
    return [ev.SittingResumed(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


@_decide.register
def _(command: cmd.DecideExtension, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.DECIDE_EXTENSION)
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


@_decide.register
def _(command: cmd.RequestPostponement, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.REQUEST_POSTPONEMENT)
    return [
        ev.PostponementRequested(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, reason=command.reason
        )
    ]


@_decide.register
def _(command: cmd.AgreePostponement, context: Context) -> list[ev.Event]:
    """Two acts by two people of two offices. Source: instruction, annex 2 (D9)."""
    sitting = _sitting_for(command, context, Step.POSTPONE)
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


@_decide.register
def _(command: cmd.Close, context: Context) -> list[ev.Event]:
    sitting = _sitting_for(command, context, Step.CLOSE)
    if sitting.open_outage is not None:
        raise ExtensionError("outage_open", outage_id=sitting.open_outage.outage_id)
    for outage in sitting.outages:
        if outage.decision is None:
            raise ExtensionError("outage_undecided", outage_id=outage.outage_id)
    return [ev.SittingClosed(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


# --- help and access ------------------------------------------------------------------------


@_decide.register
def _(_command: cmd.CallHelp, context: Context) -> list[ev.Event]:
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


@_decide.register
def _(command: cmd.AnswerHelp, context: Context) -> list[ev.Event]:
    call = context.session.helps.get(command.help_id)
    if call is None:
        raise NotFoundError("help_unknown", help_id=command.help_id)
    _check_own_candidate(context, call.call.participant_id)
    if call.answered_ms is not None:
        return []
    return [ev.HelpAnswered(at_ms=context.now_ms, help_id=command.help_id)]


@_decide.register
def _(command: cmd.RevokeInvitation, context: Context) -> list[ev.Event]:
    context.session.participant(command.participant_id)
    return [
        ev.InvitationRevoked(at_ms=context.now_ms, invitation_id=invitation_id)
        for invitation_id in context.session.standing_access(command.participant_id)
    ]
