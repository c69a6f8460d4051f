"""What every event holds. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from visiojury.exam.people import Identifier, Milliseconds, Strict

Seconds = Annotated[int, Ge(0), Le(2**53 - 1)]
"""Within what JSON numbers carry exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred(Strict):
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingEvent(Occurred):
    sitting_id: Identifier
