"""A signature of the minutes is checked: by ours, by the script, and by openssl as it is typed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders import SealingKey, Story
from tests.visiojury.documents.samples import AMENDMENT, DEVICES, endorsed_story
from tests.visiojury.documents.test_archive import alone, files_of, first_named, typed
from visiojury.documents import archive
from visiojury.documents.verification import verify_bytes
from visiojury.exam import events as ev
from visiojury.record.lines import to_lines


def sealed(story: Story) -> Story:
    story.seal()
    return story


def number_of(story: Story, kind: type[ev.Event]) -> int:
    return next(entry.seq for entry in story.entries if isinstance(entry.event, kind))


SOUND = sealed(endorsed_story())
ARCHIVE = archive(SOUND.entries)


def changed(kind: type[ev.Event], **values: Any) -> Story:
    """Return the story as a server would have written it that did not check."""
    story = endorsed_story()
    number = number_of(story, kind) - 1
    draft = story.drafts[number]
    story.drafts[number] = replace(draft, event=replace(draft.event, **values))
    return sealed(story)


@pytest.mark.requirement("J8", "A2")
def test_signatures_that_hold_are_found_to_hold(tmp_path: Path) -> None:
    verdict = verify_bytes(ARCHIVE)
    assert verdict.holds, verdict.text()
    done = alone(ARCHIVE, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.requirement("J8", "A2")
@pytest.mark.parametrize(
    ("story", "kind", "named", "reason"),
    [
        (
            sealed(endorsed_story(signing={**DEVICES, "chair": SealingKey(99)})),
            ev.MinutesSigned,
            "Paule Présidente (chair)",
            "la clé n’est pas celle",
        ),
        (
            sealed(endorsed_story(signing={**DEVICES, "chair": DEVICES["manager"]})),
            ev.MinutesSigned,
            "Paule Présidente (chair)",
            "la clé n’est pas celle",
        ),
        (
            changed(ev.MinutesSigned, minutes_sha256="ab" * 32),
            ev.MinutesSigned,
            "Paule Présidente (chair)",
            "elle n’est pas celle de cette clé",
        ),
        (
            changed(ev.AmendmentSigned, participant_id="chair"),
            ev.AmendmentSigned,
            "Paule Présidente (chair)",
            "la clé n’est pas celle",
        ),
        (
            changed(ev.AmendmentSigned, signature="A" * 86),
            ev.AmendmentSigned,
            "Élise Experte (examiner-2)",
            "elle n’est pas celle de cette clé",
        ),
    ],
    ids=["foreign key", "another's key", "other minutes", "another person", "no signature"],
)
def test_whose_signature_does_not_hold_is_said(
    story: Story, kind: type[ev.Event], named: str, reason: str, tmp_path: Path
) -> None:
    content = archive(story.entries)
    verdict, done = verify_bytes(content), alone(content, tmp_path)
    assert not verdict.holds
    assert first_named(verdict) == number_of(story, kind)
    assert named in verdict.text()
    assert reason in verdict.text()
    assert done.returncode == 1
    assert f"n° {number_of(story, kind)} n’est pas une signature qui tient" in done.stdout


def test_an_amendment_whose_text_was_exchanged_shows() -> None:
    verdict = verify_bytes(archive(changed(ev.AmendmentWritten, text="Autre chose.").entries))
    assert "l’empreinte n’est pas celle du texte" in verdict.text()
    assert not verdict.holds


def test_a_key_whose_link_was_revoked_signs_no_more() -> None:
    story = endorsed_story()
    revoked = ev.InvitationRevoked(at_ms=story.now_ms, invitation_id="access-chair")
    at = number_of(story, ev.MinutesSigned) - 2
    story.drafts.insert(at, replace(story.drafts[at], event=revoked, actor=None))
    verdict = verify_bytes(to_lines(story.entries))
    assert "chair" in verdict.text()
    assert "la clé n’est pas celle" in verdict.text()


@pytest.mark.requirement("J8", "A2")
def test_the_signatures_are_checked_with_openssl_as_the_notice_says(tmp_path: Path) -> None:
    files = files_of(ARCHIVE)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    steps = files["LISEZMOI.txt"].decode().partition("6. Contrôler")[2]
    said = [typed(step, tmp_path) for step in re.findall(r"^  \$ (.+)$", steps, re.MULTILINE)]
    assert [(done.returncode, done.stderr) for done in said] == [(0, "")] * 7
    minutes = hashlib.sha256(files["minutes.pdf"]).hexdigest()
    amendment = hashlib.sha256(AMENDMENT.encode()).hexdigest()
    assert [done.stdout.strip() for done in said] == [
        minutes,
        *("Verified OK", minutes),
        *("Verified OK", minutes),
        *("Verified OK", amendment),
    ]


def test_a_signature_of_other_minutes_than_the_archives_shows() -> None:
    """The signature is sound; what it is over is not what the archive holds."""
    other = hashlib.sha256(b"other minutes").digest()
    story = sealed(endorsed_story(minutes=other))
    verdict = verify_bytes(archive(story.entries))
    assert [p.code for p in verdict.problems] == ["minutes_not_signed"] * 2
    assert "Paule Présidente" in verdict.text()
