"""A sitting as it stands: the fold of its events."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from visiojury.exam import clock
from visiojury.exam import events as ev
from visiojury.exam.clock import Lost, Pause
from visiojury.exam.errors import NotFoundError
from visiojury.exam.transitions import LIVE, SittingState


@dataclass(slots=True)
class Outage:
    outage_id: str
    start_ms: int
    hindrances: tuple[ev.Hindrance, ...]
    end_ms: int | None = None
    decision: ev.ExtensionDecided | None = None

    def as_lost(self) -> Lost:
        granted_s = None if self.decision is None else self.decision.granted_s
        return Lost(self.start_ms, self.end_ms, granted_s)


@dataclass(slots=True)
class Sitting:
    plan: ev.SittingScheduled
    state: SittingState = SittingState.SCHEDULED
    attestation_ms: int | None = None
    admitted_ms: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    pauses: list[Pause] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    is_postponement_advised: bool = False
    postponement: ev.PostponementRequested | None = None
    agreed_offices: set[str] = field(default_factory=set)
    agreed_by: set[str] = field(default_factory=set)

    @property
    def sitting_id(self) -> str:
        return self.plan.sitting_id

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def open_outage(self) -> Outage | None:
        return next((outage for outage in self.outages if outage.end_ms is None), None)

    def outage(self, outage_id: str) -> Outage:
        """Raises: NotFoundError."""
        for outage in self.outages:
            if outage.outage_id == outage_id:
                return outage
        raise NotFoundError("outage_unknown", outage_id=outage_id)

    def read_clock(self, now_ms: int) -> clock.Reading | None:
        """Return the exam clock; it stops for good at the end; None before the start."""
        if self.started_ms is None:
            return None
        return clock.read(
            now_ms=max(self.started_ms, now_ms if self.ended_ms is None else self.ended_ms),
            started_ms=self.started_ms,
            duration_s=self.plan.duration_s,
            adjustment_s=self.plan.adjustment_s,
            pauses=self.pauses,
            outages=[outage.as_lost() for outage in self.outages],
        )

    def members(self) -> set[str]:
        """Return everyone whose picture and voice belong in this sitting."""
        ids = {self.plan.candidate_id, *self.plan.examiner_ids}
        return ids if self.plan.assistant_id is None else ids | {self.plan.assistant_id}

    def apply(self, event: ev.SittingEvent, *, by: str | None) -> None:
        """Change the state as `event` says; `by` is the participant who acted."""
        match event:
            case ev.AttestationSigned():
                self.attestation_ms = event.at_ms
            case ev.CandidateAdmitted():
                self.state, self.admitted_ms = SittingState.ADMITTED, event.at_ms
            case ev.CandidateAbsent():
                self._end(event.at_ms, SittingState.ABSENT)
            case ev.SittingRescheduled():
                self.plan = replace(
                    self.plan,
                    planned_ms=event.planned_ms,
                    room=event.room,
                    station=event.station,
                    examiner_ids=event.examiner_ids,
                )
            case ev.SittingCancelled():
                self._end(event.at_ms, SittingState.CANCELLED)
            case ev.SittingStarted():
                self.state, self.started_ms = SittingState.RUNNING, event.at_ms
            case ev.SittingPaused():
                self.state = SittingState.PAUSED
                self.pauses.append(Pause(event.at_ms, event.reason))
            case ev.SittingResumed():
                self.state = SittingState.RUNNING
                self.pauses[-1].end_ms = event.at_ms
            case ev.SittingClosed():
                self._end(event.at_ms, SittingState.CLOSED)
            case ev.OutageOpened():
                self.outages.append(Outage(event.outage_id, event.start_ms, event.hindrances))
            case ev.OutageClosed():
                outage = self.outage(event.outage_id)
                outage.start_ms, outage.end_ms = event.start_ms, event.end_ms
                outage.hindrances = event.hindrances
            case ev.ExtensionDecided():
                self.outage(event.outage_id).decision = event
            case ev.PostponementAdvised():
                self.is_postponement_advised = True
            case ev.PostponementRequested():
                self.postponement = event
            case ev.PostponementAgreed():
                self.agreed_offices.add(event.office_id)
                if by is not None:
                    self.agreed_by.add(by)
            case ev.SittingPostponed():
                self._end(event.at_ms, SittingState.POSTPONED)

    def _end(self, at_ms: int, state: SittingState) -> None:
        self.state, self.ended_ms = state, at_ms
        if self.pauses and self.pauses[-1].end_ms is None:
            self.pauses[-1].end_ms = at_ms
        if self.open_outage is not None:
            self.open_outage.end_ms = at_ms
