"""What every test of a rule says of an act that is refused."""

from __future__ import annotations

import pytest

from tests.builders import Story
from visiojury.exam import commands as cmd
from visiojury.exam.errors import ExamError


def refused(story: Story, by: str, command: cmd.Command, code: str) -> ExamError:
    """Assert that the act is refused with `code` and leaves no trace; return the refusal."""
    before = len(story.drafts)
    with pytest.raises(ExamError) as refusal:
        story.act(by, command)
    assert refusal.value.code == code
    assert len(story.drafts) == before
    return refusal.value
