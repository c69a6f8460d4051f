"""Acts before the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.events import DocumentKind, SignatureMeans
from visiojury.exam.people import Identifier, Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity(Strict):
    participant_id: Identifier
    document: DocumentKind
    command: Literal["check_identity"] = "check_identity"


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
