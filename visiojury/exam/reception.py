"""Acts before the sitting: arrival, signatures, admission, or none of them."""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import NotAllowedError, NotReadyError
from visiojury.exam.people import Participant, Role
from visiojury.exam.permissions import IDENTITY_CHECKED_BY
from visiojury.exam.scope import check_identity_known, check_own_candidate, sitting_for
from visiojury.exam.transitions import SittingState, Step

SAME_DAY_MS = 12 * 3600 * 1000
"""Two arrivals, or two signatures, that are closer are one, in whatever time zone the day is."""


def record_arrival(command: cmd.RecordArrival, context: Context) -> list[ev.Event]:
    """Source: requirements D1, D2."""
    return arrival(received_by_actor(command.participant_id, context), context)


def sign_attendance(command: cmd.SignAttendance, context: Context) -> list[ev.Event]:
    """One signature a day: by one's own act, or on the sheet that the receiving agent holds."""
    person = context.session.participant(command.participant_id)
    _check_own_hand(person.participant_id, command.means, context)
    if command.means == "paper":
        received_by_actor(person.participant_id, context)
    check_identity_known(context, person.participant_id)
    signed = context.session.attendance.get(person.participant_id, [])
    if signed and context.now_ms - signed[-1].at_ms < SAME_DAY_MS:
        return []
    return [
        ev.AttendanceSigned(
            at_ms=context.now_ms, participant_id=person.participant_id, means=command.means
        )
    ]


def sign_attestation(command: cmd.SignAttestation, context: Context) -> list[ev.Event]:
    """Source: instruction DGCS/SD4A/2026/19, annex 2 (D1)."""
    sitting = sitting_for(command, context, Step.CHECK_IN)
    _check_own_hand(sitting.plan.candidate_id, command.means, context)
    check_identity_known(context, sitting.plan.candidate_id)
    return [
        ev.AttestationSigned(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, means=command.means
        )
    ]


def admit(command: cmd.Admit, context: Context) -> list[ev.Event]:
    """One act, consumed on entry (D4)."""
    sitting = sitting_for(command, context, Step.ADMIT)
    check_identity_known(context, sitting.plan.candidate_id)
    if sitting.plan.assistant_id is not None:
        check_identity_known(context, sitting.plan.assistant_id)
    if sitting.attestation is None:
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


def received_by_actor(participant_id: str, context: Context) -> Participant:
    """Return the person if the actor is the agent who receives them."""
    person = context.session.participant(participant_id)
    if IDENTITY_CHECKED_BY.get(person.role) is not context.actor.role:
        raise NotAllowedError("not_allowed", participant_id=person.participant_id)
    check_own_candidate(context, person.participant_id)
    return person


def arrival(person: Participant, context: Context) -> list[ev.Event]:
    arrived_ms = context.session.arrivals.get(person.participant_id)
    if arrived_ms is not None and context.now_ms - arrived_ms < SAME_DAY_MS:
        return []
    return [ev.PersonArrived(at_ms=context.now_ms, participant_id=person.participant_id)]


def _check_own_hand(signer_id: str, means: ev.SignatureMeans, context: Context) -> None:
    """On screen everyone signs for themselves; a signature on paper is told by an agent."""
    is_agent = context.actor.role in {Role.ORGANISER, Role.INVIGILATOR}
    if (means == "screen") != (context.actor_id == signer_id) or (means == "paper") != is_agent:
        raise NotAllowedError("signature_not_own", participant_id=signer_id)


HANDLERS: Handlers = {
    cmd.RecordArrival: record_arrival,
    cmd.SignAttendance: sign_attendance,
    cmd.SignAttestation: sign_attestation,
    cmd.Admit: admit,
    cmd.MarkAbsent: mark_absent,
}
"""What each command of this area does."""
