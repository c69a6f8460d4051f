"""One file of reference data: its entries, each value with the line it stands on.

A file is TOML of two levels: tables, and their keys. `tomllib` tells no lines, so they are found
by reading the headers and keys again; a text that looks like a header inside a multi-line string
would mislead a line number, never a value.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visiojury.reference.errors import Fault, ReferenceDataError

_HEADER = re.compile(r"\s*\[\s*(?P<name>\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<name>\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*[=.]")
_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    entries: dict[str, Any]
    """By name; a table each, where the file is right."""
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of (entry, key), and of (entry, "") for its header."""

    def line(self, entry: str, key: str = "") -> int:
        return self.lines.get((entry, key)) or self.lines.get((entry, ""), 0)


def read(path: Path) -> File:
    """Return a file's entries. Raises: ReferenceDataError: unreadable, or not TOML."""
    text = _text(path)
    try:
        return File(path, tomllib.loads(text), _lines(text))
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = f"ce n’est pas du TOML valide : {error}"
        raise _refused("reference_not_toml", path, line, reason) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = f"fichier illisible ({error.strerror})."
        raise _refused("reference_unreadable", path, 0, reason) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason = "ce n’est pas de l’UTF-8 ; enregistrez le fichier dans ce codage."
        raise _refused("reference_not_toml", path, line, reason) from None


def _refused(code: str, path: Path, line: int, reason: str) -> ReferenceDataError:
    return ReferenceDataError([Fault(code=code, path=path, line=line, reason=reason)])


def _lines(text: str) -> dict[tuple[str, str], int]:
    lines: dict[tuple[str, str], int] = {}
    entry = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            entry = header["name"].strip("\"'")
            lines.setdefault((entry, ""), number)
        elif key := _KEY.match(line):
            name = key["name"].strip("\"'")
            lines.setdefault((entry, name), number)
            if not entry:  # A key before any header is an entry itself, and a wrong one.
                lines.setdefault((name, ""), number)
    return lines
