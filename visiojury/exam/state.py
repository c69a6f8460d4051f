"""The fold of events: a session as it stands. Applying an event is the only way to change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import Literal

from visiojury.exam import events as ev
from visiojury.exam import identity
from visiojury.exam.after import After
from visiojury.exam.deliberation import Deliberation
from visiojury.exam.errors import NotFoundError
from visiojury.exam.identity import Doubt, IdentityCheck
from visiojury.exam.life import Life
from visiojury.exam.media import Media
from visiojury.exam.outages import hindrances, merged
from visiojury.exam.people import JURY, Office, Participant, Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.stations import Stations
from visiojury.exam.transitions import SessionState

Authentication = Literal[
    "invitation",
    "invitation+code",
    "invitation+totp",
    "invitation+openid",
    "invitation+passkey",
    "station+code",
    "station+totp",
    "station+passkey",
    "attested",
]
"""By one's own link; by signing in at a station; by the word of an agent in the room."""


@dataclass(slots=True)
class Access:
    invitation: ev.InvitationIssued
    device_key: str | None = None
    """The key it was redeemed with; None: not yet."""
    redeemed_ms: int | None = None
    is_revoked: bool = False
    has_signed_out: bool = False
    """It was revoked by the person's own act."""
    failures: int = 0
    totp_step: int | None = None
    """Of the last authenticator's code accepted for it."""
    sign_in: ev.SignIn | None = None
    """The last one accepted for it."""

    @property
    def authentication(self) -> Authentication:
        """How whoever redeems it is known."""
        if self.invitation.openid_issuer is not None:
            return "invitation+openid"
        if self.invitation.needs_passkey:
            return "invitation+passkey"
        if self.invitation.totp is not None:
            return "invitation+totp"
        return "invitation+code" if self.invitation.code_digest else "invitation"


@dataclass(frozen=True, slots=True)
class Contested:
    """How often somebody tried to misuse a person's access, and the last time."""

    times: int
    what: ev.Contest
    at_ms: int


@dataclass(slots=True)
class Help:
    call: ev.HelpCalled
    answered_ms: int | None = None


