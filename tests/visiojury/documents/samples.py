"""Write what each template may be given: `python -m tests.visiojury.documents.samples`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from tests.builders import SealingKey, Story, eventful_story
from visiojury.documents import Edition, catalogue, paper
from visiojury.documents.inspection import SAMPLES
from visiojury.exam import events as ev
from visiojury.exam.after import AMENDMENT_LABEL, MINUTES_LABEL
from visiojury.record.seal import thumbprint

AMENDMENT = "La date de la session est le 15 juin."


DEVICES = {who: SealingKey(7 + n) for n, who in enumerate(("chair", "examiner-2", "manager"))}


def endorsed_story(
    *, signing: Mapping[str, SealingKey] = DEVICES, minutes: bytes | None = None
) -> Story:
    """The eventful session, its minutes signed by two, missed by one, amended and sent.

    Args:
        signing: the keys they sign with; those their links were redeemed with are `DEVICES`.
        minutes: the digest that is signed, where it is not that of the minutes.
    """
    story = eventful_story(keys={who: thumbprint(key.jwk) for who, key in DEVICES.items()})
    minutes = minutes or hashlib.sha256(catalogue.make("minutes", story.entries)).digest()
    amendment = hashlib.sha256(AMENDMENT.encode()).digest()

    def signed(who: str, label: bytes, digest: bytes) -> dict[str, Any]:
        signature = base64.urlsafe_b64encode(signing[who].sign(label + digest))
        return {
            "at_ms": story.now_ms,
            "participant_id": who,
            "signature": signature.rstrip(b"=").decode(),
            "public_key": signing[who].jwk,
        }

    story.observe(
        *(
            ev.MinutesSigned(minutes_sha256=minutes.hex(), **signed(who, MINUTES_LABEL, minutes))
            for who in ("chair", "manager")
        ),
        ev.SignatureMissing(
            at_ms=story.now_ms, participant_id="examiner-1", reason="Hospitalisé depuis la veille."
        ),
        ev.AmendmentWritten(
            at_ms=story.now_ms,
            amendment_id="amendment-1",
            text=AMENDMENT,
            sha256=amendment.hex(),
        ),
        ev.AmendmentSigned(
            amendment_id="amendment-1",
            sha256=amendment.hex(),
            **signed("examiner-2", AMENDMENT_LABEL, amendment),
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
