"""A sitting, its clock and its outages, projected: the same for everybody whom it concerns."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam import events as ev
from visiojury.exam.clock import cap_s
from visiojury.exam.conduct import left_under_cap_s, provisional_s
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.transitions import SittingState


class ClockView(Part):
    """Exactly one of `end_due_ms` (it runs) and `remaining_ms` (it stands still) is given."""

    started_ms: int
    ended_ms: int | None
    runs: bool
    end_due_ms: int | None
    remaining_ms: int | None
    extension_ms: int
    """What outages give, but for what grows now."""
    growing_since_ms: int | None
    """The extension grows by now - this, up to the cap; None: it does not grow."""
    cap_ms: int


class OutageView(Part):
    outage_id: str
    start_ms: int
    end_ms: int | None
    participant_id: str | None
    """Whose stream failed first; None: somebody declared the outage."""
    stream: ev.Streams
    cause: ev.Cause | None
    declared_by: str | None
    side: ev.Side | None
    description: str | None
    findings: dict[str, str]
    """By office: what it saw."""
    provisional_s: int | None
    """Whole seconds it gives unless decided otherwise; None while it is open."""
    most_s: int | None
    """The most that may be granted under the cap now; None while it is open."""
    granted_s: int | None
    reason: str | None


class SittingView(Part):
    sitting_id: str
    state: SittingState
    candidate_id: str
    assistant_id: str | None
    examiner_ids: list[str]
    host_office_id: str
    planned_ms: int
    duration_s: int
    adjustment_s: int
    cap_s: int
    is_attestation_signed: bool
    late_s: int
    forfeited_s: int
    clock: ClockView | None
    outages: dict[str, OutageView]
    pause_reason: str | None
    is_postponement_advised: bool
    postponement_reason: str | None
    agreed_offices: list[str]
    voiding_offices: list[str]
    ending_reason: str | None
    """Why nothing counts of it, where a person gave a reason."""
    has_incident: bool
    remarks: list[str]
    sharer_id: str | None
    """Whose screen is shown to everybody in the sitting."""
    muted: dict[str, list[ev.Stream]]
    """What nobody hears or sees of whom, by an act of the chair or the organising office."""
    sent_out: list[str]
    """Who waits outside until they are let back in."""
    sheet_signed: list[str]
    """Offices that have signed the incident sheet."""
    is_sheet_handed: bool


def sitting_view(sitting: Sitting, now_ms: int) -> SittingView:
    """Return the sitting as everybody sees it whom it concerns."""
    plan = sitting.plan
    is_paused = bool(sitting.pauses) and sitting.pauses[-1].end_ms is None
    return SittingView(
        sitting_id=sitting.sitting_id,
        state=sitting.state,
        candidate_id=plan.candidate_id,
        assistant_id=plan.assistant_id,
        examiner_ids=list(plan.examiner_ids),
        host_office_id=plan.host_office_id,
        planned_ms=plan.planned_ms,
        duration_s=plan.duration_s,
        adjustment_s=plan.adjustment_s,
        cap_s=cap_s(plan.duration_s),
        is_attestation_signed=sitting.attestation is not None,
        late_s=sitting.started.late_s if sitting.started else 0,
        forfeited_s=sitting.started.forfeited_s if sitting.started else 0,
        clock=_clock(sitting, now_ms),
        outages={o.outage_id: _outage(sitting, o, now_ms) for o in sitting.outages},
        pause_reason=sitting.pauses[-1].reason if is_paused else None,
        is_postponement_advised=sitting.is_postponement_advised,
        postponement_reason=sitting.postponement.reason if sitting.postponement else None,
        agreed_offices=sorted(sitting.postponing.offices),
        voiding_offices=sorted(sitting.voiding.offices),
        ending_reason=sitting.ending.reason if sitting.ending else None,
        has_incident=sitting.has_incident,
        remarks=[remarks.text for remarks in sitting.sheet.remarks],
        sharer_id=sitting.sharer_id,
        muted={who: sorted(streams) for who, streams in sorted(sitting.muted.items())},
        sent_out=sorted(sitting.sent_out),
        sheet_signed=sorted(sitting.sheet.signed),
        is_sheet_handed=sitting.sheet.handed_ms is not None,
    )


def _clock(sitting: Sitting, now_ms: int) -> ClockView | None:
    reading = sitting.read_clock(now_ms)
    if reading is None:
        return None
    runs = reading.runs and sitting.ended_ms is None
    is_growing = (
        sitting.state is SittingState.RUNNING
        and bool(sitting.open_outages)
        and reading.extension_ms < reading.cap_ms
    )
    growing_ms = sum(sitting.counted_ms(o, reading.at_ms) for o in sitting.open_outages)
    return ClockView(
        started_ms=reading.started_ms,
        ended_ms=sitting.ended_ms,
        runs=runs,
        end_due_ms=reading.end_due_ms if runs else None,
        remaining_ms=None if runs else reading.remaining_ms,
        extension_ms=reading.extension_ms - (growing_ms if is_growing else 0),
        growing_since_ms=reading.at_ms - growing_ms if is_growing else None,
        cap_ms=reading.cap_ms,
    )


def _outage(sitting: Sitting, outage: Outage, now_ms: int) -> OutageView:
    declaration, is_over = outage.declaration, outage.end_ms is not None
    first = outage.hindrances[0] if outage.hindrances else None
    return OutageView(
        outage_id=outage.outage_id,
        start_ms=outage.start_ms,
        end_ms=outage.end_ms,
        participant_id=first.participant_id if first else None,
        stream=first.stream if first else declaration.stream if declaration else "both",
        cause=first.cause if first else None,
        declared_by=outage.declared_by,
        side=declaration.side if declaration else None,
        description=declaration.description if declaration else None,
        findings={office: finding.text for office, finding in outage.findings.items()},
        provisional_s=provisional_s(sitting, outage, now_ms) if is_over else None,
        most_s=min(
            provisional_s(sitting, outage, now_ms), left_under_cap_s(sitting, outage, now_ms)
        )
        if is_over
        else None,
        granted_s=outage.decision.granted_s if outage.decision else None,
        reason=outage.decision.reason if outage.decision else None,
    )
