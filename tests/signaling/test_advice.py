"""What is late is told to who plans, until it is done."""

from __future__ import annotations

from datetime import date

import pytest

from signaling.advice import advice_on
from tests.builders import Story, sealed_story
from visiojury.exam import commands as cmd
from visiojury.exam.follow_up import minutes_due_ms, signers
from visiojury.reference.library import load

REFERENCE = load(date(2026, 6, 15))
SIGN = cmd.SignMinutes(minutes_sha256="ab" * 32, signature="s", public_key={"kty": "EC"})


def _late(story: Story, now_ms: int) -> list[str]:
    advice = advice_on(story.session, REFERENCE, now_ms)
    return [one.message for one in advice if one.code == "minutes_late"]


@pytest.mark.requirement("A3")
def test_minutes_that_are_late_are_told_until_they_are_sent() -> None:
    story = sealed_story()
    for who in signers(story.session):
        story.act(who, SIGN)
    due_ms = minutes_due_ms(story.session)
    assert due_ms is not None
    assert _late(story, due_ms) == []
    (said,) = _late(story, due_ms + 1)
    assert said == "Le procès-verbal signé était à envoyer au plus tard le 30/06/2026 à 11:42."
    story.act("organiser", cmd.DeliverMinutes(recipient="DREETS"))
    assert _late(story, due_ms + 1) == []


@pytest.mark.requirement("A3")
def test_nothing_is_late_before_the_jury_has_ended() -> None:
    assert _late(Story(), 2**52) == []
