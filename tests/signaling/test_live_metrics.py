"""What Prometheus reads of people, calls and commits, on a real server."""

from __future__ import annotations

import time

import pytest

from tests.signaling.site import Site, line_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T3")]


async def value(site: Site, sample: str) -> float:
    async with site.http.get(f"http://127.0.0.1:{site.settings.metrics.port}/metrics") as response:
        lines = (await response.text()).splitlines()
    (found,) = [line for line in lines if line.startswith(f"{sample} ")]
    return float(found.split()[-1])


async def test_who_is_connected_is_counted_by_role_and_only_while_connected(site: Site) -> None:
    session_id = await site.create()
    client = await site.person(session_id, "candidate")
    candidates = 'visiojury_participants{role="candidate"}'
    before = await value(site, candidates)
    async with line_of(site, client) as line:
        await line.next("snapshot")
        assert await value(site, candidates) == before + 1
    for _ in range(100):
        if await value(site, candidates) == before:
            break
    assert await value(site, candidates) == before


async def test_a_call_for_help_counts_until_it_is_answered(site: Site) -> None:
    session_id = await site.create()
    before = await value(site, "visiojury_help_calls_open")
    await (await site.person(session_id, "candidate")).act("call_help")
    assert await value(site, "visiojury_help_calls_open") == before + 1
    state = site.server.rooms.get(session_id)
    assert state is not None
    (help_id,) = state.owner.state.helps
    await (await site.person(session_id, "invigilator")).act("answer_help", help_id=help_id)
    assert await value(site, "visiojury_help_calls_open") == before


async def test_a_commit_is_dated(site: Site) -> None:
    began_s = time.time()
    await site.create()
    assert await value(site, "visiojury_record_appended_timestamp_seconds") >= began_s