class Session:
    """One session's state. Start empty; `apply` every event in order."""

    def __init__(self) -> None:
        self.created: ev.SessionCreated | None = None
        """As created, with the offices and days that came since."""
        self.life = Life()
        self.participants: dict[str, Participant] = {}
        self.sittings: dict[str, Sitting] = {}
        self.access: dict[str, Access] = {}
        self.device_keys: dict[str, str] = {}
        self.passkeys: dict[str, ev.Passkey] = {}
        self.passkeys_ms: dict[str, int] = {}
        """When each was registered."""
        """By person, as each stands since its last use."""
        self.checks: dict[str, IdentityCheck] = {}
        """The last check of each person; whether it still holds: identity.py."""
        self.doubts: dict[str, Doubt] = {}
        self.contests: dict[str, Contested] = {}
        self.arrivals: dict[str, int] = {}
        """When each person last arrived."""
        self.attendance: dict[str, list[ev.AttendanceSigned]] = {}
        """Signatures of attendance sheets: one a day."""
        self.media: dict[str, Media] = {}
        self.stations = Stations()
        self.helps: dict[str, Help] = {}
        self.interruptions: list[ev.ServiceInterrupted] = []
        self.deliberation = Deliberation()
        self.seal: ev.RecordSealed | None = None
        """The first one: it closes the exam."""
        self.is_sealed_to_its_end = False
        """Whether nothing that must last followed the last seal."""
        self.after = After()

    @property
    def info(self) -> ev.SessionCreated:
        assert self.created is not None, "a session begins with session.created"
        return self.created

    @property
    def state(self) -> SessionState:
        """Return where the session stands, from what has happened."""
        if self.life.is_given_up:
            return SessionState.MOVED if self.life.cancelled is None else SessionState.CANCELLED
        if self.seal is not None:
            return SessionState.CLOSED if self.after.archive is None else SessionState.ARCHIVED
        if self.life.opened_ms is None:
            return SessionState.DRAFT
        if self.life.is_suspended:
            return SessionState.SUSPENDED
        if self.deliberation.opened_ms is not None:
            return SessionState.DELIBERATING
        was_admitted = any(sitting.admitted_ms is not None for sitting in self.sittings.values())
        return SessionState.IN_PROGRESS if was_admitted else SessionState.OPEN

    @property
    def is_over(self) -> bool:
        """Return whether the record may be sealed: decided, or given up."""
        return self.deliberation.closed_ms is not None or self.life.is_given_up

    @property
    def chair_id(self) -> str:
        return next(p.participant_id for p in self.jury() if p.role is Role.CHAIR)

    def office(self, office_id: str) -> Office:
        return next(office for office in self.info.offices if office.office_id == office_id)

    @property
    def organising_office(self) -> Office:
        return self.office(self.info.organising_office_id)

    def participant(self, participant_id: str) -> Participant:
        """Raises: NotFoundError."""
        try:
            return self.participants[participant_id]
        except KeyError:
            raise NotFoundError("participant_unknown", participant_id=participant_id) from None

    def subject(self, subject_id: str) -> Participant:
        """Return a person, or a station as the subject it is. Raises: NotFoundError."""
        station = self.stations.known.get(subject_id)
        return self.participant(subject_id) if station is None else station.as_subject()

    def knows(self, subject_id: str) -> bool:
        return subject_id in self.participants or subject_id in self.stations.known

    def sitting(self, sitting_id: str) -> Sitting:
        """Raises: NotFoundError."""
        try:
            return self.sittings[sitting_id]
        except KeyError:
            raise NotFoundError("sitting_unknown", sitting_id=sitting_id) from None

    def enrolled(self) -> list[Participant]:
        """Return everyone who has not withdrawn."""
        return [p for who, p in self.participants.items() if who not in self.life.withdrawn]

    def jury(self) -> list[Participant]:
        return [p for p in self.enrolled() if p.role in JURY]

    def invitations_of(self, participant_id: str) -> list[Access]:
        """Return all invitations of a person, revoked ones too, in the order of their issue."""
        return [a for a in self.access.values() if a.invitation.participant_id == participant_id]

    def standing_access(self, participant_id: str) -> dict[str, Access]:
        """Return a person's invitations that were not revoked, by id."""
        return {
            invitation_id: access
            for invitation_id, access in self.access.items()
            if access.invitation.participant_id == participant_id and not access.is_revoked
        }

    def media_of(self, participant_id: str) -> Media:
        media = self.media.get(participant_id)
        if media is None:
            media = self.media[participant_id] = Media()
        return media

    def live_sittings(self) -> list[Sitting]:
        return [sitting for sitting in self.sittings.values() if sitting.is_live]

    def apply(self, event: ev.Event, *, by: str | None) -> None:
        """Change the state as `event` says; `by` is the participant who acted, None for us."""
        if not isinstance(event, ev.TRACES):
            self.is_sealed_to_its_end = isinstance(event, ev.RecordSealed)
        if isinstance(event, ev.SittingEvent) and not isinstance(event, ev.SittingScheduled):
            self.sittings[event.sitting_id].apply(event, by=by)
            if isinstance(event, ev.SittingVoided):
                candidate_id = self.sittings[event.sitting_id].plan.candidate_id
                self.deliberation.forget(candidate_id, event.at_ms)
        else:
            self._apply(event)
            self.life.apply(event, by=by)
            self.stations.apply(event, by=by)
            identity.apply(self, event, by=by)
        for sitting in self.live_sittings():
            if (outage := sitting.open_found) is not None:
                outage.hindrances = merged(outage.hindrances, hindrances(self, sitting))

    @singledispatchmethod
    def _apply(self, event: ev.Event) -> None:
        self.deliberation.apply(event)
        self.after.apply(event)

    @_apply.register
    def _(self, event: ev.SessionCreated) -> None:
        self.created = event

    @_apply.register
    def _(self, event: ev.OfficeJoined) -> None:
        self.created = replace(self.info, offices=(*self.info.offices, event.office))

    @_apply.register
    def _(self, event: ev.DayAdded) -> None:
        self.created = replace(self.info, days=(*self.info.days, event.day))

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
        access = self.access[event.invitation_id]
        access.device_key = event.device_key
        access.totp_step = event.totp_step
        access.sign_in = event.sign_in
        access.redeemed_ms = event.at_ms
        participant_id = access.invitation.participant_id
        if event.passkey is not None:
            self.passkeys[participant_id] = event.passkey
            self.passkeys_ms.setdefault(participant_id, event.at_ms)
        self.stations.opened_anew(participant_id)
        self.device_keys[participant_id] = event.device_key

    @_apply.register
    def _(self, event: ev.StationSignedIn) -> None:
        """What was given at a station is used up for the link too."""
        if event.totp_step is not None:
            self.access[event.invitation_id].totp_step = event.totp_step
        if event.passkey is not None:
            self.passkeys[event.participant_id] = event.passkey

    @_apply.register
    def _(self, event: ev.InvitationRefused) -> None:
        self.access[event.invitation_id].failures += 1

    @_apply.register
    def _(self, event: ev.InvitationRevoked) -> None:
        self.access[event.invitation_id].is_revoked = True

    @_apply.register
    def _(self, event: ev.AccessSignedOut) -> None:
        access = self.access[event.invitation_id]
        access.is_revoked = access.has_signed_out = True

    @_apply.register
    def _(self, event: ev.PasskeyRevoked) -> None:
        self.passkeys.pop(event.participant_id, None)
        self.passkeys_ms.pop(event.participant_id, None)

    @_apply.register
    def _(self, event: ev.AccessContested) -> None:
        before = self.contests.get(event.participant_id)
        self.contests[event.participant_id] = Contested(
            times=1 if before is None else before.times + 1, what=event.what, at_ms=event.at_ms
        )

    @_apply.register
    def _(self, event: ev.MediaBound) -> None:
        media = self.media_of(event.participant_id)
        media.is_connected = True
        media.fingerprint = event.fingerprint
        media.since_ms = media.link_ms = event.at_ms
        for received in media.received.values():
            if received.interrupted_ms is not None:
                received.restore(event.at_ms)
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
    def _(self, event: ev.DownlinkInterrupted) -> None:
        received = self.media_of(event.participant_id).received[event.stream]
        received.interrupt(event.at_ms, event.cause)

    @_apply.register
    def _(self, event: ev.DownlinkRestored) -> None:
        received = self.media_of(event.participant_id).received[event.stream]
        received.cause = event.cause
        received.restore(event.at_ms)

    @_apply.register(ev.QualityDegraded)
    @_apply.register(ev.QualityRecovered)
    def _(self, event: ev.QualityDegraded | ev.QualityRecovered) -> None:
        media = self.media_of(event.participant_id)
        media.is_degraded = isinstance(event, ev.QualityDegraded)

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
        media.is_connected = media.is_degraded = False
        media.link_ms = event.at_ms
        for stream in media.streams.values():
            if stream.has_started and stream.interrupted_ms is None:
                stream.interrupt(event.at_ms, "uplink")

    @_apply.register
    def _(self, event: ev.ServiceInterrupted) -> None:
        """Our absence interrupts every stream there was, since the last mark of life."""
        self.interruptions.append(event)
        for media in self.media.values():
            if media.is_connected:
                media.link_ms = event.at_ms
            media.is_connected = media.is_degraded = False
            for stream in media.streams.values():
                if stream.has_started and stream.interrupted_ms is None:
                    stream.interrupt(event.at_ms, "relay")

    @_apply.register
    def _(self, event: ev.PersonArrived) -> None:
        self.arrivals[event.participant_id] = event.at_ms

    @_apply.register
    def _(self, event: ev.AttendanceSigned) -> None:
        self.attendance.setdefault(event.participant_id, []).append(event)

    @_apply.register
    def _(self, event: ev.HelpCalled) -> None:
        self.helps[event.help_id] = Help(event)

    @_apply.register
    def _(self, event: ev.HelpAnswered) -> None:
        self.helps[event.help_id].answered_ms = event.at_ms

    @_apply.register
    def _(self, event: ev.RecordSealed) -> None:
        self.seal = self.seal or event
        self.after.seals[event.size] = event
