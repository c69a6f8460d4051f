"""The store on both engines: what it acknowledged is there, whatever happens next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.builders import WRAPPING_KEY, Story, entry_ids, key_of, sealed_story
from tests.databases import Database
from visiojury.record import lines
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.store import RecordStore

STORY = sealed_story()
SESSION = STORY.definition.session_id
LAST = len(STORY.drafts)


async def test_what_is_appended_is_loaded_again(store: RecordStore, database: Database) -> None:
    written = [await store.append(SESSION, [draft]) for draft in STORY.drafts[:5]]
    written.append(await store.append(SESSION, STORY.drafts[5:]))
    again = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        loaded = await again.load(SESSION)
        assert loaded == [entry for entries in written for entry in entries]
        assert [entry.seq for entry in loaded] == list(range(1, LAST + 1))
        assert await again.index.session_ids() == [SESSION]
        assert await again.load("unknown") == []
    finally:
        await again.close()


async def test_appending_nothing_writes_nothing(store: RecordStore) -> None:
    assert await store.append(SESSION, []) == []
    assert await store.index.session_ids() == []


async def test_sessions_have_chains_of_their_own(store: RecordStore) -> None:
    first = await store.append("a", STORY.drafts[:2])
    second = await store.append("b", STORY.drafts[:2])
    assert [entry.seq for entry in first] == [entry.seq for entry in second] == [1, 2]
    assert {entry.digest for entry in first}.isdisjoint(entry.digest for entry in second)
    assert await store.index.session_ids() == ["a", "b"]


async def test_a_database_of_another_version_is_refused(database: Database) -> None:
    await (await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)).close()
    database.sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "schema_unknown"


async def test_of_two_writers_one_wins_and_the_other_is_told(
    store: RecordStore, database: Database
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    other = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        await other.load(SESSION)
        await other.append(SESSION, STORY.drafts[3:4])
        with pytest.raises(StoreError) as refusal:
            await store.append(SESSION, STORY.drafts[3:5])
        assert refusal.value.code == "writer_conflict"
        assert len(await store.load(SESSION)) == 4
        assert (await store.append(SESSION, STORY.drafts[4:5]))[0].seq == 5
    finally:
        await other.close()


async def test_nothing_is_appended_to_an_end_that_somebody_rewrote(
    store: RecordStore, database: Database
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    database.sql("UPDATE head SET digest = 'x'")
    with pytest.raises(StoreError) as refusal:
        await store.append(SESSION, STORY.drafts[3:4])
    assert refusal.value.code == "writer_conflict"


async def test_a_session_is_not_appended_to_before_it_was_loaded(
    store: RecordStore, database: Database
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    other = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        with pytest.raises(StoreError) as refusal:
            await other.append(SESSION, STORY.drafts[:1])
        assert refusal.value.code == "writer_conflict"
    finally:
        await other.close()
    assert len(await store.load(SESSION)) == 3


async def test_all_of_an_append_or_none(database: Database) -> None:
    """The second entry bears the first one's identifier, which the database refuses."""
    store = await RecordStore.open(
        database.target, wrapping_key=WRAPPING_KEY, new_id=lambda: "same"
    )
    try:
        with pytest.raises(StoreError):
            await store.append(SESSION, STORY.drafts[:2])
        assert await store.load(SESSION) == []
        assert await store.index.session_ids() == []
    finally:
        await store.close()


async def test_the_sign_of_life_is_one_row(store: RecordStore, database: Database) -> None:
    assert await store.last_mark() is None
    for at_ms in (1000, 2000, 3000):
        await store.mark(at_ms)
    assert await store.last_mark() == 3000
    assert database.sql("SELECT count(*) FROM life") == ["1"]


