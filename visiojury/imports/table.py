"""Bytes -> rows of named cells: CSV as a French spreadsheet saves it.

Semicolons, cells in quotes where they hold one, UTF-8 with or without its mark, or Windows-1252.
Columns are found by their names, in any order, whatever their case and accents.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from visiojury.imports.report import CellError, Fault, LineError

DELIMITER = ";"
MAX_BYTES = 4 * 1024 * 1024
T = TypeVar("T")
D = TypeVar("D")


def folded(text: str) -> str:
    """Return what is compared: no case, no accents, one space for each gap or mark."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


@dataclass(slots=True)
class Row:
    """One line's cells. A cell that is refused leaves a fault, and the line is not taken."""

    line: int
    cells: dict[str, str]
    """By the columns' documented names; empty cells are not in it."""
    faults: list[Fault] = field(default_factory=list)

    def take(self, column: str, parse: Callable[[str], T], placeholder: D) -> T | D:
        """Return the cell's value; `placeholder` where it is refused or empty, which is refused."""
        if column not in self.cells:
            self.refuse("cell_missing", column)
            return placeholder
        return self.maybe(column, parse, placeholder)

    def maybe(self, column: str, parse: Callable[[str], T], default: D) -> T | D:
        """Return the cell's value; `default` where it is empty, or refused."""
        if column not in self.cells:
            return default
        try:
            return parse(self.cells[column])
        except CellError as error:
            self.refuse(error.code, column, **error.detail)
            return default

    def refuse(self, code: str, column: str = "", **detail: str | int) -> None:
        self.faults.append(Fault(code=code, column=column, detail=detail))


@dataclass(frozen=True, slots=True)
class Table:
    rows: list[Row]
    unknown: tuple[str, ...]
    """Columns that nobody reads."""


def read(content: bytes, *, columns: tuple[str, ...], required: tuple[str, ...]) -> Table:
    """Return the rows of a file that are not empty.

    Raises:
        LineError: `file_*`: not text, no header, a column missing or twice, quotes left open.
    """
    lines = _lines(_text(content))
    first, header = next(lines, (1, []))
    if not any(header):
        raise LineError("file_empty")
    named = _columns(header, columns, required, line=first)
    rows = [_row(line, cells, named) for line, cells in lines if any(c.strip() for c in cells)]
    unknown = [cell.strip() for cell, name in zip(header, named, strict=True) if name is None]
    return Table(rows, tuple(cell for cell in unknown if cell))


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise LineError("file_too_big", most=MAX_BYTES // 1024 // 1024)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise LineError("file_not_text")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins on. Raises: LineError."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITER, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise LineError("file_quotes", line) from None


def _columns(
    header: list[str], columns: tuple[str, ...], required: tuple[str, ...], *, line: int
) -> list[str | None]:
    """Return the documented name of each column, None for those that nobody reads."""
    if len(header) == 1:
        raise LineError("file_delimiter", line)
    known = {folded(name): name for name in columns}
    named = [known.get(folded(cell)) for cell in header]
    for name in columns:
        if named.count(name) > 1:
            raise LineError("file_column_twice", line, name)
    for name in required:
        if name not in named:
            raise LineError("file_column_missing", line, name)
    return named


def _row(line: int, cells: list[str], named: list[str | None]) -> Row:
    row = Row(line, {})
    for name, cell in zip(named, cells, strict=False):
        if name is not None and cell.strip():
            row.cells[name] = cell
    if any(cell.strip() for cell in cells[len(named) :]):
        row.refuse("line_too_long")
    return row
