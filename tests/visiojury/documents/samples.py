"""Write what each template may be given: `python -m tests.visiojury.documents.samples`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from tests.builders import eventful_story
from visiojury.documents import Edition, catalogue, paper
from visiojury.documents.inspection import SAMPLES


def samples() -> dict[str, Any]:
    """Return the richest data that the eventful story gives each template."""
    found: dict[str, Any] = {}

    def keep(template: str, data: Mapping[str, Any], **_: object) -> bytes:
        if len(str(data)) > len(str(found.get(template, ""))):
            found[template] = data
        return b""

    story = eventful_story()
    with patch.object(paper, "typeset", keep):
        for name in catalogue.names(story.session):
            catalogue.make(name, story.entries, Edition(origin="https://jury.example"))
    return dict(sorted(found.items()))


if __name__ == "__main__":
    text = json.dumps(samples(), ensure_ascii=False, indent=1, sort_keys=True)
    SAMPLES.write_text(text + "\n", encoding="utf-8")
