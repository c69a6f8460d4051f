"""State comes from the record alone."""

from __future__ import annotations

import pytest

from tests.builders import SITTING, sealed_story
from visiojury.record.errors import FoldError
from visiojury.record.fold import fold
from visiojury.record.lines import from_lines, to_lines

STORY = sealed_story()


def test_the_state_rebuilt_is_the_state_that_was() -> None:
    rebuilt = fold(from_lines(to_lines(STORY.entries)))
    assert rebuilt.sittings == STORY.session.sittings
    assert rebuilt.deliberation == STORY.session.deliberation
    assert rebuilt.checks == STORY.session.checks
    assert rebuilt.seal == STORY.session.seal
    reading = rebuilt.sitting(SITTING).read_clock(STORY.now_ms)
    assert reading is not None
    assert reading.extension_ms == 6000


@pytest.mark.parametrize(("first", "named"), [(1, 2), (27, 28)])
def test_a_record_without_its_beginning_is_refused(first: int, named: int) -> None:
    with pytest.raises(FoldError) as refusal:
        fold(STORY.entries[first:])
    assert refusal.value.seq == named


def test_a_session_is_created_once() -> None:
    with pytest.raises(FoldError):
        fold([STORY.entries[0], STORY.entries[0]])
