"""A session from a file: the project's CSV, or an export in the manner of ODESSA (B1).

table.py    bytes -> rows of cells, as French spreadsheets save them
values.py   one cell -> one value
book.py     the people, offices and rooms met so far, found again by name
programme.py, odessa.py   rows of each form -> participants and sittings
reading.py  the whole file, and each line's refusal: the one door to all this

Nothing is evaluated, nothing is written: a cell that begins with = + - or @ is text like any other,
and what was read goes through the same rules as what is entered by hand. docs/imports.md is for
whoever prepares the files.
"""

from __future__ import annotations

from visiojury.imports.reading import Form, Imported, carry_out, read
from visiojury.imports.report import Fault, Refused

__all__ = ["Fault", "Form", "Imported", "Refused", "carry_out", "read"]
