"""The fold of events: a session as it stands. Applying an event is the only way to change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatchmethod

from visiojury.exam import clock
from visiojury.exam import events as ev
from visiojury.exam.clock import Lost, Pause
from visiojury.exam.deliberation import Deliberation
from visiojury.exam.errors import NotFoundError
from visiojury.exam.outages import hindrances, merged
from visiojury.exam.people import JURY, Office, Participant, Role
from visiojury.exam.sitting import LIVE, SittingState

STREAMS: tuple[ev.Stream, ...] = ("audio", "video")


@dataclass(slots=True)
class StreamState:
    has_started: bool = False
    is_on: bool = True
    interrupted_ms: int | None = None
    cause: ev.Cause = "uplink"
    restored_ms: int = 0
    """When it last began to flow."""

    @property
    def flows(self) -> bool:
        return self.has_started and self.is_on and self.interrupted_ms is None

    def interrupt(self, at_ms: int, cause: ev.Cause) -> None:
        self.interrupted_ms, self.cause = at_ms, cause

    def restore(self, at_ms: int) -> None:
        self.interrupted_ms, self.restored_ms = None, at_ms


@dataclass(slots=True)
class Media:
    """What the relay last said of a participant's connection."""

    is_connected: bool = False
    fingerprint: str = ""
    since_ms: int = 0
    streams: dict[ev.Stream, StreamState] = field(
        default_factory=lambda: {stream: StreamState() for stream in STREAMS}
    )

    @property
    def is_cut_off(self) -> bool:
        """Neither speaks nor is heard (J2): not connected, or the voice does not arrive."""
        has_started = self.streams["audio"].has_started
        return not self.is_connected or self.is_interrupted("audio") or not has_started

    def is_interrupted(self, name: ev.Stream) -> bool:
        """What its owner switched off is not interrupted, unless its owner is gone."""
        stream = self.streams[name]
        return stream.interrupted_ms is not None and (stream.is_on or not self.is_connected)


@dataclass(slots=True)
class Access:
    invitation: ev.InvitationIssued
    device_key: str | None = None
    """The key it was redeemed with; None: not yet."""
    is_revoked: bool = False
    failures: int = 0


@dataclass(slots=True)
class IdentityCheck:
    document: ev.DocumentKind
    at_ms: int
    checked_by: str


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


@dataclass(slots=True)
class Help:
    call: ev.HelpCalled
    answered_ms: int | None = None


