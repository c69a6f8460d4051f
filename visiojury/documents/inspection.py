"""Try an installation's templates on sample data, before anything depends on them."""

from __future__ import annotations

import json
from typing import Any

from visiojury.documents.house import TEMPLATES, House, refusal_of
from visiojury.documents.typesetting import typeset

SAMPLES = TEMPLATES / "samples.json"
"""For each template what it may be given, of a session in which nearly everything happens."""
_RECORD = b'{"sample":true}\n'


def inspect(house: House) -> None:
    """Set every document once.

    Raises:
        HouseError: `template_invalid`: names the file, the line and the reason.
    """
    import typst  # noqa: PLC0415 - a large library, see house.py

    for template, data in samples().items():
        try:
            typeset(template, data, statement=b"{}", record=_RECORD, at_ms=0, house=house)
        except typst.TypstError as error:
            raise refusal_of(str(error.diagnostic), template) from None


def samples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLES.read_text(encoding="utf-8"))
    return found
