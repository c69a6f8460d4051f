"""Acts before the sitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.commands.base import SittingCommand
from visiojury.exam.events import DocumentKind
from visiojury.exam.people import Identifier, Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity(Strict):
    participant_id: Identifier
    document: DocumentKind
    command: Literal["check_identity"] = "check_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAttestation(SittingCommand):
    command: Literal["sign_attestation"] = "sign_attestation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(SittingCommand):
    command: Literal["admit"] = "admit"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAbsent(SittingCommand):
    command: Literal["mark_absent"] = "mark_absent"
