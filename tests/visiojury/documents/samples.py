"""Write what each template may be given: `python -m tests.visiojury.documents.samples`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from tests.builders import SealingKey, Story, eventful_story
from visiojury.documents import Edition, catalogue, paper
from visiojury.documents.inspection import SAMPLES
from visiojury.exam import events as ev

AMENDMENT = "La date de la session est le 15 juin."


def endorsed_story() -> Story:
    """The eventful session, its minutes signed by one, missed by one, amended and sent."""
    story = eventful_story()
    digest = hashlib.sha256(catalogue.make("minutes", story.entries)).hexdigest()
    key = SealingKey(7).jwk
    story.observe(
        ev.MinutesSigned(
            at_ms=story.now_ms,
            participant_id="chair",
            minutes_sha256=digest,
            signature="c2lnbmF0dXJl",
            public_key=key,
        ),
        ev.SignatureMissing(
            at_ms=story.now_ms, participant_id="examiner-1", reason="Hospitalisé depuis la veille."
        ),
        ev.AmendmentWritten(
            at_ms=story.now_ms, amendment_id="amendment-1", text=AMENDMENT, sha256="cd" * 32
        ),
        ev.AmendmentSigned(
            at_ms=story.now_ms,
            amendment_id="amendment-1",
            participant_id="examiner-2",
            sha256="cd" * 32,
            signature="c2lnbmF0dXJl",
            public_key=key,
        ),
        ev.MinutesDelivered(at_ms=story.now_ms, recipient="Rectorat"),
    )
    return story


def samples() -> dict[str, Any]:
    """Return the richest data that the eventful story gives each template."""
    found: dict[str, Any] = {}

    def keep(template: str, data: Mapping[str, Any], **_: object) -> bytes:
        if len(str(data)) > len(str(found.get(template, ""))):
            found[template] = data
        return b""

    story = endorsed_story()
    with patch.object(paper, "typeset", keep):
        for name in catalogue.names(story.session):
            catalogue.make(name, story.entries, Edition(origin="https://jury.example"))
    return dict(sorted(found.items()))


if __name__ == "__main__":
    text = json.dumps(samples(), ensure_ascii=False, indent=1, sort_keys=True)
    SAMPLES.write_text(text + "\n", encoding="utf-8")
