"""Acts on the session itself: its life, from draft to its end; access; tests of stations.

People and offices: enrolment.py. Relations: relations.py. Sittings: schedule.py. Duty: duty.py.
Technical test: technical_test.py.
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import duty, enrolment, relations, schedule, technical_test
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.duty import AGENTS
from visiojury.exam.enrolment import check_identifier, check_office_known, revoked
from visiojury.exam.errors import DefinitionError, NotReadyError
from visiojury.exam.people import Role
from visiojury.exam.relations import check_unrelated
from visiojury.exam.state import Session
from visiojury.exam.transitions import ENDED, UNDER_WAY, SessionStep, SittingState

MINIMUM_OFFICES = 2
"""Video needs a session pooled between at least two offices. Source: instruction, II.1 (S2)."""


# --- the life of the session


def opened(session: Session, now_ms: int) -> list[ev.Event]:
    """Return what opening comes to; everything must be there.

    Raises:
        DefinitionError: saying what is not.
    """
    if len(session.info.offices) < MINIMUM_OFFICES:
        raise DefinitionError("session_not_pooled", offices=len(session.info.offices))
    if not any(person.role is Role.CHAIR for person in session.enrolled()):
        raise DefinitionError("chair_not_one", chairs=0)
    planned = [s.plan for s in session.sittings.values() if s.state not in ENDED]
    if not planned:
        raise DefinitionError("session_without_sitting")
    for plan in planned:
        check_unrelated(session, plan.candidate_id, plan.examiner_ids)
    for office_id in {session.info.organising_office_id, *(p.host_office_id for p in planned)}:
        _check_agent(session, office_id)
    has_manager = any(p.role is Role.SESSION_MANAGER for p in session.enrolled())
    if session.info.diploma.is_managed and not has_manager:
        raise DefinitionError("session_manager_unnamed")
    return [ev.SessionOpened(at_ms=now_ms)]


def _check_agent(session: Session, office_id: str) -> None:
    """Each office needs somebody who can be on duty for it (D3)."""
    if not any(p.role in AGENTS and p.office_id == office_id for p in session.enrolled()):
        raise DefinitionError("office_without_agent", office=session.office(office_id).name)


def open_session(_command: cmd.OpenSession, context: Context) -> list[ev.Event]:
    return opened(context.session, context.now_ms)


def suspend(command: cmd.SuspendSession, context: Context) -> list[ev.Event]:
    """Nothing starts until it continues. A sitting that runs is paused first, by its chair."""
    for sitting in context.session.sittings.values():
        if sitting.state is SittingState.RUNNING:
            raise NotReadyError("sitting_running", sitting_id=sitting.sitting_id)
    return [ev.SessionSuspended(at_ms=context.now_ms, reason=command.reason)]


def continue_session(_command: cmd.ContinueSession, context: Context) -> list[ev.Event]:
    return [ev.SessionContinued(at_ms=context.now_ms)]


def cancel(command: cmd.CancelSession, context: Context) -> list[ev.Event]:
    return [
        *_sittings_given_up(context, command.reason),
        ev.SessionCancelled(at_ms=context.now_ms, reason=command.reason),
    ]


def move(command: cmd.MoveSession, context: Context) -> list[ev.Event]:
    """What was not held is held in another session, which names this one as followed (D12)."""
    check_identifier(command.to_session_id, {context.session.info.session_id})
    return [
        *_sittings_given_up(context, command.reason),
        ev.SessionMoved(
            at_ms=context.now_ms,
            reason=command.reason,
            to_session_id=command.to_session_id,
        ),
    ]


def _sittings_given_up(context: Context, reason: str) -> list[ev.Event]:
    sittings = [s for s in context.session.sittings.values() if s.state not in ENDED]
    for sitting in sittings:
        if sitting.state in UNDER_WAY:
            raise NotReadyError("sitting_under_way", sitting_id=sitting.sitting_id)
    return [schedule.cancelled(sitting, reason, context.now_ms) for sitting in sittings]


# --- access and stations


def revoke_invitation(command: cmd.RevokeInvitation, context: Context) -> list[ev.Event]:
    person = context.session.participant(command.participant_id)
    return revoked(context.session, person.participant_id, context.now_ms)


def record_station_test(command: cmd.RecordStationTest, context: Context) -> list[ev.Event]:
    """Both offices test together: the partner is of another one (B5)."""
    session = context.session
    check_office_known(session, command.office_id)
    partner = session.participant(command.partner_id)
    offices = {partner.office_id, context.actor.office_id}
    is_joint = partner.role in AGENTS and len(offices) == MINIMUM_OFFICES
    if not is_joint or command.office_id not in offices:
        raise DefinitionError("test_not_joint", participant_id=partner.participant_id)
    return [
        ev.StationTested(
            at_ms=context.now_ms,
            station=command.station,
            office_id=command.office_id,
            partner_id=command.partner_id,
            browser=command.browser,
            path=command.path,
            quality=command.quality,
            is_good=command.is_good,
            remarks=command.remarks,
        )
    ]


def record_device_check(command: cmd.RecordDeviceCheck, context: Context) -> list[ev.Event]:
    """Everybody of themselves: nobody else was in that call."""
    return [
        ev.DeviceChecked(
            at_ms=context.now_ms,
            participant_id=context.actor_id,
            browser=command.browser,
            open_paths=command.open_paths,
            path=command.path,
            verdict=command.verdict,
            rtt_ms=command.rtt_ms,
            lost_permille=command.lost_permille,
            jitter_ms=command.jitter_ms,
            bitrate_bps=command.bitrate_bps,
            frames_per_s=command.frames_per_s,
        )
    ]


HANDLERS: Handlers = {
    cmd.OpenSession: open_session,
    cmd.SuspendSession: suspend,
    cmd.ContinueSession: continue_session,
    cmd.CancelSession: cancel,
    cmd.MoveSession: move,
    cmd.RevokeInvitation: revoke_invitation,
    cmd.RecordStationTest: record_station_test,
    cmd.RecordDeviceCheck: record_device_check,
    **enrolment.HANDLERS,
    **relations.HANDLERS,
    **schedule.HANDLERS,
    **duty.HANDLERS,
    **technical_test.HANDLERS,
}
"""What each command of this area does."""

STEPS: dict[type[cmd.Command], SessionStep] = {
    cmd.OpenSession: SessionStep.OPEN,
    cmd.SuspendSession: SessionStep.SUSPEND,
    cmd.ContinueSession: SessionStep.CONTINUE,
    cmd.CancelSession: SessionStep.GIVE_UP,
    cmd.MoveSession: SessionStep.GIVE_UP,
    cmd.AddOffice: SessionStep.PLAN,
    cmd.AddDay: SessionStep.PLAN,
    cmd.EnrolParticipant: SessionStep.PLAN,
    cmd.WithdrawParticipant: SessionStep.PLAN,
    cmd.DeclareRelation: SessionStep.PREPARE,
    cmd.WithdrawRelation: SessionStep.PREPARE,
    cmd.ScheduleSitting: SessionStep.PLAN,
    cmd.RescheduleSitting: SessionStep.PLAN,
    cmd.CancelSitting: SessionStep.PLAN,
    cmd.TakeDuty: SessionStep.DUTY,
    cmd.HandOverDuty: SessionStep.DUTY,
    cmd.RecordStationTest: SessionStep.PREPARE,
    cmd.RecordDeviceCheck: SessionStep.PREPARE,
    cmd.OpenTechnicalTest: SessionStep.TEST,
    cmd.CloseTechnicalTest: SessionStep.TEST,
    cmd.RevokeInvitation: SessionStep.ACCESS,
}
"""What each command of this area is to the session (transitions.py)."""