class Session:
    """One session's state. Start empty; `apply` every event in order."""

    def __init__(self) -> None:
        self.created: ev.SessionCreated | None = None
        self.participants: dict[str, Participant] = {}
        self.sittings: dict[str, Sitting] = {}
        self.access: dict[str, Access] = {}
        self.device_keys: dict[str, str] = {}
        self.checks: dict[str, IdentityCheck] = {}
        self.media: dict[str, Media] = {}
        self.helps: dict[str, Help] = {}
        self.interruptions: list[ev.ServiceInterrupted] = []
        self.deliberation = Deliberation()
        self.seal: ev.RecordSealed | None = None

    @property
    def info(self) -> ev.SessionCreated:
        assert self.created is not None, "a session begins with session.created"
        return self.created

    @property
    def chair_id(self) -> str:
        return next(p.participant_id for p in self.participants.values() if p.role is Role.CHAIR)

    def office(self, office_id: str) -> Office:
        return next(office for office in self.info.offices if office.office_id == office_id)

    def participant(self, participant_id: str) -> Participant:
        """Raises: NotFoundError."""
        try:
            return self.participants[participant_id]
        except KeyError:
            raise NotFoundError("participant_unknown", participant_id=participant_id) from None

    def sitting(self, sitting_id: str) -> Sitting:
        """Raises: NotFoundError."""
        try:
            return self.sittings[sitting_id]
        except KeyError:
            raise NotFoundError("sitting_unknown", sitting_id=sitting_id) from None

    def jury(self) -> list[Participant]:
        return [p for p in self.participants.values() if p.role in JURY]

    def standing_access(self, participant_id: str) -> dict[str, Access]:
        """Return a person's invitations that were not revoked, by id."""
        return {
            invitation_id: access
            for invitation_id, access in self.access.items()
            if access.invitation.participant_id == participant_id and not access.is_revoked
        }

    def media_of(self, participant_id: str) -> Media:
        return self.media.setdefault(participant_id, Media())

    def live_sittings(self) -> list[Sitting]:
        return [sitting for sitting in self.sittings.values() if sitting.is_live]

    def apply(self, event: ev.Event, *, by: str | None) -> None:
        """Change the state as `event` says; `by` is the participant who acted, None for us."""
        if isinstance(event, ev.IdentityChecked):
            self.checks[event.participant_id] = IdentityCheck(event.document, event.at_ms, by or "")
            return
        if isinstance(event, ev.PostponementAgreed) and by is not None:
            self.sittings[event.sitting_id].agreed_by.add(by)
        self._apply(event)
        for sitting in self.live_sittings():
            if (outage := sitting.open_outage) is not None:
                outage.hindrances = merged(outage.hindrances, hindrances(self, sitting))

    @singledispatchmethod
    def _apply(self, event: ev.Event) -> None:
        self.deliberation.apply(event)

    @_apply.register
    def _(self, event: ev.SessionCreated) -> None:
        self.created = event

    @_apply.register
    def _(self, event: ev.ParticipantEnrolled) -> None:
        self.participants[event.participant.participant_id] = event.participant

    @_apply.register
    def _(self, event: ev.SittingScheduled) -> None:
        self.sittings[event.sitting_id] = Sitting(event)

    @_apply.register
    def _(self, event: ev.InvitationIssued) -> None:
        self.access[event.invitation_id] = Access(event)

    @_apply.register
    def _(self, event: ev.InvitationRedeemed) -> None:
        """A device other than the one whose holder was checked needs a new check."""
        access = self.access[event.invitation_id]
        access.device_key = event.device_key
        participant_id = access.invitation.participant_id
        if self.device_keys.setdefault(participant_id, event.device_key) != event.device_key:
            self.device_keys[participant_id] = event.device_key
            self.checks.pop(participant_id, None)

    @_apply.register
    def _(self, event: ev.InvitationRefused) -> None:
        self.access[event.invitation_id].failures += 1

    @_apply.register
    def _(self, event: ev.InvitationRevoked) -> None:
        self.access[event.invitation_id].is_revoked = True

    @_apply.register
    def _(self, event: ev.MediaBound) -> None:
        media = self.media_of(event.participant_id)
        media.is_connected = True
        media.fingerprint = event.fingerprint
        media.since_ms = event.at_ms
        for stream in media.streams.values():
            if not stream.is_on and stream.interrupted_ms is not None:
                stream.restore(event.at_ms)

    @_apply.register
    def _(self, event: ev.MediaStarted) -> None:
        stream = self.media_of(event.participant_id).streams[event.stream]
        stream.has_started, stream.restored_ms = True, event.at_ms

    @_apply.register
    def _(self, event: ev.MediaInterrupted) -> None:
        stream = self.media_of(event.participant_id).streams[event.stream]
        stream.interrupt(event.at_ms, event.cause)

    @_apply.register
    def _(self, event: ev.MediaRestored) -> None:
        stream = self.media_of(event.participant_id).streams[event.stream]
        stream.has_started, stream.cause = True, event.cause
        stream.restore(event.at_ms)

    @_apply.register
    def _(self, event: ev.MediaSwitched) -> None:
        media = self.media_of(event.participant_id)
        stream = media.streams[event.stream]
        stream.is_on = event.is_on
        if not event.is_on and stream.interrupted_ms is not None and media.is_connected:
            stream.restore(event.at_ms)

    @_apply.register
    def _(self, event: ev.MediaDisconnected) -> None:
        """Who is gone is cut off, microphone on or off."""
        media = self.media_of(event.participant_id)
        media.is_connected = False
        for stream in media.streams.values():
            if stream.has_started and stream.interrupted_ms is None:
                stream.interrupt(event.at_ms, "uplink")

    @_apply.register
    def _(self, event: ev.ServiceInterrupted) -> None:
        """Our absence interrupts every stream there was, since the last mark of life."""
        self.interruptions.append(event)
        for media in self.media.values():
            media.is_connected = False
            for stream in media.streams.values():
                if stream.has_started and stream.interrupted_ms is None:
                    stream.interrupt(event.at_ms, "relay")

    @_apply.register
    def _(self, event: ev.AttestationSigned) -> None:
        self.sittings[event.sitting_id].attestation_ms = event.at_ms

    @_apply.register
    def _(self, event: ev.CandidateAdmitted) -> None:
        sitting = self.sittings[event.sitting_id]
        sitting.state, sitting.admitted_ms = SittingState.ADMITTED, event.at_ms

    @_apply.register
    def _(self, event: ev.CandidateAbsent) -> None:
        self._end(event, SittingState.ABSENT)

    @_apply.register
    def _(self, event: ev.SittingStarted) -> None:
        sitting = self.sittings[event.sitting_id]
        sitting.state, sitting.started_ms = SittingState.RUNNING, event.at_ms

    @_apply.register
    def _(self, event: ev.SittingPaused) -> None:
        sitting = self.sittings[event.sitting_id]
        sitting.state = SittingState.PAUSED
        sitting.pauses.append(Pause(event.at_ms, event.reason))

    @_apply.register
    def _(self, event: ev.SittingResumed) -> None:
        sitting = self.sittings[event.sitting_id]
        sitting.state = SittingState.RUNNING
        sitting.pauses[-1].end_ms = event.at_ms

    @_apply.register
    def _(self, event: ev.SittingClosed) -> None:
        self._end(event, SittingState.CLOSED)

    @_apply.register
    def _(self, event: ev.OutageOpened) -> None:
        self.sittings[event.sitting_id].outages.append(
            Outage(event.outage_id, event.start_ms, event.hindrances)
        )

    @_apply.register
    def _(self, event: ev.OutageClosed) -> None:
        outage = self.sittings[event.sitting_id].outage(event.outage_id)
        outage.start_ms, outage.end_ms = event.start_ms, event.end_ms
        outage.hindrances = event.hindrances

    @_apply.register
    def _(self, event: ev.ExtensionDecided) -> None:
        self.sittings[event.sitting_id].outage(event.outage_id).decision = event

    @_apply.register
    def _(self, event: ev.PostponementAdvised) -> None:
        self.sittings[event.sitting_id].is_postponement_advised = True

    @_apply.register
    def _(self, event: ev.PostponementRequested) -> None:
        self.sittings[event.sitting_id].postponement = event

    @_apply.register
    def _(self, event: ev.PostponementAgreed) -> None:
        self.sittings[event.sitting_id].agreed_offices.add(event.office_id)

    @_apply.register
    def _(self, event: ev.SittingPostponed) -> None:
        self._end(event, SittingState.POSTPONED)

    @_apply.register
    def _(self, event: ev.HelpCalled) -> None:
        self.helps[event.help_id] = Help(event)

    @_apply.register
    def _(self, event: ev.HelpAnswered) -> None:
        self.helps[event.help_id].answered_ms = event.at_ms

    @_apply.register
    def _(self, event: ev.RecordSealed) -> None:
        self.seal = event

    def _end(self, event: ev.SittingEvent, state: SittingState) -> None:
        sitting = self.sittings[event.sitting_id]
        sitting.state, sitting.ended_ms = state, event.at_ms
        if sitting.pauses and sitting.pauses[-1].end_ms is None:
            sitting.pauses[-1].end_ms = event.at_ms
        if sitting.open_outage is not None:
            sitting.open_outage.end_ms = event.at_ms
