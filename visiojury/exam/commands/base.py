"""What commands have in common."""

from __future__ import annotations

from dataclasses import dataclass

from visiojury.exam.people import Identifier, Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingCommand(Strict):
    sitting_id: Identifier