async def test_a_session_that_died_before_its_seal_is_loaded_and_sealed(database: Database) -> None:
    store = await RecordStore.open(
        database.target, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    await store.append(SESSION, STORY.drafts[:-1])
    await store.close()
    assert database.sql("SELECT is_closed FROM head") in (["0"], ["f"])
    again = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        assert len(await again.load(SESSION)) == LAST - 1
        await again.append(SESSION, STORY.drafts[-1:])
        assert lines.verify_lines(lines.to_lines(await again.load(SESSION))).is_sealed
    finally:
        await again.close()
    assert database.sql("SELECT is_closed FROM head") in (["1"], ["t"])


async def test_a_cancelled_append_is_found_out_by_loading(database: Database) -> None:
    """It may be on disk or not; nothing is appended before that is known."""
    store = await RecordStore.open(database.target, wrapping_key=WRAPPING_KEY)
    try:
        await store.append(SESSION, STORY.drafts[:2])
        cancelled = asyncio.ensure_future(store.append(SESSION, STORY.drafts[2:3]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        with pytest.raises(StoreError) as refusal:
            await store.append(SESSION, STORY.drafts[2:3])
        assert refusal.value.code == "writer_conflict"
        known = len(await store.load(SESSION))
        assert known in {2, 3}
        (entry,) = await store.append(SESSION, STORY.drafts[known : known + 1])
        assert entry.seq == known + 1
    finally:
        await store.close()


def test_a_story_is_the_same_each_time() -> None:
    assert Story().entries == Story().entries


async def test_what_the_disk_refuses_is_explained_whatever_was_asked(
    store: RecordStore, database: Database
) -> None:
    await store.append(SESSION, STORY.drafts[:2])
    tables = ("life", "entry", "invitation", "summary", "person_key", "quality_sample", "head")
    database.sql(*(f"DROP TABLE {table}" for table in tables))
    for asked in (store.mark(1), store.last_mark(), store.index.session_ids(), store.load(SESSION)):
        with pytest.raises(StoreError, match="database_unusable"):
            await asked


# --- group commit ----------------------------------------------------------------------------


@contextmanager
def commits_of(store: RecordStore) -> Iterator[list[None]]:
    """Yield a list that grows by one a transaction."""
    seen: list[None] = []

    def note(_connection: object) -> None:
        seen.append(None)

    event.listen(store._writer.engine, "commit", note)
    yield seen
    event.remove(store._writer.engine, "commit", note)


async def _begun(store: RecordStore) -> None:
    """Return once a transaction has taken what waits."""
    for _ in range(100):
        if store._turn.locked() and not store._waiting:
            return
        await asyncio.sleep(0)
    pytest.fail("nothing was taken")


async def test_what_arrives_together_is_one_transaction(store: RecordStore) -> None:
    sessions = [f"session-{number}" for number in range(50)]
    with commits_of(store) as commits:
        created = await asyncio.gather(*(store.append(s, STORY.drafts[:2]) for s in sessions))
        grown = await asyncio.gather(*(store.append(s, STORY.drafts[2:5]) for s in sessions))
    assert len(commits) == 2
    for session_id, first, then in zip(sessions, created, grown, strict=True):
        assert await store.load(session_id) == first + then


async def test_what_arrives_during_a_commit_waits_for_the_next(store: RecordStore) -> None:
    with commits_of(store) as commits:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.append("first", STORY.drafts[:1]))]
            await _begun(store)
            tasks += [group.create_task(store.append(f"{n}", STORY.drafts[:1])) for n in range(20)]
    assert len(commits) == 2
    assert all(task.result()[0].seq == 1 for task in tasks)


async def test_those_who_go_on_at_once_go_on_sharing(store: RecordStore) -> None:
    """Whoever waited for a commit that held its own entries does not write alone after it."""

    async def write(session_id: str) -> None:
        for draft in STORY.drafts[:20]:
            await store.append(session_id, [draft])

    with commits_of(store) as commits:
        await asyncio.gather(*(write(f"session-{number}") for number in range(10)))
    assert len(commits) < 60, f"{len(commits)} transactions for 200 appends of 10 at once"


async def test_appends_of_one_session_keep_their_order(store: RecordStore) -> None:
    appended = await asyncio.gather(*(store.append(SESSION, [d]) for d in STORY.drafts))
    assert [entry.seq for entries in appended for entry in entries] == list(range(1, LAST + 1))
    assert [entry.event for entry in await store.load(SESSION)] == [d.event for d in STORY.drafts]


async def test_a_session_in_conflict_spoils_no_other(
    store: RecordStore, database: Database
) -> None:
    sessions = ["a", "b", "c", "d"]
    for session_id in sessions:
        await store.append(session_id, STORY.drafts[:2])
    database.sql("UPDATE head SET digest = 'x' WHERE session_id = 'b'")
    results = await asyncio.gather(
        *(store.append(session_id, STORY.drafts[2:4]) for session_id in sessions),
        store.append("new", STORY.drafts[:2]),
        return_exceptions=True,
    )
    assert [isinstance(result, list) for result in results] == [True, False, True, True, True]
    assert isinstance(results[1], StoreError)
    assert results[1].code == "writer_conflict"
    for session_id in ("a", "c", "d"):
        assert len(await store.load(session_id)) == 4
    assert len(await store.load("new")) == 2
    with pytest.raises(RecordTamperedError):
        await store.load("b")


async def test_who_goes_away_takes_nobody_along(store: RecordStore) -> None:
    async with asyncio.TaskGroup() as group:
        leaving = group.create_task(store.append("leaving", STORY.drafts[:1]))
        staying = group.create_task(store.append("staying", STORY.drafts[:1]))
        await _begun(store)
        leaving.cancel()
    assert (await staying)[0].seq == 1
    assert leaving.cancelled()
    known = len(await store.load("leaving"))
    assert (await store.append("leaving", STORY.drafts[known : known + 1]))[0].seq == known + 1
