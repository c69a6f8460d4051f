"""Samples of quality on both engines: kept beside the chain, and erased before it."""

from __future__ import annotations

import pytest

from tests.builders import sample, sealed_story
from visiojury.record.store import RecordStore

pytestmark = pytest.mark.requirement("D6")

STORY = sealed_story()
SESSION = STORY.definition.session_id


async def test_what_is_kept_is_read_again_oldest_first(store: RecordStore) -> None:
    await store.append(SESSION, STORY.drafts[:2])
    later = sample(session_id=SESSION, from_ms=20_000, rtt_ms=80.5, mos=None)
    first = sample(session_id=SESSION, from_ms=10_000)
    await store.keep_quality([later, first])
    assert await store.quality_of(SESSION) == [first, later]
    assert await store.quality_of("unknown") == []


async def test_keeping_nothing_writes_nothing(store: RecordStore) -> None:
    await store.keep_quality([])
    assert await store.quality_of(SESSION) == []


async def test_only_what_ended_before_is_erased_and_only_of_its_session(
    store: RecordStore,
) -> None:
    for session_id in (SESSION, "other"):
        await store.append(session_id, STORY.drafts[:2])
        await store.keep_quality(
            [sample(session_id=session_id, from_ms=at_ms) for at_ms in (0, 10_000, 20_000)]
        )
    assert await store.erase_quality(SESSION, before_ms=20_000) == 1
    assert [one.from_ms for one in await store.quality_of(SESSION)] == [10_000, 20_000]
    assert len(await store.quality_of("other")) == 3
