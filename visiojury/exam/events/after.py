"""What comes after the decisions: seal, signatures, results, appeals, archive.

All but the seal may follow it: none of them changes what was sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen

from visiojury.exam.events.base import Digest, Occurred, Seconds
from visiojury.exam.people import PERSONAL, Identifier, Name, PersonName, Strict, Text

LongText = Annotated[str, MaxLen(5000), PERSONAL]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSealed(Occurred):
    """The installation's key signed all that stands before this event (record/seal.py).

    The first seal closes the exam; a later one covers what came after it (A2).
    """

    head: Digest
    """Of the entry before this one."""
    size: Seconds
    """Entries covered."""
    root: Digest
    """Head of the Merkle tree over them."""
    signature: Name
    """ES256 over a label, head, size and root, base64url."""
    public_key: dict[str, str]
    """The JWK to check it with (RFC 7517)."""
    type: Literal["record.sealed"] = "record.sealed"


# --- signatures and amendments --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesSigned(Occurred):
    """A person signed the bytes of the minutes with the key of their own device (J8)."""

    participant_id: Identifier
    minutes_sha256: Digest
    signature: Name
    """ES256 over the label of minutes and the digest's bytes, base64url."""
    public_key: dict[str, str]
    """Of the device: its thumbprint is the one their access is bound to."""
    type: Literal["minutes.signed"] = "minutes.signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureMissing(Occurred):
    """Why a signature of the minutes will not come."""

    participant_id: Identifier
    reason: Text
    type: Literal["signature.missing"] = "signature.missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentWritten(Occurred):
    """The minutes stay as they were sealed; what changes them stands beside them (J8)."""

    amendment_id: Identifier
    text: LongText
    sha256: Digest
    """Of the text in UTF-8."""
    type: Literal["amendment.written"] = "amendment.written"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentSigned(Occurred):
    amendment_id: Identifier
    participant_id: Identifier
    sha256: Digest
    signature: Name
    """ES256 over the label of amendments and the digest's bytes, base64url."""
    public_key: dict[str, str]
    type: Literal["amendment.signed"] = "amendment.signed"


# --- delivery and results -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesDelivered(Occurred):
    recipient: PersonName
    type: Literal["minutes.delivered"] = "minutes.delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPublished(Occurred):
    """The list of results is public since `at_ms`, at `place` (A1)."""

    place: Name
    type: Literal["results.published"] = "results.published"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile(Strict):
    """A file kept beside the record, which knows its digest only."""

    name: PersonName
    sha256: Digest
    size_bytes: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractSent(Occurred):
    """A host office was given what concerns its own candidates (A1)."""

    office_id: Identifier
    files: Annotated[tuple[AttachedFile, ...], MaxLen(50)] = ()
    type: Literal["extract.sent"] = "extract.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractAcknowledged(Occurred):
    office_id: Identifier
    type: Literal["extract.acknowledged"] = "extract.acknowledged"


# --- appeals --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealEntered(Occurred):
    """Until it is closed nothing of the session is deleted (A5)."""

    appeal_id: Identifier
    candidate_id: Identifier
    grounds: LongText
    type: Literal["appeal.entered"] = "appeal.entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealClosed(Occurred):
    appeal_id: Identifier
    outcome: Text
    type: Literal["appeal.closed"] = "appeal.closed"


# --- reading, archive, erasure --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRead(Occurred):
    """A person was given a document, or the record (A4)."""

    participant_id: Identifier
    document: Name
    type: Literal["document.read"] = "document.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveMade(Occurred):
    sha256: Digest
    size_bytes: Seconds
    type: Literal["archive.made"] = "archive.made"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Occurred):
    """A person's names and texts can be read no more: their keys went with this entry (A2)."""

    participant_id: Identifier | None
    """None: the texts of the session that concern nobody in particular."""
    subjects: tuple[Name, ...]
    """Whose keys were destroyed (record/personal.py)."""
    type: Literal["person.erased"] = "person.erased"


# --- time stamps ----------------------------------------------------------------------------

Encoded = Annotated[str, MaxLen(20_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTimestamped(Occurred):
    """An authority certifies that a seal existed at an instant of its own clock. RFC 3161."""

    size: Seconds
    """Of the seal that is stamped."""
    response: Encoded
    """The authority's answer, DER in base64."""
    certificates: Encoded
    """PEM: the roots that the answer was verified with."""
    type: Literal["record.timestamped"] = "record.timestamped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampMissed(Occurred):
    """The authority did not answer as it should, the first time; it is asked again."""

    size: Seconds
    reason: Name
    type: Literal["timestamp.missed"] = "timestamp.missed"
