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
    """Found by measurement (`hindrances`) or declared by somebody (`declaration`)."""

    outage_id: str
    start_ms: int
    hindrances: tuple[ev.Hindrance, ...] = ()
    declaration: ev.OutageDeclared | None = None
    declared_by: str | None = None
    end_ms: int | None = None
    decision: ev.ExtensionDecided | None = None
    findings: dict[str, ev.FindingNoted] = field(default_factory=dict)
    """What each office saw, by office."""

    @property
    def is_declared(self) -> bool:
        return self.declaration is not None

    def as_lost(self) -> Lost:
        granted_s = None if self.decision is None else self.decision.granted_s
        return Lost(self.start_ms, self.end_ms, granted_s)


@dataclass(slots=True)
class Sheet:
    """The incident sheet: what people add to what the record knows (D10)."""

    remarks: list[ev.RemarksNoted] = field(default_factory=list)
    signed: dict[str, ev.IncidentSheetSigned] = field(default_factory=dict)
    """By office."""
    handed_ms: int | None = None


@dataclass(slots=True)
class Agreement:
    """What two people of two offices decide together (D9)."""

    by: dict[str, str] = field(default_factory=dict)
    """Office of each person who has agreed."""

    @property
    def offices(self) -> set[str]:
        return set(self.by.values())

    def is_complete_with(self, person_id: str, office_id: str, offices: set[str]) -> bool:
        """Return whether one more person's word makes it so: two people, and every office."""
        people = {**self.by, person_id: office_id}
        return len(people) > 1 and offices <= set(people.values())


