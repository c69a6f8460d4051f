"""Sessions are found without reading them, and what finds them says what the entries say."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.builders import Story
from tests.databases import Database, append_sealed
from visiojury.exam import events as ev
from visiojury.record.entry import Draft
from visiojury.record.index import Summary
from visiojury.record.schema import INVITATION
from visiojury.record.store import RecordStore

STORY = Story()


def by_server(event: ev.Event) -> Draft:
    return Draft(event=event, actor=None, received_ms=1, monotonic_ms=1, boot_id="boot-1")


def invitation(number: int) -> ev.InvitationIssued:
    return ev.InvitationIssued(
        at_ms=number,
        invitation_id=f"invitation-{number}",
        participant_id="candidate",
        secret_digest=f"{number:064x}",
        code_digest=None,
        not_before_ms=0,
        expires_ms=1,
    )


async def filled(store: RecordStore) -> list[str]:
    names = ["a", "b", "c"]
    for number, name in enumerate(names):
        issued = [by_server(invitation(2 * number + n)) for n in range(2)]
        await store.append(name, [*STORY.drafts[:8], *issued])
    return names


async def rebuilt(store: RecordStore) -> set[tuple[str, str, str]]:
    """Return what the table of invitations has to hold, from the entries alone."""
    return {
        (name, entry.event.invitation_id, entry.event.secret_digest)
        for name in await store.index.session_ids()
        for entry in await store.load(name)
        if isinstance(entry.event, ev.InvitationIssued)
    }


@pytest.mark.requirement("B3", "T4")
async def test_the_table_of_invitations_is_what_the_entries_give(store: RecordStore) -> None:
    await filled(store)
    async with store._engine.connect() as connection:
        rows = (await connection.execute(select(INVITATION))).all()
    kept = {(row.session_id, row.invitation_id, row.secret_digest) for row in rows}
    assert len(kept) == 6
    assert kept == await rebuilt(store)


@pytest.mark.requirement("B3")
async def test_a_secret_leads_to_its_session_and_to_no_other(store: RecordStore) -> None:
    names = await filled(store)
    for number in range(6):
        found = await store.index.session_of_invitation(f"{number:064x}")
        assert found == names[number // 2]
    assert await store.index.session_of_invitation("f" * 64) is None


async def test_a_refused_append_leaves_no_invitation(store: RecordStore) -> None:
    await store.append("a", STORY.drafts[:2])
    store._heads["a"] = (9, "0" * 64)
    with pytest.raises(Exception, match="writer_conflict"):
        await store.append("a", [by_server(invitation(1))])
    assert await store.index.session_of_invitation(f"{1:064x}") is None


async def test_a_summary_is_of_use_until_the_next_entry(store: RecordStore) -> None:
    await store.append("a", STORY.drafts[:2])
    await store.append("b", STORY.drafts[:3])
    assert await store.index.summaries() == {"a": Summary(2, None), "b": Summary(3, None)}
    await store.index.keep_summary("a", 2, "first")
    assert (await store.index.summaries())["a"] == Summary(2, "first")
    await store.append("a", STORY.drafts[2:3])
    assert (await store.index.summaries())["a"] == Summary(3, None)
    await store.index.keep_summary("a", 3, "second")
    assert (await store.index.summaries())["a"] == Summary(3, "second")


@pytest.mark.requirement("A2")
async def test_seals_that_wait_for_their_stamp_are_found(store: RecordStore) -> None:
    await store.append("live", STORY.drafts[:2])
    for name in ("sealed", "missed", "stamped"):
        await append_sealed(store, name)
        await store.load(name)
    missed = ev.TimestampMissed(at_ms=1, size=1, reason="unreachable")
    await store.append("missed", [by_server(missed)])
    stamped = ev.RecordTimestamped(at_ms=1, size=1, response="", certificates="")
    await store.append("stamped", [by_server(stamped)])
    assert await store.index.unstamped_session_ids() == ["missed", "sealed"]


async def test_the_keys_are_tried_at_start(store: RecordStore, database: Database) -> None:
    await store.check_keys()
    await store.append("a", STORY.drafts[:2])
    await store.check_keys()
    other = await RecordStore.open(database.target, wrapping_key=bytes(32))
    try:
        with pytest.raises(Exception, match="keys_unreadable"):
            await other.check_keys()
    finally:
        await other.close()


async def test_a_trial_of_writing_is_no_sign_of_life(store: RecordStore) -> None:
    await store.try_writing(5)
    assert await store.last_mark() is None
    await store.mark(3)
    await store.try_writing(6)
    assert await store.last_mark() == 3


async def test_what_was_released_is_appended_to_after_it_was_loaded(store: RecordStore) -> None:
    await store.append("a", STORY.drafts[:2])
    store.release("a")
    with pytest.raises(Exception, match="writer_conflict"):
        await store.append("a", STORY.drafts[2:3])
    await store.load("a")
    (entry,) = await store.append("a", STORY.drafts[2:3])
    assert entry.seq == 3
