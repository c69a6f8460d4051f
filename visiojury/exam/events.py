"""What has happened: every event of a session's record.

An event is a value with its own time (`at_ms`, when it occurred). Who did it, when it was
received and its place in the chain are the record's business (visiojury.record.entry).
Names are past participles; `type` is the stable name in the record and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from visiojury.exam.people import (
    Attendance,
    Diploma,
    Identifier,
    Milliseconds,
    Name,
    Office,
    Participant,
    Strict,
    Text,
)

Stream = Literal["audio", "video"]
Cause = Literal["uplink", "capture", "downlink", "relay"]
Purpose = Literal["exam", "rehearsal"]
Route = Literal["vae", "training"]
Outcome = Literal["full", "partial", "none"]
Ballot = Literal["for", "against", "abstain"]
DocumentKind = Literal["identity_card", "passport", "residence_permit", "driving_licence", "other"]
Seconds = Annotated[int, Ge(0), Le(2**53 - 1)]
"""Within what JSON numbers carry exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred(Strict):
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingEvent(Occurred):
    sitting_id: Identifier


# --- the session and its people -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(Occurred):
    session_id: Identifier
    purpose: Purpose
    title: Name
    diploma: Diploma
    route: Route
    organising_office_id: Identifier
    offices: tuple[Office, ...]
    type: Literal["session.created"] = "session.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantEnrolled(Occurred):
    participant: Participant
    type: Literal["participant.enrolled"] = "participant.enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingScheduled(SittingEvent):
    candidate_id: Identifier
    assistant_id: Identifier | None = None
    examiner_ids: tuple[Identifier, ...]
    host_office_id: Identifier
    planned_ms: Milliseconds
    duration_s: Annotated[int, Ge(60)]
    """Regulatory duration: the base of the one-third cap."""
    adjustment_s: Seconds = 0
    """Extra time on medical prescription (B7); not in the cap's base."""
    type: Literal["sitting.scheduled"] = "sitting.scheduled"


# --- access ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationIssued(Occurred):
    invitation_id: Identifier
    participant_id: Identifier
    secret_digest: Name
    code_digest: Name | None
    not_before_ms: Milliseconds
    expires_ms: Milliseconds
    type: Literal["invitation.issued"] = "invitation.issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRedeemed(Occurred):
    invitation_id: Identifier
    device_key: Name
    """Thumbprint (RFC 7638) of the device key that the access is bound to."""
    type: Literal["invitation.redeemed"] = "invitation.redeemed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRefused(Occurred):
    """A wrong second factor: counted, so that codes cannot be tried out."""

    invitation_id: Identifier
    code: Name
    type: Literal["invitation.refused"] = "invitation.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Occurred):
    invitation_id: Identifier
    type: Literal["invitation.revoked"] = "invitation.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked(Occurred):
    """A person was compared with a document. Its kind only: no number, no copy (D1)."""

    participant_id: Identifier
    document: DocumentKind
    type: Literal["identity.checked"] = "identity.checked"


# --- media, as the relay observed it --------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaBound(Occurred):
    """Media of a participant is now carried by the connection with this certificate."""

    participant_id: Identifier
    fingerprint: Name
    device_key: Name
    checked_by: Identifier | None
    """Who had checked the person's identity by then."""
    type: Literal["media.bound"] = "media.bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted(Occurred):
    participant_id: Identifier
    stream: Stream
    type: Literal["media.started"] = "media.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInterrupted(Occurred):
    """Occurred at the last good packet or frame; noticed at `detected_ms`."""

    participant_id: Identifier
    stream: Stream
    cause: Cause
    detected_ms: Milliseconds
    type: Literal["media.interrupted"] = "media.interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRestored(Occurred):
    participant_id: Identifier
    stream: Stream
    cause: Cause
    type: Literal["media.restored"] = "media.restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSwitched(Occurred):
    """The owner switched the microphone or camera on or off: not an interruption."""

    participant_id: Identifier
    stream: Stream
    is_on: bool
    type: Literal["media.switched"] = "media.switched"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDisconnected(Occurred):
    """The connection is gone: left, closed or silent for 30 s."""

    participant_id: Identifier
    type: Literal["media.disconnected"] = "media.disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInterrupted(Occurred):
    """We were not there: from `at_ms` (last mark of life) until media flows again."""

    part: Literal["server", "relay"]
    resumed_ms: Milliseconds
    type: Literal["service.interrupted"] = "service.interrupted"


