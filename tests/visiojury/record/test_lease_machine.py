"""Any order of taking, renewing, giving back, appending, stopping and time, on a real PostgreSQL.

What must hold: never two owners of one epoch, one chain, nothing acknowledged is lost and nothing
refused is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from itertools import count
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Executable, select, update

from tests.builders import WRAPPING_KEY, Story
from tests.databases import Database
from visiojury.record.entry import Entry
from visiojury.record.errors import LeaseHeldError, StoreError
from visiojury.record.leases import FREE_S, Lease, Leases
from visiojury.record.schema import ENTRY, HEAD
from visiojury.record.store import RecordStore

T = TypeVar("T")
DRAFTS = Story().drafts[:3]
ROUGHLY_S = 0.4
"""Between a look at the clock here and there."""
NODES, SESSIONS = ("one", "two"), ("s", "t")
_examples = count(1)

nodes, sessions = st.sampled_from(NODES), st.sampled_from(SESSIONS)


class Server:
    """One server's store, and its own clock: what it believes is between the two."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.store: RecordStore

    @property
    def leases(self) -> Leases:
        assert self.store.leases is not None
        return self.store.leases


class Machine(RuleBasedStateMachine):
    """Time passes for the database, and for the servers or, if they are stopped, not for them."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._runner = asyncio.Runner()
        self._prefix = f"{next(_examples)}-"
        self._servers = {node: Server() for node in NODES}
        self._owners: dict[tuple[str, int], str] = {}
        """Who was given an epoch of a session."""
        self._latest = dict.fromkeys(SESSIONS, 0)
        self._passed_s = 0.0
        self._free_at_s = dict.fromkeys(SESSIONS, 0.0)
        """When the lease of a session runs out, on the database's clock."""
        self._acknowledged: dict[str, list[str]] = {session_id: [] for session_id in SESSIONS}
        """The digests, in order."""

    def _run(self, asked: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asked

        return self._runner.run(wait())

    def _sql(self, statement: Executable) -> list[tuple[str, str]]:
        """Do as an administrator could."""

        async def do() -> list[tuple[str, str]]:
            async with self._servers[NODES[0]].store._engine.begin() as connection:
                result = await connection.execute(statement)
                return [tuple(row) for row in result] if result.returns_rows else []

        return self._run(do())

    def _now_s(self) -> float:
        """Return the database's clock: time passes while this runs, too."""
        return self._passed_s + time.monotonic()

    @initialize()
    def start(self) -> None:
        for node in NODES:
            self._open(node)

    def _open(self, node: str) -> None:
        server = self._servers[node]
        server.store = self._run(
            RecordStore.open(
                self._database.target,
                wrapping_key=WRAPPING_KEY,
                node=node,
                now_s=lambda: server.now_s,
            )
        )

    @rule(node=nodes)
    def restart(self, node: str) -> None:
        """It forgets all it held, and frees nothing."""
        self._run(self._servers[node].store.close())
        self._open(node)

    @rule(node=nodes, session_id=sessions)
    def take(self, node: str, session_id: str) -> None:
        server, name = self._servers[node], self._prefix + session_id
        owner: str | None = None
        lease: Lease | None = None
        is_own = self._owners.get((session_id, self._latest[session_id])) == node
        left_s = self._free_at_s[session_id] - self._now_s()
        try:
            lease = self._run(server.leases.take(name))
        except LeaseHeldError as error:
            owner = error.owner
        if lease is None:
            assert owner != node
            assert owner == self._owners.get((session_id, self._latest[session_id]))
            assert owner is None or left_s > -ROUGHLY_S
            return
        assert is_own or left_s < ROUGHLY_S, "it was somebody else's"
        self._owned(session_id, lease.epoch, node)
        found = self._run(server.store.load(name))
        assert [entry.digest for entry in found] == self._acknowledged[session_id]

    def _owned(self, session_id: str, epoch: int, node: str) -> None:
        assert (session_id, epoch) not in self._owners
        assert epoch == self._latest[session_id] + 1
        self._owners[session_id, epoch] = node
        self._latest[session_id] = epoch
        self._free_at_s[session_id] = self._now_s() + FREE_S

    @rule(node=nodes, session_id=sessions)
    def append(self, node: str, session_id: str) -> None:
        server, name = self._servers[node], self._prefix + session_id
        acknowledged = self._acknowledged[session_id]
        code, entries = None, list[Entry]()
        try:
            entries = self._run(
                server.store.append(name, DRAFTS[1:] if acknowledged else DRAFTS[:1])
            )
        except StoreError as error:
            code = error.code
        if code is not None:
            assert code in {"lease_lost", "writer_conflict"}
            return
        if not acknowledged:
            self._owned(session_id, 1, node)
        assert self._owners[session_id, self._latest[session_id]] == node
        acknowledged += [entry.digest for entry in entries]

    @rule(node=nodes)
    def renew(self, node: str) -> None:
        for name in self._run(self._servers[node].leases.renew()):
            session_id = name.removeprefix(self._prefix)
            assert (session_id, self._latest[session_id]) in self._owners
        for name in self._servers[node].leases.held():
            session_id = name.removeprefix(self._prefix)
            assert self._owner(session_id) == node
            self._free_at_s[session_id] = self._now_s() + FREE_S

    @rule(node=nodes)
    def give_back(self, node: str) -> None:
        leases = self._servers[node].leases
        held = [name.removeprefix(self._prefix) for name in leases.held()]
        self._run(leases.give_back())
        for session_id in held:
            if self._owner(session_id) == node:
                self._free_at_s[session_id] = self._now_s()

    @rule(seconds=st.sampled_from([2.5, FREE_S]), stopped=st.sets(nodes))
    def pass_time(self, seconds: float, stopped: set[str]) -> None:
        self._passed_s += seconds
        earlier = update(HEAD).values(renewed_ms=HEAD.c.renewed_ms - round(seconds * 1000))
        self._sql(earlier.where(HEAD.c.session_id.startswith(self._prefix)))
        for node in set(NODES) - stopped:
            self._servers[node].now_s += seconds

    @rule(node=nodes, session_id=sessions)
    def is_taken_for_dead(self, node: str, session_id: str) -> None:
        """It is held up, another takes over, and it goes on as if nothing had been."""
        other = next(name for name in NODES if name != node)
        self.pass_time(FREE_S, {node})
        self.take(other, session_id)
        self.append(node, session_id)

    def _owner(self, session_id: str) -> str:
        return self._owners[session_id, self._latest[session_id]]

    @invariant()
    def the_record_is_one_chain_of_what_was_acknowledged(self) -> None:
        """Its links are followed where it is loaded: by `take`, and at the end."""
        rows = self._sql(
            select(ENTRY.c.session_id, ENTRY.c.digest)
            .where(ENTRY.c.session_id.startswith(self._prefix))
            .order_by(ENTRY.c.session_id, ENTRY.c.seq)
        )
        kept: dict[str, list[str]] = {session_id: [] for session_id in SESSIONS}
        for name, digest in rows:
            kept[name.removeprefix(self._prefix)].append(digest)
        assert kept == self._acknowledged

    def teardown(self) -> None:
        observer = self._servers[NODES[0]].store
        for session_id, digests in self._acknowledged.items():
            entries = self._run(observer.load(self._prefix + session_id))
            assert [entry.digest for entry in entries] == digests
        for server in self._servers.values():
            self._run(server.store.close())
        self._runner.close()


@pytest.mark.requirement("T4")
def test_in_any_order_an_epoch_has_one_owner_and_the_record_one_chain(
    postgres_database: Database,
) -> None:
    class Here(Machine):
        def __init__(self) -> None:
            super().__init__(postgres_database)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            # Not shrunk: a step costs milliseconds of a database, and the test has its limit.
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
