"""What is wrong with a file of reference data, said to whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong.

    Codes: `reference_unreadable`, `reference_not_toml`, `reference_name_unknown`,
    `reference_value_refused`, `reference_value_missing`, `reference_link_broken`.
    """

    code: str
    path: Path
    line: int
    """From 1; 0 where it is the file or folder itself."""
    reason: str
    """French: what is wrong and what to write instead."""

    def __str__(self) -> str:
        where = f"{self.path}, ligne {self.line}" if self.line else str(self.path)
        return f"{where} : {self.reason}"


class ReferenceDataError(Exception):
    """Reference data cannot be used; the text has one line a fault (French)."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.code = faults[0].code
        self.faults = tuple(faults)
