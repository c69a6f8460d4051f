"""Before the sitting: identity, signatures, admission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred, SittingEvent
from visiojury.exam.people import Identifier

DocumentKind = Literal["identity_card", "passport", "residence_permit", "driving_licence", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked(Occurred):
    """A person was compared with a document. Its kind only: no number, no copy (D1)."""

    participant_id: Identifier
    document: DocumentKind
    type: Literal["identity.checked"] = "identity.checked"


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
