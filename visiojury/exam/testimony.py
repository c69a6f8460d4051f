"""What people say of outages: those that they declare, what they found, the incident sheet.

Source: instruction DGCS/SD4A/2026/19, annexes 1 and 3 (requirements D7, D10).
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.errors import ExtensionError, NotAllowedError, NotReadyError
from visiojury.exam.people import Role
from visiojury.exam.scope import deciding_office, offices_of, sitting_for
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.transitions import Step


def declare_outage(command: cmd.DeclareOutage, context: Context) -> list[ev.Event]:
    """Its bounds are the declarer's testimony; it gives only what no other outage gives."""
    sitting, now_ms = sitting_for(command, context, Step.DECLARE_OUTAGE), context.now_ms
    start_ms = now_ms if command.start_ms is None else command.start_ms
    end_ms = now_ms if command.end_ms is None else command.end_ms
    if not (sitting.started_ms or 0) <= start_ms <= end_ms <= now_ms:
        raise ExtensionError("outage_bounds_unfit", sitting_id=sitting.sitting_id)
    reading = sitting.read_clock(start_ms)
    if reading is None or reading.remaining_ms <= 0:
        raise ExtensionError("time_was_over", sitting_id=sitting.sitting_id)
    outage_id = sitting.next_outage_id()
    declared = ev.OutageDeclared(
        at_ms=now_ms,
        sitting_id=sitting.sitting_id,
        outage_id=outage_id,
        start_ms=start_ms,
        side=command.side,
        stream=command.stream,
        description=command.description,
    )
    if command.end_ms is None:
        return [declared]
    return [declared, _ended(sitting, outage_id, command.end_ms, now_ms)]


def end_outage(command: cmd.EndOutage, context: Context) -> list[ev.Event]:
    """Anyone who may declare one may say that it is over: the clock must not stand for ever."""
    sitting, now_ms = sitting_for(command, context, Step.DECLARE_OUTAGE), context.now_ms
    outage = _declared(sitting, command.outage_id)
    if outage.end_ms is not None:
        raise ExtensionError("outage_over", outage_id=outage.outage_id)
    end_ms = now_ms if command.end_ms is None else command.end_ms
    if not outage.start_ms <= end_ms <= now_ms:
        raise ExtensionError("outage_bounds_unfit", sitting_id=sitting.sitting_id)
    return [_ended(sitting, outage.outage_id, end_ms, now_ms)]


def withdraw_outage(command: cmd.WithdrawOutage, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.DECLARE_OUTAGE)
    outage = _declared(sitting, command.outage_id)
    if outage.declared_by != context.actor_id:
        raise NotAllowedError("declared_by_another", outage_id=outage.outage_id)
    if outage.decision is not None:
        raise ExtensionError("outage_decided", outage_id=outage.outage_id)
    return [
        ev.DeclaredOutageWithdrawn(
            at_ms=context.now_ms, sitting_id=sitting.sitting_id, outage_id=outage.outage_id
        )
    ]


def note_finding(command: cmd.NoteFinding, context: Context) -> list[ev.Event]:
    """Both offices note what they saw, of each outage (D7)."""
    sitting = _unsigned(sitting_for(command, context, Step.NOTE))
    outage = sitting.outage(command.outage_id)
    return [
        ev.FindingNoted(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            outage_id=outage.outage_id,
            office_id=deciding_office(context, sitting),
            text=command.text,
        )
    ]


def note_remarks(command: cmd.NoteRemarks, context: Context) -> list[ev.Event]:
    """The candidate's own, written by them or for them by the invigilator (D10)."""
    sitting = _unsigned(sitting_for(command, context, Step.NOTE))
    is_own = context.actor_id == sitting.plan.candidate_id
    if context.actor.role is Role.CANDIDATE and not is_own:
        raise NotAllowedError("not_allowed", sitting_id=sitting.sitting_id)
    return [ev.RemarksNoted(at_ms=context.now_ms, sitting_id=sitting.sitting_id, text=command.text)]


def sign_incident_sheet(command: cmd.SignIncidentSheet, context: Context) -> list[ev.Event]:
    sitting = sitting_for(command, context, Step.SIGN_SHEET)
    office_id = deciding_office(context, sitting)
    if not sitting.has_incident:
        raise NotReadyError("nothing_to_report", sitting_id=sitting.sitting_id)
    if office_id in sitting.sheet.signed:
        return []  # Said already.
    return [
        ev.IncidentSheetSigned(
            at_ms=context.now_ms,
            sitting_id=sitting.sitting_id,
            office_id=office_id,
            means=command.means,
        )
    ]


def hand_incident_sheet(command: cmd.HandIncidentSheet, context: Context) -> list[ev.Event]:
    """To the jury, once both offices have signed it (annex 3)."""
    sitting = sitting_for(command, context, Step.SIGN_SHEET)
    deciding_office(context, sitting)
    if not offices_of(context.session, sitting) <= set(sitting.sheet.signed):
        raise NotReadyError("sheet_unsigned", sitting_id=sitting.sitting_id)
    if sitting.sheet.handed_ms is not None:
        return []
    return [ev.IncidentSheetHanded(at_ms=context.now_ms, sitting_id=sitting.sitting_id)]


def _ended(sitting: Sitting, outage_id: str, end_ms: int, now_ms: int) -> ev.Event:
    return ev.DeclaredOutageEnded(
        at_ms=now_ms, sitting_id=sitting.sitting_id, outage_id=outage_id, end_ms=end_ms
    )


def _declared(sitting: Sitting, outage_id: str) -> Outage:
    """Return the outage if somebody declared it: what was measured, nobody moves."""
    outage = sitting.outage(outage_id)
    if not outage.is_declared:
        raise NotAllowedError("outage_measured", outage_id=outage_id)
    return outage


def _unsigned(sitting: Sitting) -> Sitting:
    """What an office has signed is not changed afterwards."""
    if sitting.sheet.signed:
        raise NotReadyError("sheet_signed", sitting_id=sitting.sitting_id)
    return sitting


HANDLERS: Handlers = {
    cmd.DeclareOutage: declare_outage,
    cmd.EndOutage: end_outage,
    cmd.WithdrawOutage: withdraw_outage,
    cmd.NoteFinding: note_finding,
    cmd.NoteRemarks: note_remarks,
    cmd.SignIncidentSheet: sign_incident_sheet,
    cmd.HandIncidentSheet: hand_incident_sheet,
}
"""What each command of this area does."""
