"""A server takes over from the one before it: what it reads at start, and the gaps it records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from auth.keys import InstallationKeys
from signaling.instants import Instants
from signaling.rooms import Rooms
from signaling.server import TimedStore
from signaling.settings import Settings, Timestamp
from signaling.succession import MARK_S, Succession
from tests.authority import serving_stamps
from tests.builders import SITTING, Story
from tests.databases import Database, append_sealed
from tests.signaling.site import Site, serving, settings_in
from visiojury.exam import events as ev
from visiojury.record.entry import Entry
from visiojury.record.store import RecordStore

SESSION = "deis-2026"
ABSENCE = "service.interrupted"
LATE_MS = 4000
"""How long after the last entry the server that was killed had still been alive."""


@asynccontextmanager
async def stored(settings: Settings) -> AsyncIterator[RecordStore]:
    """The record of an installation that does not run."""
    keys = InstallationKeys.load_or_create(settings.keys)
    store = await RecordStore.open(
        settings.record, wrapping_key=keys.derive(b"visiojury-person-keys-v1")
    )
    try:
        yield store
    finally:
        await store.close()


def running() -> Story:
    """A sitting under way, everyone connected."""
    story = Story()
    story.open_sitting()
    story.wait(60)
    return story


async def entries_of(site: Site, session_id: str = SESSION) -> list[ev.Event]:
    """Return what is stored of a session, without having the server read it."""
    async with stored(site.settings) as store:
        return [entry.event for entry in await store.load(session_id)]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - what is awaited is the server's state
            await asyncio.sleep(0.02)


@pytest.mark.requirement("D7", "T4")
async def test_a_running_sitting_gets_its_outage_though_nobody_comes_back(
    tmp_path: Path, database: Database
) -> None:
    settings = settings_in(tmp_path).model_copy(update={"database": str(database.target)})
    story = running()
    async with stored(settings) as store:
        await store.append(SESSION, story.drafts)
        await store.mark(story.now_ms + LATE_MS)
    async with serving(settings) as site:
        await until(lambda: site.server.rooms.get(SESSION) is not None)
        room = site.server.rooms.get(SESSION)
        assert room is not None
        (outage,) = room.owner.state.sittings[SITTING].outages
        assert outage.start_ms == story.now_ms + LATE_MS
        assert {hindrance.cause for hindrance in outage.hindrances} == {"relay"}
        assert outage.end_ms is None
        events = await entries_of(site)
        following = [event.type for event in events[len(story.drafts) :]]
        assert following[:2] == ["service.interrupted", "outage.opened"]


@pytest.mark.requirement("T4")
async def test_the_last_sign_of_life_stays_until_every_gap_is_recorded(tmp_path: Path) -> None:
    settings, story = settings_in(tmp_path), running()
    marked_ms, instants = story.now_ms + LATE_MS, Instants(time.time, time.monotonic)
    async with stored(settings) as store:
        await store.append(SESSION, story.drafts)
        await store.mark(marked_ms)
        succession = Succession(store, instants, is_stamping=False)
        rooms = Rooms(
            store=TimedStore(store), instants=instants, seal=never, welcome=succession.welcome
        )
        await succession.begin()
        async with asyncio.TaskGroup() as group:
            async with rooms._reading:
                task = group.create_task(succession.run(rooms))
                await asyncio.sleep(3 * MARK_S)
                await store.try_writing(instants.now_ms())
                assert await store.last_mark() == marked_ms
            await until(lambda: rooms.get(SESSION) is not None)
            await asyncio.sleep(3 * MARK_S)
            task.cancel()
        assert await store.last_mark() != marked_ms
        (gap,) = [e.event for e in await store.load(SESSION) if e.event.type == ABSENCE]
        assert gap.at_ms == marked_ms


def never(_entries: Sequence[Entry], _at_ms: int) -> ev.RecordSealed:
    raise AssertionError("nothing here is over")


@pytest.mark.requirement("A2")
async def test_what_is_over_is_read_when_asked_for_and_listed_without(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with stored(settings) as store:
        for name in ("over-1", "over-2"):
            await append_sealed(store, name)
        await store.append("live", running().drafts)
    async with serving(settings) as site:
        await until(lambda: site.server.rooms.get("live") is not None)
        assert [room.session_id for room in site.server.rooms] == ["live"]
        first = await site.server.listing.lines()
        assert [line.session_id for line in first] == ["live", "over-1", "over-2"]
        assert [line.is_sealed for line in first] == [False, True, True]
    async with serving(settings) as site:
        await until(lambda: site.server.rooms.get("live") is not None)
        again = await site.server.listing.lines()
        assert again[1:] == first[1:]
        assert [room.session_id for room in site.server.rooms] == ["live"]
        room = await site.server.rooms.find("over-2")
        assert room is not None
        published = ev.ResultsPublished(at_ms=1, place="Strasbourg")
        await room.owner.record(lambda _: [published], actor=None)
    async with serving(settings) as site:
        (line,) = [x for x in await site.server.listing.lines() if x.session_id == "over-2"]
        assert line.version == first[2].version + 1


@pytest.mark.requirement("A2")
async def test_a_seal_left_without_its_stamp_gets_it_after_a_restart(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with stored(settings) as store:
        await append_sealed(store, SESSION)
    async with serving_stamps(tmp_path / "authority") as authority:
        certificates = tmp_path / "authority.pem"
        certificates.write_text(authority.certificates, encoding="utf-8")
        stamping = Timestamp(url=authority.url, certificates=certificates)
        async with serving(settings.model_copy(update={"timestamp": stamping})) as site:
            await until(lambda: site.server.rooms.get(SESSION) is not None)
            owner = site.server.rooms.owner(SESSION)
            assert owner is not None
            await until(lambda: not owner.state.after.unstamped())
