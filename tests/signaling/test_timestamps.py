"""The authority is asked beside everything else; what it does not answer is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from signaling.instants import Instants
from signaling.owner import SessionOwner
from signaling.timestamps import MOST_BYTES, Authority, Timestamps
from tests.authority import serving_stamps
from tests.builders import WRAPPING_KEY, SealingKey, entry_ids, key_of, sealed_story
from visiojury.exam import events as ev
from visiojury.record.lines import to_lines, verify_lines
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore

STORY = sealed_story()


@asynccontextmanager
async def owned(folder: Path) -> AsyncIterator[SessionOwner]:
    """A sealed session, on disk, and its owner."""
    key = SealingKey()
    store = await RecordStore.open(
        folder / "record.db", wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    try:
        owner = SessionOwner(
            "deis-2026",
            store=store,
            instants=Instants(lambda: 1_900_000_000.0, lambda: 1.0),
            seal=lambda entries, at_ms: make_seal(entries, key.sign, key.jwk, at_ms=at_ms),
        )
        await store.append("deis-2026", STORY.drafts)
        owner.restore(await store.load_session("deis-2026"))
        yield owner
    finally:
        await store.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - what is awaited is the owner's state
            await asyncio.sleep(0.02)


def events_after_seal(owner: SessionOwner) -> list[str]:
    return [entry.event.type for entry in owner.entries[len(STORY.drafts) :]]


@pytest.mark.requirement("A2")
async def test_a_seal_is_stamped_once_the_authority_answers(tmp_path: Path) -> None:
    async with serving_stamps(tmp_path / "authority") as real, owned(tmp_path) as owner:
        real.failures += [
            web.Response(status=503),
            web.Response(body=b"not a stamp"),
            web.Response(body=bytes(MOST_BYTES + 1)),
            web.Response(body=bytes.fromhex("30053003020102")),
        ]
        authority = Authority(real.url, real.certificates)
        task = Timestamps(authority, lambda: [owner], owner._instants, first_retry_s=0.01)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(task.run())
            await until(lambda: not owner.state.after.unstamped())
            running.cancel()
        assert real.asked == 5
        assert events_after_seal(owner) == ["timestamp.missed", "record.timestamped"]
        missed = owner.entries[-2].event
        assert isinstance(missed, ev.TimestampMissed)
        assert missed.reason == "http_503"
        assert owner.state.is_sealed_to_its_end
        assert verify_lines(to_lines(owner.entries)).is_intact


async def test_an_authority_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    async with owned(tmp_path) as owner:
        authority = Authority("http://127.0.0.1:9/", "none")
        task = Timestamps(authority, lambda: [owner], owner._instants, first_retry_s=60)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(task.run())
            await until(lambda: bool(owner.state.after.missed_stamps))
            published = ev.ResultsPublished(at_ms=1, place="Strasbourg")
            await owner.record(lambda _: [published], actor=None)
            running.cancel()
        assert events_after_seal(owner) == ["timestamp.missed", "results.published"]


async def test_what_follows_the_seal_is_sealed_when_it_must_last(tmp_path: Path) -> None:
    async with owned(tmp_path) as owner:
        await owner.seal_to_the_end()
        assert events_after_seal(owner) == []
        read = ev.DocumentRead(at_ms=1, participant_id="organiser", document="minutes")
        await owner.record(lambda _: [read], actor=None)
        await owner.seal_to_the_end()
        assert events_after_seal(owner) == ["document.read"]
        published = ev.ResultsPublished(at_ms=1, place="Strasbourg")
        await owner.record(lambda _: [published], actor=None)
        for _ in range(2):
            await owner.seal_to_the_end()
        assert events_after_seal(owner)[1:] == ["results.published", "record.sealed"]
        assert owner.state.seal == STORY.session.seal
        assert verify_lines(to_lines(owner.entries)).findings == ()
