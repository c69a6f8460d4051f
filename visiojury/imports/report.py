"""What a file was refused for, line by line. The French is at the edge, by code."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong on a line."""

    code: str
    column: str = ""
    """As the documentation names it; empty: the line as a whole."""
    detail: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that was not taken, with all that is wrong on it."""

    line: int
    """From 1, as a spreadsheet numbers them while no cell holds a line break."""
    faults: tuple[Fault, ...]


class CellError(Exception):
    """A cell does not say what its column asks for. Codes begin with `cell_`."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class LineError(Exception):
    """A line, or the file from there on, cannot be taken. Codes begin with `line_` or `file_`."""

    def __init__(self, code: str, line: int = 1, column: str = "", **detail: str | int) -> None:
        super().__init__(code)
        self.refused = Refused(line=line, faults=(Fault(code=code, column=column, detail=detail),))
