"""One server of several, in this process: what it owns, what it lost, what it passes on.

The others are what the database says of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from signaling import settings as s
from signaling import telemetry
from signaling.ownership import Ownership
from tests.builders import Story, definition
from tests.databases import Database
from tests.postgres import cluster
from tests.signaling.site import Site, refusal_of, serving, settings_in
from visiojury.record.leases import FREE_S, RENEW_S
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.requirement("T4")
NOBODY = "http://127.0.0.1:1"
"""Another server, which does not answer."""
SESSION = "owned"


@asynccontextmanager
async def one_of_several(folder: Path, database: str) -> AsyncIterator[Site]:
    """A server that knows of others, with one session."""
    settings = settings_in(folder)
    origin = f"http://127.0.0.1:{settings.http.port}"
    http = settings.http.model_copy(update={"origins": (origin,)})
    update = {"http": http, "database": database, "cluster": s.Cluster(address=origin)}
    async with serving(settings.model_copy(update=update)) as running:
        await running.create(replace(definition(), session_id=SESSION))
        yield running


@pytest.fixture
async def site(tmp_path: Path, postgres_database: Database) -> AsyncIterator[Site]:
    async with one_of_several(tmp_path, str(postgres_database.target)) as running:
        yield running


def ownership_of(site: Site) -> Ownership:
    assert site.server.ownership is not None
    return site.server.ownership


def head(database: Database, session_id: str = SESSION) -> list[str]:
    (row,) = database.sql(
        f"SELECT coalesce(owner, '-'), epoch FROM head WHERE session_id = '{session_id}'"
    )
    return row.split("|")


def given_to_another(database: Database) -> None:
    """Have another server take the session, as if our renewals had not come through."""
    database.sql(f"UPDATE head SET owner = '{NOBODY}', epoch = epoch + 1")


def passed_on() -> float:
    value = telemetry.REGISTRY.get_sample_value(
        "visiojury_forwarded_requests_total", {"outcome": "answered"}
    )
    assert value is not None
    return value


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not is_so():  # noqa: ASYNC110 - what is awaited is the server's state
            await asyncio.sleep(0.02)


async def connected(site: Site, who: str) -> tuple[Client, asyncio.Task[None]]:
    client, ready = await site.person(SESSION, who), asyncio.Event()
    running = asyncio.ensure_future(client.run(ready=ready))
    await ready.wait()
    return client, running


async def test_what_another_took_is_lost_here_and_taken_up_when_that_one_is_gone(
    site: Site, postgres_database: Database
) -> None:
    assert head(postgres_database) == [ownership_of(site).leases.node, "1"]
    client, running = await connected(site, "organiser")
    given_to_another(postgres_database)
    async with asyncio.timeout(5):
        assert (await refusal_of(running)).refusal == "session_moved"
    await until(lambda: site.server.rooms.get(SESSION) is None)
    refusal = await refusal_of(client.act("take_duty"))
    assert (refusal.status, refusal.refusal) == (503, "session_moved")
    assert head(postgres_database) == [NOBODY, "2"]
    # It is listed all the same, by whoever is asked.
    assert [line.session_id for line in await site.server.listing.lines()] == [SESSION]
    assert site.server.rooms.get(SESSION) is None

    postgres_database.sql("UPDATE head SET renewed_ms = renewed_ms - 5000")
    await until(lambda: site.server.rooms.get(SESSION) is not None)
    assert head(postgres_database) == [ownership_of(site).leases.node, "3"]
    assert await client.act("take_duty") > 0


async def test_a_server_that_cannot_reach_the_database_stops_and_goes_on_when_it_can(
    tmp_path: Path,
) -> None:
    """Nobody can tell it that no other has begun."""
    with cluster() as postgres:
        async with one_of_several(tmp_path, postgres.new_database()) as site:
            client, running = await connected(site, "organiser")
            await asyncio.to_thread(postgres.stop)
            stopped_s = time.monotonic()
            assert (await refusal_of(running)).refusal == "session_moved"
            assert RENEW_S < time.monotonic() - stopped_s < FREE_S + RENEW_S
            assert site.server.rooms.get(SESSION) is None
            assert (await refusal_of(client.act("take_duty"))).status == 503
            await asyncio.to_thread(postgres.start)
            await until(lambda: site.server.rooms.get(SESSION) is not None)
            assert await client.act("take_duty") > 0


async def test_a_request_is_passed_on_once(site: Site, postgres_database: Database) -> None:
    """Two servers that hold each other for the owner would pass it to and fro."""
    client = await site.person(SESSION, "organiser")
    given_to_another(postgres_database)
    # Itself, by another name: it would pass on to itself for ever.
    alias = site.origin.replace("127.0.0.1", "localhost")
    postgres_database.sql(f"UPDATE head SET owner = '{alias}'")
    await until(lambda: site.server.rooms.get(SESSION) is None)
    before = passed_on()
    refusal = await refusal_of(client.act("take_duty"))
    assert refusal.refusal == "session_moved"
    assert passed_on() == before + 1


async def test_half_an_answer_is_seen_to_be_cut(site: Site, postgres_database: Database) -> None:
    """Its owner dies in the midst of a document."""

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe first half")
        await writer.drain()
        writer.close()

    client = await site.person(SESSION, "organiser")
    given_to_another(postgres_database)
    async with await asyncio.start_server(die, "127.0.0.1", 0) as dying:
        port = dying.sockets[0].getsockname()[1]
        postgres_database.sql(f"UPDATE head SET owner = 'http://127.0.0.1:{port}'")
        await until(lambda: site.server.rooms.get(SESSION) is None)
        with pytest.raises(aiohttp.ClientPayloadError):
            await client.download("record.jsonl")


async def test_whoever_is_asked_to_stop_leaves_what_is_not_under_way_to_the_others(
    site: Site, postgres_database: Database
) -> None:
    story = Story()
    story.open_sitting()
    held = await site.hold(story)
    _, running = await connected(site, "organiser")
    draining = asyncio.ensure_future(site.server.drain.run(60.0))
    async with asyncio.timeout(5):
        assert (await refusal_of(running)).refusal == "session_moved"
    assert head(postgres_database)[0] == "-"
    assert [room.session_id for room in site.server.rooms] == [held.session_id]
    assert head(postgres_database, held.session_id)[0] == ownership_of(site).leases.node
    await asyncio.sleep(1.5)
    assert head(postgres_database)[0] == "-", "it was taken up again"
    draining.cancel()


async def test_nobody_makes_a_session_that_another_server_has(
    site: Site, postgres_database: Database
) -> None:
    given_to_another(postgres_database)
    await until(lambda: site.server.rooms.get(SESSION) is None)
    with pytest.raises(AssertionError, match="session_exists"):
        await site.create(replace(definition(), session_id=SESSION))