# --- the sitting ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationSigned(SittingEvent):
    """The candidate signed the attestation of annex 2."""

    type: Literal["attestation.signed"] = "attestation.signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAdmitted(SittingEvent):
    type: Literal["candidate.admitted"] = "candidate.admitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAbsent(SittingEvent):
    type: Literal["candidate.absent"] = "candidate.absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingStarted(SittingEvent):
    type: Literal["sitting.started"] = "sitting.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPaused(SittingEvent):
    reason: Text
    type: Literal["sitting.paused"] = "sitting.paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingResumed(SittingEvent):
    type: Literal["sitting.resumed"] = "sitting.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingClosed(SittingEvent):
    type: Literal["sitting.closed"] = "sitting.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance(Strict):
    """Why the sitting cannot be held: one participant's stream, since when, on whose side."""

    participant_id: Identifier
    stream: Stream
    since_ms: Milliseconds
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageOpened(SittingEvent):
    """`at_ms` is when it was concluded, `start_ms` when the outage began."""

    outage_id: Identifier
    start_ms: Milliseconds
    hindrances: Annotated[tuple[Hindrance, ...], MaxLen(64)]
    type: Literal["outage.opened"] = "outage.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageClosed(SittingEvent):
    """The final bounds: the union of all interruptions that made it up."""

    outage_id: Identifier
    start_ms: Milliseconds
    end_ms: Milliseconds
    hindrances: Annotated[tuple[Hindrance, ...], MaxLen(64)]
    type: Literal["outage.closed"] = "outage.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDecided(SittingEvent):
    """The chair confirmed, shortened or refused the time of one outage (D8)."""

    outage_id: Identifier
    provisional_s: Seconds
    granted_s: Seconds
    left_under_cap_s: Seconds
    reason: Text
    type: Literal["extension.decided"] = "extension.decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementAdvised(SittingEvent):
    """The cap is reached: the clock runs on and only a postponement remains."""

    type: Literal["postponement.advised"] = "postponement.advised"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementRequested(SittingEvent):
    reason: Text
    type: Literal["postponement.requested"] = "postponement.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponementAgreed(SittingEvent):
    """One of the two offices agrees; the second one's agreement makes it so (D9)."""

    office_id: Identifier
    type: Literal["postponement.agreed"] = "postponement.agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingPostponed(SittingEvent):
    """The performance is void; nothing of it counts."""

    type: Literal["sitting.postponed"] = "sitting.postponed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCalled(Occurred):
    help_id: Identifier
    participant_id: Identifier
    type: Literal["help.called"] = "help.called"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAnswered(Occurred):
    help_id: Identifier
    type: Literal["help.answered"] = "help.answered"


# --- the deliberation -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationOpened(Occurred):
    type: Literal["deliberation.opened"] = "deliberation.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollCallAnswered(Occurred):
    """A member's attendance as the chair established it; a change is a new answer (J4)."""

    participant_id: Identifier
    attendance: Attendance
    type: Literal["roll_call.answered"] = "roll_call.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionProposed(Occurred):
    candidate_id: Identifier
    outcome: Outcome
    blocks: tuple[Name, ...] = ()
    type: Literal["decision.proposed"] = "decision.proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast(Occurred):
    candidate_id: Identifier
    participant_id: Identifier
    ballot: Ballot
    type: Literal["vote.cast"] = "vote.cast"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAdopted(Occurred):
    candidate_id: Identifier
    outcome: Outcome
    blocks: tuple[Name, ...] = ()
    votes_for: Seconds
    votes_against: Seconds
    abstentions: Seconds
    type: Literal["decision.adopted"] = "decision.adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationClosed(Occurred):
    type: Literal["deliberation.closed"] = "deliberation.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSealed(Occurred):
    """The installation's key signed the chain's head just before this event."""

    head: Name
    """Hexadecimal digest of the entry before this one."""
    signature: Name
    """ES256 over the seal's label and the head's bytes, base64url."""
    public_key: dict[str, str]
    """The JWK to check it with (RFC 7517)."""
    type: Literal["record.sealed"] = "record.sealed"


Event = (
    SessionCreated
    | ParticipantEnrolled
    | SittingScheduled
    | InvitationIssued
    | InvitationRedeemed
    | InvitationRefused
    | InvitationRevoked
    | IdentityChecked
    | MediaBound
    | MediaStarted
    | MediaInterrupted
    | MediaRestored
    | MediaSwitched
    | MediaDisconnected
    | ServiceInterrupted
    | AttestationSigned
    | CandidateAdmitted
    | CandidateAbsent
    | SittingStarted
    | SittingPaused
    | SittingResumed
    | SittingClosed
    | OutageOpened
    | OutageClosed
    | ExtensionDecided
    | PostponementAdvised
    | PostponementRequested
    | PostponementAgreed
    | SittingPostponed
    | HelpCalled
    | HelpAnswered
    | DeliberationOpened
    | RollCallAnswered
    | DecisionProposed
    | VoteCast
    | DecisionAdopted
    | DeliberationClosed
    | RecordSealed
)

AFTER_THE_SEAL = (InvitationIssued, InvitationRedeemed, InvitationRefused, InvitationRevoked)
"""What may still follow a seal: the documents are read, so access goes on and is recorded."""
