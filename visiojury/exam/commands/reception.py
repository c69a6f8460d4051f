"""Acts before the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.events import DocumentKind, SignatureMeans
from visiojury.exam.people import Identifier, Presence, Strict, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity(Strict):
    participant_id: Identifier
    document: DocumentKind
    presence: Presence | None = None
    """How an examiner is seen; None: as they are expected."""
    command: Literal["check_identity"] = "check_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptSignIn(Strict):
    """Take an examiner's sign-in at the OpenID provider for a check of their identity."""

    participant_id: Identifier
    command: Literal["accept_sign_in"] = "accept_sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIdentityCheck(Strict):
    participant_id: Identifier
    reason: Text = ""
    command: Literal["ask_identity_check"] = "ask_identity_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseIdentity(Strict):
    """Say that the person is not who they should be: they wait apart until a check."""

    participant_id: Identifier
    reason: Text = ""
    command: Literal["refuse_identity"] = "refuse_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordArrival(Strict):
    participant_id: Identifier
    command: Literal["record_arrival"] = "record_arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAttendance(Strict):
    """`screen`: one's own act; `paper`: the agent who holds the sheet says so."""

    participant_id: Identifier
    means: SignatureMeans = "paper"
    command: Literal["sign_attendance"] = "sign_attendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAttestation(SittingCommand):
    means: SignatureMeans = "paper"
    command: Literal["sign_attestation"] = "sign_attestation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(SittingCommand):
    command: Literal["admit"] = "admit"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAbsent(SittingCommand):
    command: Literal["mark_absent"] = "mark_absent"
