"""Before the sitting: identity, signatures, admission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred, SittingEvent
from visiojury.exam.people import Identifier, Name, Presence, Text

SignatureMeans = Literal["screen", "paper"]
"""On screen by the person's own act; on paper, as the agent who holds the sheet says."""
DocumentKind = Literal["identity_card", "passport", "residence_permit", "driving_licence", "other"]
Lapse = Literal["day", "device"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked(Occurred):
    """A person was compared with a document. Its kind only: no number, no copy (D1)."""

    participant_id: Identifier
    document: DocumentKind
    presence: Presence | None = None
    """Seen in a room of the checker's office, or at a distance; None: not said."""
    room: Name | None = None
    """Of the sitting that they were received for; None: not told."""
    type: Literal["identity.checked"] = "identity.checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAccepted(Occurred):
    """An examiner's sign-in at a high level of assurance was taken for a check (D2)."""

    participant_id: Identifier
    issuer: Name
    """The OpenID provider."""
    acr: Name
    """Level of assurance."""
    type: Literal["sign_in.accepted"] = "sign_in.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLapsed(Occurred):
    """A check holds no more: its day is over, or the person came by another device."""

    participant_id: Identifier
    reason: Lapse
    type: Literal["identity.lapsed"] = "identity.lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCheckAsked(Occurred):
    """Somebody who decides wants a person checked again (design of identity, point 7)."""

    participant_id: Identifier
    reason: Text
    type: Literal["identity.check_asked"] = "identity.check_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRefused(Occurred):
    """Whoever checks did not recognise the person."""

    participant_id: Identifier
    reason: Text
    type: Literal["identity.refused"] = "identity.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonArrived(Occurred):
    """A person expected in a room of an office is there, or an examiner at a distance is."""

    participant_id: Identifier
    type: Literal["person.arrived"] = "person.arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceSigned(Occurred):
    """A person signed the attendance sheet of the day (D1, D2)."""

    participant_id: Identifier
    means: SignatureMeans
    type: Literal["attendance.signed"] = "attendance.signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationSigned(SittingEvent):
    """The candidate signed the attestation of annex 2."""

    means: SignatureMeans
    type: Literal["attestation.signed"] = "attestation.signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAdmitted(SittingEvent):
    type: Literal["candidate.admitted"] = "candidate.admitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateAbsent(SittingEvent):
    type: Literal["candidate.absent"] = "candidate.absent"
