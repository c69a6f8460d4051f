"""What every event holds. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from visiojury.exam.people import Identifier, Milliseconds, Strict

Seconds = Annotated[int, Ge(0), Le(2**53 - 1)]
"""Within what JSON numbers carry exactly."""
Digest = Annotated[str, MinLen(64), MaxLen(64)]
"""SHA-256 in hexadecimal, lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred(Strict):
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingEvent(Occurred):
    sitting_id: Identifier
