"""Acts that follow the seal: signatures, amendments, delivery, results, appeals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MaxLen, MinLen

from visiojury.exam.commands.jury import Reason
from visiojury.exam.events import AttachedFile, Digest
from visiojury.exam.people import Identifier, Name, Strict

LongText = Annotated[str, MinLen(1), MaxLen(5000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Strict):
    """A signature that the person's own device made; the edge verifies it before the rules.

    ES256 over a label and the bytes of the digest, base64url; `public_key` is the device's JWK.
    """

    signature: Name
    public_key: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignMinutes(Signed):
    minutes_sha256: Digest
    command: Literal["sign_minutes"] = "sign_minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainMissingSignature(Strict):
    participant_id: Identifier
    reason: Reason
    command: Literal["explain_missing_signature"] = "explain_missing_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAmendment(Strict):
    text: LongText
    command: Literal["write_amendment"] = "write_amendment"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAmendment(Signed):
    amendment_id: Identifier
    sha256: Digest
    command: Literal["sign_amendment"] = "sign_amendment"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverMinutes(Strict):
    """The signed minutes went out to `recipient`."""

    recipient: Name
    command: Literal["deliver_minutes"] = "deliver_minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResults(Strict):
    place: Name
    command: Literal["publish_results"] = "publish_results"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendExtract(Strict):
    """Give a host office what concerns its own candidates, with files the server has already."""

    office_id: Identifier
    files: Annotated[tuple[AttachedFile, ...], MaxLen(50)] = ()
    command: Literal["send_extract"] = "send_extract"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeExtract(Strict):
    """The actor's office has its extract."""

    command: Literal["acknowledge_extract"] = "acknowledge_extract"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAppeal(Strict):
    candidate_id: Identifier
    grounds: LongText
    command: Literal["enter_appeal"] = "enter_appeal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAppeal(Strict):
    appeal_id: Identifier
    outcome: Reason
    command: Literal["close_appeal"] = "close_appeal"
