"""Two servers on one PostgreSQL: one owns a session at a time, and the other can write nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from tests.builders import WRAPPING_KEY, Story
from tests.databases import Database
from visiojury.record.errors import LeaseHeldError, StoreError
from visiojury.record.leases import DROP_S, FREE_S, Lease, Leases
from visiojury.record.schema import HEAD
from visiojury.record.store import RecordStore

pytestmark = pytest.mark.requirement("T4")
FIRST, *_ = DRAFTS = Story().drafts[:3]
MORE = DRAFTS[1:]


class Clock:
    """A server's own monotonic clock, s."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


Open = Callable[[str], Awaitable[RecordStore]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def opened(postgres_database: Database, clock: Clock) -> AsyncIterator[Open]:
    """Open the database under the name of a server."""
    async with AsyncExitStack() as stack:

        async def open_as(node: str) -> RecordStore:
            store = await RecordStore.open(
                postgres_database.target, wrapping_key=WRAPPING_KEY, node=node, now_s=clock
            )
            stack.push_async_callback(store.close)
            return store

        yield open_as


def leases_of(store: RecordStore) -> Leases:
    assert store.leases is not None
    return store.leases


async def taken(store: RecordStore, session_id: str) -> Lease:
    lease = await leases_of(store).take(session_id)
    assert lease is not None
    return lease


def pass_time(database: Database, seconds: float) -> None:
    """Let the database's clock be so much later than every renewal."""
    database.sql(f"UPDATE head SET renewed_ms = renewed_ms - {round(seconds * 1000)}")


async def refusal(asked: Awaitable[object]) -> str:
    with pytest.raises(StoreError) as refused:
        await asked
    return refused.value.code


async def test_a_lease_is_free_five_seconds_after_its_last_renewal(
    opened: Open, postgres_database: Database
) -> None:
    one, other = await opened("one"), await opened("other")
    written = await one.append("s", DRAFTS)
    with pytest.raises(LeaseHeldError) as held:
        await leases_of(other).take("s")
    assert held.value.owner == "one"
    pass_time(postgres_database, FREE_S - 0.5)
    assert await refusal(leases_of(other).take("s")) == "lease_held"
    pass_time(postgres_database, 0.5)
    assert (await taken(other, "s")).epoch == 2
    assert await other.load("s") == written
    assert (await other.append("s", MORE))[0].seq == 4


async def test_a_stale_owner_writes_nothing_and_is_told_so(
    opened: Open, postgres_database: Database
) -> None:
    one, other = await opened("one"), await opened("other")
    await one.append("s", DRAFTS)
    pass_time(postgres_database, FREE_S)
    await taken(other, "s")
    # Nothing was appended since: only the epoch tells the two apart.
    assert await refusal(one.append("s", MORE)) == "lease_lost"
    entries = await other.load("s")
    assert len(entries) == 3
    entries += await other.append("s", MORE)
    assert await refusal(one.append("s", MORE)) == "writer_conflict"  # what it knew is forgotten
    await one.load("s")
    assert await refusal(one.append("s", MORE)) == "lease_lost"
    assert await other.load("s") == entries


async def test_one_stale_session_does_not_spoil_the_transaction_of_the_others(
    opened: Open, postgres_database: Database
) -> None:
    one, other = await opened("one"), await opened("other")
    for session_id in "abc":
        await one.append(session_id, DRAFTS)
    pass_time(postgres_database, FREE_S)
    await taken(other, "b")
    # The first is being committed while the others arrive, and share a transaction.
    outcomes = await asyncio.gather(
        *(one.append(session_id, MORE) for session_id in ("c", "a", "b")), return_exceptions=True
    )
    assert [len(o) if isinstance(o, list) else str(o)[:10] for o in outcomes] == [
        2,
        2,
        "lease_lost",
    ]
    assert len(await other.load("b")) == 3


async def test_a_holder_stops_by_its_own_clock_before_another_may_begin(
    opened: Open, clock: Clock
) -> None:
    assert DROP_S < FREE_S
    one = await opened("one")
    await one.append("s", DRAFTS)
    await one.append("t", DRAFTS)
    clock.now_s += DROP_S - 1
    assert await leases_of(one).renew() == []
    clock.now_s += DROP_S - 1
    await one.append("s", MORE)
    clock.now_s += 1
    # The database would take it still: nobody else has asked for it.
    assert await refusal(one.append("s", MORE)) == "lease_lost"
    assert leases_of(one).held() == []
    assert await leases_of(one).renew() == []
    assert leases_of(one).held() == []  # not revived
    await taken(one, "s")
    await one.load("s")
    assert (await one.append("s", MORE))[0].seq == 6


async def test_a_renewal_keeps_a_lease_and_says_what_was_taken(
    opened: Open, postgres_database: Database
) -> None:
    one, other = await opened("one"), await opened("other")
    await one.append("kept", DRAFTS)
    await one.append("taken", DRAFTS)
    pass_time(postgres_database, FREE_S)
    await taken(other, "taken")
    assert await leases_of(one).renew() == ["taken"]
    assert leases_of(one).held() == ["kept"]
    assert await refusal(leases_of(other).take("kept")) == "lease_held"
    assert await leases_of(other).renew() == []


async def test_what_is_given_back_is_free_at_once(opened: Open) -> None:
    one, other = await opened("one"), await opened("other")
    await one.append("s", DRAFTS)
    assert (await taken(one, "s")).before_ms is not None
    await leases_of(one).give_back()
    assert leases_of(one).held() == []
    lease = await taken(other, "s")
    assert lease.epoch == 3
    assert lease.before_ms is not None
    await leases_of(one).give_back(["s"])  # not its own any more: left alone
    await other.load("s")
    assert await other.append("s", MORE)


async def test_a_server_restarted_under_its_name_need_not_wait(opened: Open) -> None:
    before, after = await opened("one"), await opened("one")
    await before.append("s", DRAFTS)
    assert (await taken(after, "s")).epoch == 2
    await after.load("s")
    assert await after.append("s", MORE)
    assert await refusal(before.append("s", MORE)) == "lease_lost"
    assert await leases_of(before).renew() == ["s"]


async def test_of_two_that_begin_one_session_one_has_it(opened: Open) -> None:
    one, other = await opened("one"), await opened("other")
    outcomes = await asyncio.gather(
        *(store.append("s", DRAFTS) for store in (one, other)), return_exceptions=True
    )
    refused = [str(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
    assert [text.partition(":")[0] for text in refused] == ["writer_conflict"]
    assert sorted([*leases_of(one).held(), *leases_of(other).held()]) == ["s"]


async def test_a_session_that_is_not_there_has_no_lease(opened: Open) -> None:
    one = await opened("one")
    assert await leases_of(one).take("unknown") is None
    assert leases_of(one).held() == []


async def test_a_transaction_left_open_keeps_nobody_from_taking_over(
    opened: Open, postgres_database: Database
) -> None:
    """Its server was cut off, or stopped, in the midst of an append."""
    one, other = await opened("one"), await opened("other")
    await one.append("s", DRAFTS)
    pass_time(postgres_database, FREE_S)
    silent = await one._engine.connect()
    await silent.execute(update(HEAD).values(seq=HEAD.c.seq))
    assert (await taken(other, "s")).epoch == 2
    with pytest.raises(DBAPIError):
        await silent.execute(select(HEAD.c.seq))
    await silent.invalidate()
    await silent.close()
    assert len(await other.load("s")) == 3


async def test_a_server_without_leases_is_kept_out_too(
    opened: Open, postgres_database: Database
) -> None:
    """Started by mistake beside servers that share the database."""
    alone = await RecordStore.open(postgres_database.target, wrapping_key=WRAPPING_KEY)
    try:
        await alone.append("s", DRAFTS)
        one = await opened("one")
        await taken(one, "s")
        assert await refusal(alone.append("s", MORE)) == "lease_lost"
    finally:
        await alone.close()
