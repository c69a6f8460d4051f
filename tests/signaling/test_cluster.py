"""Three servers on one PostgreSQL: one dies in mid-sitting, another is replaced, the exam goes on.

Real processes, real media, a front that knows of no session. Who is asked for a session of
another's passes the request on; who is left takes over what a dead server had.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import pytest

from tests.databases import Database
from tests.e2e.site import (
    ABSENT_EXAMINER,
    CANDIDATE,
    CHAIR,
    EXAMINER,
    INVIGILATOR,
    ORGANISER,
    SITTING,
)
from tests.signaling.cluster import LOST, Cluster, attending, cluster
from tests.signaling.test_draining import flows, receive
from visiojury.record.lines import from_lines, verify_lines
from visiojury.rehearsal.client import Client, State

TAKEN_UP_S = 10.0
LEAST_ACTS = 10
ASKED = 20
SENDERS = (CANDIDATE, CHAIR, EXAMINER)

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]


async def act_without_end(client: Client, acknowledged: list[int]) -> None:
    """Do acts, one after the other, as long as somebody takes them; note those acknowledged."""
    while True:
        with contextlib.suppress(*LOST):
            acknowledged.append(
                await client.act("check_identity", participant_id=CANDIDATE, document="passport")
            )
        await asyncio.sleep(0.05)


async def any_answers(servers: Cluster, http: aiohttp.ClientSession) -> None:
    """Ask each server for the session in turns: all answer the same, the owner a little sooner."""
    took_s: dict[str, list[float]] = {address: [] for address in servers.nodes}
    answers: set[str] = set()
    for _ in range(ASKED):
        for address, took in took_s.items():
            began_s = time.perf_counter()
            url = f"{address}/api/sessions/{servers.session_id}/calendar"
            async with http.get(url, headers=servers.admin()) as response:
                assert response.status == 200
                answers.add(await response.text())
            took.append(time.perf_counter() - began_s)
    assert len(answers) == 1
    owner = servers.owner().address
    for address, took in took_s.items():
        who = "owner" if address == owner else "another"
        print(f"{who}: its calendar in {median(took) * 1000:.1f} ms")


async def everyone_is_back(people: dict[str, Client], gaps: int) -> None:
    """Wait until the gap is over for everyone: their state is of now, and all media flow."""
    for client in people.values():
        await client.until(
            lambda state: all(flows(state, who) for who in SENDERS), "everyone's media", due_s=20
        )
    await people[CHAIR].until(
        lambda state: all("end_ms" in outage for outage in outages_of(state)), "its end"
    )
    assert len(outages_of(people[CHAIR].state)) == gaps


def outages_of(state: State) -> list[dict[str, Any]]:
    return list(state["sittings"][SITTING]["outages"].values())


@pytest.mark.requirement("T4", "T1")
async def test_a_server_dies_another_is_replaced_and_the_sitting_goes_on(
    tmp_path: Path, postgres_database: Database
) -> None:
    acknowledged: list[int] = []
    async with (
        aiohttp.ClientSession() as http,
        cluster(tmp_path, postgres_database) as servers,
    ):
        invitations = await servers.create_session(http)
        del invitations[ABSENT_EXAMINER]
        async with (
            attending(http, servers.front.origin, invitations) as people,
            asyncio.TaskGroup() as group,
        ):
            await any_answers(servers, http)
            await receive(people)
            acts = group.create_task(act_without_end(people[INVIGILATOR], acknowledged))

            await lose(servers, people, acknowledged, signal.SIGKILL, within_s=TAKEN_UP_S)
            # SIGTERM, and no patience with what runs: leases are given back, nobody waits.
            await lose(servers, people, acknowledged, signal.SIGTERM, within_s=4.0)

            acts.cancel()
            content = await people[ORGANISER].download("record.jsonl")
    assert verify_lines(content).is_intact
    kept = {entry.seq: entry for entry in from_lines(content)}
    assert all(kept[seq].event.type == "identity.checked" for seq in acknowledged)
    boots = [entry.boot_id for entry in kept.values()]
    assert len(set(boots)) == 1 + sum(one != other for one, other in pairwise(boots)) == 3
    gaps = [e.event for e in kept.values() if e.event.type == "service.interrupted"]
    assert [gap.part for gap in gaps] == ["server", "server"]


async def lose(
    servers: Cluster,
    people: dict[str, Client],
    acknowledged: list[int],
    by: signal.Signals,
    *,
    within_s: float,
) -> None:
    """End the owner of the session, and see everyone back at another within `within_s`."""
    known = len(acknowledged)
    while len(acknowledged) < known + LEAST_ACTS:  # noqa: ASYNC110 - a list of the test's own
        await asyncio.sleep(0.05)
    owner = servers.owner()
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    ending = asyncio.ensure_future(owner.end(by))
    await servers.moved(owner)
    known = len(acknowledged)
    while len(acknowledged) == known:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    waited_s = loop.time() - began_s
    print(f"{by.name}: acts are taken elsewhere after {waited_s:.1f} s")
    assert waited_s <= within_s
    await ending
    await everyone_is_back(people, gaps=1 if by is signal.SIGKILL else 2)
    print(f"{by.name}: everyone's media after {loop.time() - began_s:.1f} s")
