"""Reference data: what the rules say of diplomas, offices, pooling and figures, as dated files.

`data/DATE/SUBJECT.toml` holds what is in force from that date on; an installation's own folder has
the same form and the last word, field by field. `library.py` reads, `model.py` is what was read,
`checks.py` holds a session against it. New rows need no code. docs/reference.md is for whoever
writes such files.
"""

from __future__ import annotations

from visiojury.reference.errors import Fault, ReferenceDataError
from visiojury.reference.library import Library, load
from visiojury.reference.model import Reference

__all__ = ["Fault", "Library", "Reference", "ReferenceDataError", "load"]