@dataclass(slots=True)
class Sitting:
    plan: ev.SittingScheduled
    state: SittingState = SittingState.SCHEDULED
    attestation: ev.AttestationSigned | None = None
    admitted_ms: int | None = None
    started: ev.SittingStarted | None = None
    ended_ms: int | None = None
    pauses: list[Pause] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    """In the order they were found or declared; the withdrawn ones are in `taken_back`."""
    taken_back: list[Outage] = field(default_factory=list)
    is_postponement_advised: bool = False
    postponement: ev.PostponementRequested | None = None
    postponing: Agreement = field(default_factory=Agreement)
    voiding: Agreement = field(default_factory=Agreement)
    ending: ev.SittingVoided | ev.CandidateExpelled | ev.CandidateWithdrew | None = None
    """Why nothing counts of it, where a person had to give a reason."""
    sheet: Sheet = field(default_factory=Sheet)
    muted: dict[str, frozenset[ev.Stream]] = field(default_factory=dict)
    """What nobody is to see or hear, by participant."""
    sent_out: set[str] = field(default_factory=set)
    sharer_id: str | None = None
    """Whose screen everybody sees."""

    @property
    def sitting_id(self) -> str:
        return self.plan.sitting_id

    @property
    def started_ms(self) -> int | None:
        return None if self.started is None else self.started.at_ms

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def has_incident(self) -> bool:
        """Whether it needs an incident sheet: an outage, or a postponement for any reason."""
        return bool(self.outages) or self.state is SittingState.POSTPONED

    @property
    def open_outages(self) -> list[Outage]:
        return [outage for outage in self.outages if outage.end_ms is None]

    @property
    def open_found(self) -> Outage | None:
        """The open outage that was found: there is one at most."""
        return next((outage for outage in self.open_outages if not outage.is_declared), None)

    def outage(self, outage_id: str) -> Outage:
        """Raises: NotFoundError."""
        for outage in self.outages:
            if outage.outage_id == outage_id:
                return outage
        raise NotFoundError("outage_unknown", outage_id=outage_id)

    def next_outage_id(self) -> str:
        return f"{self.sitting_id}-{len(self.outages) + len(self.taken_back) + 1}"

    def outages_first_first(self) -> list[Outage]:
        """Return the outages in the order they count: found, then declared as they were (D7)."""
        return sorted(self.outages, key=lambda outage: outage.is_declared)

    def counted_ms(self, outage: Outage, now_ms: int) -> int:
        """Return an outage's length up to `now_ms`, less what pauses and others gave already."""
        ordered = self.outages_first_first()
        before = ordered[: ordered.index(outage)]
        return clock.counted_ms(outage, [*self.pauses, *before], now_ms)

    def read_clock(self, now_ms: int) -> clock.Reading | None:
        """Return the exam clock; it stops for good at the end; None before the start."""
        if self.started is None:
            return None
        return clock.read(
            now_ms=max(self.started.at_ms, now_ms if self.ended_ms is None else self.ended_ms),
            started_ms=self.started.at_ms,
            duration_s=self.plan.duration_s,
            adjustment_s=self.plan.adjustment_s,
            pauses=self.pauses,
            outages=[outage.as_lost() for outage in self.outages_first_first()],
            forfeited_s=self.started.forfeited_s,
        )

    def members(self) -> set[str]:
        """Return everyone whose picture and voice belong in this sitting."""
        ids = {self.plan.candidate_id, *self.plan.examiner_ids}
        return ids if self.plan.assistant_id is None else ids | {self.plan.assistant_id}

    def apply(self, event: ev.SittingEvent, *, by: str | None) -> None:
        """Change the state as `event` says; `by` is the participant who acted."""
        match event:
            case ev.AttestationSigned():
                self.attestation = event
            case ev.CandidateAdmitted():
                self.state, self.admitted_ms = SittingState.ADMITTED, event.at_ms
            case ev.SittingRescheduled():
                self.plan = replace(
                    self.plan,
                    planned_ms=event.planned_ms,
                    room=event.room,
                    station=event.station,
                    examiner_ids=event.examiner_ids,
                )
            case ev.SittingStarted():
                self.state, self.started = SittingState.RUNNING, event
                self._free_candidate()
            case ev.SittingPaused():
                self.state = SittingState.PAUSED
                self.pauses.append(Pause(event.at_ms, event.reason))
            case ev.SittingResumed():
                self.state = SittingState.RUNNING
                self.pauses[-1].end_ms = event.at_ms
                self._free_candidate()
            case ev.ParticipantMuted() | ev.ParticipantSentOut() | ev.ParticipantLetBackIn():
                self._apply_order(event)
            case ev.ScreenShared() | ev.ScreenStopped():
                is_shared = isinstance(event, ev.ScreenShared)
                self.sharer_id = event.participant_id if is_shared else None
            case ev.PostponementAdvised():
                self.is_postponement_advised = True
            case ev.PostponementRequested():
                self.postponement = event
            case ev.PostponementAgreed():
                self.postponing.by[by or ""] = event.office_id
            case ev.VoidingAgreed():
                self.voiding.by[by or ""] = event.office_id
            case _ if type(event) in _ENDINGS:
                self._end(event)
            case _:
                self._apply_outage(event, by)

    def _free_candidate(self) -> None:
        """The clock never runs on a candidate whom somebody keeps from being seen and heard."""
        self.muted.pop(self.plan.candidate_id, None)
        self.sent_out.discard(self.plan.candidate_id)

    def _apply_order(
        self, event: ev.ParticipantMuted | ev.ParticipantSentOut | ev.ParticipantLetBackIn
    ) -> None:
        who = event.participant_id
        match event:
            case ev.ParticipantMuted():
                streams: dict[ev.Stream, bool] = {"audio": event.audio, "video": event.video}
                muted = frozenset(name for name, is_muted in streams.items() if is_muted)
                self.muted.pop(who, None)
                if muted:
                    self.muted[who] = muted
            case ev.ParticipantSentOut():
                self.sent_out.add(who)
            case ev.ParticipantLetBackIn():
                self.sent_out.discard(who)

    def _apply_outage(self, event: ev.SittingEvent, by: str | None) -> None:
        match event:
            case ev.OutageOpened():
                self.outages.append(Outage(event.outage_id, event.start_ms, event.hindrances))
            case ev.OutageClosed():
                outage = self.outage(event.outage_id)
                outage.start_ms, outage.end_ms = event.start_ms, event.end_ms
                outage.hindrances = event.hindrances
            case ev.OutageDeclared():
                self.outages.append(
                    Outage(event.outage_id, event.start_ms, declaration=event, declared_by=by)
                )
            case ev.DeclaredOutageEnded():
                self.outage(event.outage_id).end_ms = event.end_ms
            case ev.DeclaredOutageWithdrawn():
                outage = self.outage(event.outage_id)
                self.outages.remove(outage)
                self.taken_back.append(outage)
            case ev.ExtensionDecided():
                self.outage(event.outage_id).decision = event
            case ev.FindingNoted():
                self.outage(event.outage_id).findings[event.office_id] = event
            case ev.RemarksNoted():
                self.sheet.remarks.append(event)
            case ev.IncidentSheetSigned():
                self.sheet.signed[event.office_id] = event
            case ev.IncidentSheetHanded():
                self.sheet.handed_ms = event.at_ms

    def _end(self, event: ev.SittingEvent) -> None:
        """End it, or end it otherwise: the clock stays where it first stopped."""
        self.state = _ENDINGS[type(event)]
        if isinstance(event, ev.SittingVoided | ev.CandidateExpelled | ev.CandidateWithdrew):
            self.ending = event
        if self.ended_ms is not None:
            return
        self.ended_ms = event.at_ms
        if self.pauses and self.pauses[-1].end_ms is None:
            self.pauses[-1].end_ms = event.at_ms
        for outage in self.open_outages:
            outage.end_ms = event.at_ms


_ENDINGS: dict[type[ev.SittingEvent], SittingState] = {
    ev.SittingCancelled: SittingState.CANCELLED,
    ev.CandidateAbsent: SittingState.ABSENT,
    ev.CandidateWithdrew: SittingState.WITHDRAWN,
    ev.CandidateExpelled: SittingState.EXPELLED,
    ev.SittingClosed: SittingState.CLOSED,
    ev.SittingPostponed: SittingState.POSTPONED,
    ev.SittingVoided: SittingState.VOIDED,
}
"""Events that end a sitting, and how it stands then."""
