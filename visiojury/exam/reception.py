"""Acts before the sitting: identity, signatures, admission."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.permissions import IDENTITY_CHECKED_BY
from visiojury.exam.scope import check_identity_known, check_own_candidate, sitting_for
from visiojury.exam.transitions import SittingState, Step


def check_identity(command: cmd.CheckIdentity, context: Context) -> list[ev.Event]:
    person = context.session.participant(command.participant_id)
    if IDENTITY_CHECKED_BY.get(person.role) is not context.actor.role:
        raise NotAllowedError("not_allowed", participant_id=person.participant_id)
    check_own_candidate(context, person.participant_id)
    return [
        ev.IdentityChecked(
            at_ms=context.now_ms,
            participant_id=person.participant_id,
            document=command.document,
        )
    ]


def sign_attestation(command: cmd.SignAttestation, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.CHECK_IN)
    check_identity_known(context.session, sitting.plan.candidate_id)
    return [ev.AttestationSigned(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def admit(command: cmd.Admit, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.ADMIT)
    check_identity_known(context.session, sitting.plan.candidate_id)
    if sitting.plan.assistant_id is not None:
        check_identity_known(context.session, sitting.plan.assistant_id)
    if sitting.attestation_ms is None:
        raise NotReadyError("attestation_unsigned", sitting_id=sitting.sitting_id)
    for other in context.session.sittings.values():
        is_same_jury = set(other.plan.examiner_ids) & set(sitting.plan.examiner_ids)
        is_busy = other.is_live or other.state is SittingState.ADMITTED
        if other is not sitting and is_same_jury and is_busy:
            raise NotReadyError("commission_busy", sitting_id=other.sitting_id)
    return [ev.CandidateAdmitted(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def mark_absent(command: cmd.MarkAbsent, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.MARK_ABSENT)
    return [ev.CandidateAbsent(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


HANDLERS: Handlers = {
    cmd.CheckIdentity: check_identity,
    cmd.SignAttestation: sign_attestation,
    cmd.Admit: admit,
    cmd.MarkAbsent: mark_absent,
}
"""What each command of this area does."""
