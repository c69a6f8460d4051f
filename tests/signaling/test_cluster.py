"""Three servers on one PostgreSQL: one dies in mid-sitting, one is held up, one is replaced.

Real processes, real media, a front that knows of no session. Who is asked for a session of
another's passes the request on; who is left takes over what a dead server had.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from tests.signaling.cluster import LOST, Cluster, Device, Node, attending, cluster
from tests.signaling.test_draining import flows, receive
from visiojury.record.lines import from_lines, verify_lines
from visiojury.rehearsal.client import Client, State

TAKEN_UP_S = 10.0
LEAST_ACTS = 10
ATTEMPT_S = 2.5
"""What a page waits for an answer."""
ASKED = 20
SENDERS = (CANDIDATE, CHAIR, EXAMINER)

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]


async def act_without_end(client: Client, acknowledged: list[int]) -> None:
    """Do acts, one after the other, as long as somebody takes them; note those acknowledged."""
    while True:
        with contextlib.suppress(*LOST):
            async with asyncio.timeout(ATTEMPT_S):
                seq = await client.act(
                    "check_identity", participant_id=CANDIDATE, document="passport"
                )
            acknowledged.append(seq)
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


async def everyone_is_back(people: dict[str, Device], gaps: int) -> None:
    """Wait until so many gaps have been, and are over, for everyone: their state is of now."""

    def is_over(state: State) -> bool:
        outages = outages_of(state)
        are_closed = len(outages) == gaps and all("end_ms" in outage for outage in outages)
        return are_closed and all(flows(state, who) for who in SENDERS)

    for client in people.values():
        await client.until(is_over, f"the end of {gaps} gaps", due_s=20)


def outages_of(state: State) -> list[dict[str, Any]]:
    return list(state["sittings"][SITTING]["outages"].values())


@pytest.mark.requirement("T4", "T1")
async def test_a_server_dies_one_is_held_up_one_is_replaced_and_the_sitting_goes_on(
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
            await people[CHAIR].until(
                lambda state: flows(state, CHAIR) and flows(state, EXAMINER), "the jury"
            )
            await receive(people)
            acts = group.create_task(act_without_end(people[INVIGILATOR], acknowledged))

            moves = Moves(servers, people, acknowledged)
            await moves.after(killed, within_s=TAKEN_UP_S)
            stopped = await moves.after(stop, within_s=TAKEN_UP_S)
            wake(servers, stopped)
            # SIGTERM, and no patience with what runs: leases are given back, nobody waits.
            await moves.after(replaced, within_s=4.0)
            assert servers.owner() is stopped

            acts.cancel()
            content = await people[ORGANISER].download("record.jsonl")
    assert verify_lines(content).is_intact
    kept = {entry.seq: entry for entry in from_lines(content)}
    assert all(kept[seq].event.type == "identity.checked" for seq in acknowledged)
    boots = [entry.boot_id for entry in kept.values()]
    # One after the other: whoever was woken wrote nothing before it owned the session again.
    assert sum(one != other for one, other in pairwise(boots)) == len(set(boots)) == 3
    gaps = [e.event for e in kept.values() if e.event.type == "service.interrupted"]
    assert [gap.part for gap in gaps] == ["server"] * 3


async def killed(_servers: Cluster, owner: Node) -> None:
    await owner.end(signal.SIGKILL)


async def replaced(_servers: Cluster, owner: Node) -> None:
    await owner.end(signal.SIGTERM)


async def stop(servers: Cluster, owner: Node) -> None:
    """Let it live and do nothing, as a machine that is held up; the front's look finds that."""
    owner.tell(signal.SIGSTOP)
    servers.front.ports.remove(owner.port)


def wake(servers: Cluster, node: Node) -> None:
    node.tell(signal.SIGCONT)
    servers.front.ports.append(node.port)


@dataclass
class Moves:
    """The session goes from server to server."""

    servers: Cluster
    people: dict[str, Device]
    acknowledged: list[int]
    gaps: int = 0

    async def after(
        self, harm: Callable[[Cluster, Node], Awaitable[None]], *, within_s: float
    ) -> Node:
        """Harm the owner, and see everyone at another within so long; return who it was."""
        await self._acted(LEAST_ACTS)
        owner, began_s = self.servers.owner(), time.monotonic()
        harming = asyncio.ensure_future(harm(self.servers, owner))
        await self.servers.moved(owner)
        await self._acted(1)
        waited_s = time.monotonic() - began_s
        await harming
        self.gaps += 1
        await everyone_is_back(self.people, self.gaps)
        back_s = time.monotonic() - began_s
        print(f"{harm.__name__}: acts are taken after {waited_s:.1f} s, media {back_s:.1f} s")
        assert waited_s <= within_s
        return owner

    async def _acted(self, more: int) -> None:
        known = len(self.acknowledged)
        while len(self.acknowledged) < known + more:  # noqa: ASYNC110 - a list of the test's own
            await asyncio.sleep(0.02)
