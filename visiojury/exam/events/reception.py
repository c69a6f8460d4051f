"""Before the sitting: identity, signatures, admission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred, SittingEvent
from visiojury.exam.people import Identifier

SignatureMeans = Literal["screen", "paper"]
"""On screen by the person's own act; on paper, as the agent who holds the sheet says."""
DocumentKind = Literal["identity_card", "passport", "residence_permit", "driving_licence", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked(Occurred):
    """A person was compared with a document. Its kind only: no number, no copy (D1)."""

    participant_id: Identifier
    document: DocumentKind
    type: Literal["identity.checked"] = "identity.checked"


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
