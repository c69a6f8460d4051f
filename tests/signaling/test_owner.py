"""One at a time: decide, record, apply, publish; and what happens when the disk does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.instants import Instants
from signaling.owner import SessionOwner
from tests.builders import SITTING, WRAPPING_KEY, SealingKey, definition
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.definition import create
from visiojury.exam.errors import ExamError
from visiojury.exam.media import STREAMS
from visiojury.exam.people import Role
from visiojury.exam.state import Session
from visiojury.record.database import verify_database
from visiojury.record.entry import Actor, Draft, Entry
from visiojury.record.errors import RecordError, StoreError
from visiojury.record.fold import Loaded
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore

SESSION = definition().session_id
ADMIT = cmd.Admit(sitting_id=SITTING)
SIGN = cmd.SignAttestation(sitting_id=SITTING)


class Clock:
    """Seconds, moved by the test."""

    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        return self.s


class Unreliable:
    """A real store that fails when told to: before it commits, or after."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self.fails_before: list[bool] = []
        """One for each append to come: whether it fails; then none does."""
        self.fails_after = False
        self.gate: Callable[[], Awaitable[object]] | None = None
        """Waited for between the commit and the answer."""
        self.is_committed = asyncio.Event()

    async def append(self, session_id: str, drafts: list[Draft]) -> list[Entry]:
        if self.fails_before and self.fails_before.pop(0):
            self._store._heads.pop(session_id, None)  # as after a failed write
            raise StoreError("database_unusable", "told to fail")
        entries = await self._store.append(session_id, drafts)
        if self.gate is not None:
            self.is_committed.set()
            await self.gate()
        if self.fails_after:
            self.fails_after = False
            raise StoreError("database_unusable", "on disk, but nobody was told")
        return entries

    async def load_session(self, session_id: str) -> Loaded:
        return await self._store.load_session(session_id)


class Bench:
    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self.clock = clock
        self.store = Unreliable(store)
        self.owner = SessionOwner(
            SESSION, store=self.store, instants=Instants(clock, clock), seal=self._seal
        )
        self.changes = 0
        self.owner.on_change.append(self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def _seal(self, entries: Sequence[Entry], at_ms: int) -> ev.RecordSealed:
        key = SealingKey()
        return make_seal(entries, key.sign, key.jwk, at_ms=at_ms)

    @property
    def now_ms(self) -> int:
        return round(self.clock.s * 1000)

    def types(self) -> list[str]:
        return [entry.event.type for entry in self.owner.entries]

    async def act(self, by: str, command: cmd.Command, act_id: str = "") -> int:
        role = next(p.role for p in definition().participants if p.participant_id == by)
        actor = Actor(participant_id=by, role=role, authentication="invitation+code")
        act_id = act_id or f"act-{len(self.owner.entries)}-{command.command}"
        return await self.owner.act(command, actor=actor, act_id=act_id)

    async def observe(self, *events: ev.Event) -> None:
        await self.owner.record(lambda _: list(events), actor=None)

    async def create(self, *, duration_s: int = 1800) -> None:
        plain = definition()
        plan = replace(plain.sittings[0], duration_s=duration_s)
        events = create(replace(plain, sittings=(plan,)), now_ms=self.now_ms)
        await self.owner.record(
            lambda _: events,
            actor=Actor(
                participant_id="administration", role=Role.ORGANISER, authentication="admin"
            ),
        )

    async def connect(self, who: str) -> None:
        await self.observe(
            ev.MediaBound(
                at_ms=self.now_ms,
                participant_id=who,
                fingerprint="AB",
                device_key="key",
                checked_by=None,
            ),
            *(
                ev.MediaStarted(at_ms=self.now_ms, participant_id=who, stream=stream)
                for stream in STREAMS
            ),
        )

    async def run(self, *, duration_s: int = 1800) -> None:
        """Everything up to a sitting that runs."""
        await self.create(duration_s=duration_s)
        for agent in ("organiser", "invigilator"):
            await self.act(agent, cmd.TakeDuty())
        for who in ("chair", "examiner-1", "examiner-2"):
            await self.act("organiser", cmd.CheckIdentity(participant_id=who, document="other"))
            await self.connect(who)
        await self.receive()
        await self.connect("candidate")
        await self.act("invigilator", ADMIT)
        await self.act("chair", cmd.Start(sitting_id=SITTING))

    async def receive(self) -> None:
        check = cmd.CheckIdentity(participant_id="candidate", document="passport")
        await self.act("invigilator", check)
        await self.act("invigilator", SIGN)

    async def deliberate(self) -> None:
        await self.act("chair", cmd.Close(sitting_id=SITTING))
        await self.act("chair", cmd.OpenDeliberation())
        for who in ("chair", "examiner-1", "examiner-2"):
            answer = cmd.AnswerRollCall(participant_id=who, attendance="on_site")
            await self.act("chair", answer)
        await self.act("chair", cmd.ProposeDecision(candidate_id="candidate", outcome="full"))
        for who in ("chair", "examiner-1", "examiner-2"):
            await self.act(who, cmd.CastVote(candidate_id="candidate", ballot="for"))
        await self.act("chair", cmd.AdoptDecision(candidate_id="candidate"))
        await self.act("chair", cmd.CloseDeliberation())


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = await RecordStore.open(tmp_path / "record.db", wrapping_key=WRAPPING_KEY)
    try:
        yield Bench(store, Clock())
    finally:
        await store.close()


async def after_restart(bench: Bench, tmp_path: Path) -> Session:
    """Return the state that another process finds."""
    store = await RecordStore.open(tmp_path / "record.db", wrapping_key=WRAPPING_KEY)
    try:
        again = Bench(store, bench.clock)
        again.owner.restore(await store.load_session(SESSION))
    finally:
        await store.close()
    assert again.owner.state.sittings == bench.owner.state.sittings
    return again.owner.state


# --- one at a time --------------------------------------------------------------------------


async def test_five_people_at_once_record_one_step(bench: Bench) -> None:
    await bench.create()
    await bench.receive()
    outcomes = await asyncio.gather(
        *(bench.act("invigilator", ADMIT, f"click-{n}") for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ExamError) for outcome in outcomes) == 4
    assert bench.types().count("candidate.admitted") == 1


async def test_an_act_repeated_under_its_id_is_one_act(bench: Bench, tmp_path: Path) -> None:
    await bench.create()
    await bench.receive()
    answers = await asyncio.gather(*(bench.act("invigilator", ADMIT, "once") for _ in range(5)))
    assert len(set(answers)) == 1
    assert bench.types().count("candidate.admitted") == 1
    again = Bench(bench.store._store, bench.clock)
    again.owner.restore(await bench.store.load_session(SESSION))
    assert await again.act("invigilator", ADMIT, "once") == answers[0]
    assert again.types() == bench.types()


async def test_the_same_id_of_another_person_is_another_act(bench: Bench) -> None:
    await bench.create()
    await bench.act("candidate", cmd.CallHelp(), "act-0001")
    await bench.act("chair", cmd.CallHelp(), "act-0001")
    assert bench.types().count("help.called") == 2


async def test_a_refused_act_may_be_tried_again_under_its_id(bench: Bench) -> None:
    await bench.create()
    with pytest.raises(ExamError, match="identity_unchecked"):
        await bench.act("invigilator", ADMIT, "again")
    await bench.receive()
    await bench.act("invigilator", ADMIT, "again")
    assert bench.types()[-1] == "candidate.admitted"


async def test_a_request_that_goes_away_leaves_nothing_unapplied(bench: Bench) -> None:
    await bench.create()
    await bench.receive()
    may_answer = asyncio.Event()
    bench.store.gate = may_answer.wait
    request = asyncio.get_running_loop().create_task(bench.act("invigilator", ADMIT, "gone"))
    await bench.store.is_committed.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    may_answer.set()
    assert await bench.act("invigilator", ADMIT, "gone") == bench.owner.seq
    assert bench.types().count("candidate.admitted") == 1
    assert bench.owner.state.sitting(SITTING).admitted_ms is not None
    assert (await bench.store.load_session(SESSION)).entries == bench.owner.entries


# --- when the disk does not -----------------------------------------------------------------


async def test_a_store_that_fails_leaves_the_state_as_it_was(bench: Bench, tmp_path: Path) -> None:
    await bench.create()
    await bench.receive()
    before, changes = bench.types(), bench.changes
    bench.store.fails_before = [True]
    with pytest.raises(RecordError, match="database_unusable"):
        await bench.act("invigilator", ADMIT, "admit-1")
    assert (bench.types(), bench.changes) == (before, changes)
    assert bench.owner.state.sitting(SITTING).admitted_ms is None
    await bench.act("invigilator", ADMIT, "admit-1")  # the session goes on
    assert bench.types() == [*before, "candidate.admitted"]
    await after_restart(bench, tmp_path)


async def test_what_was_on_disk_after_all_is_known_at_the_next_turn(
    bench: Bench, tmp_path: Path
) -> None:
    await bench.create()
    await bench.receive()
    bench.store.fails_after = True
    with pytest.raises(RecordError):
        await bench.act("invigilator", ADMIT, "admit-1")
    seq = await bench.act("invigilator", ADMIT, "admit-1")
    assert (seq, bench.types().count("candidate.admitted")) == (bench.owner.seq, 1)
    await after_restart(bench, tmp_path)


async def test_an_act_stands_though_what_follows_it_fails(bench: Bench, tmp_path: Path) -> None:
    """The interruption is recorded; its outage is recorded as soon as the store can."""
    await bench.run()
    changes = bench.changes
    bench.store.fails_before = [False, True]
    await bench.observe(ev.MediaDisconnected(at_ms=bench.now_ms, participant_id="candidate"))
    assert bench.types()[-1] == "media.disconnected"
    assert bench.changes == changes + 1
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(bench.owner.watch())
        async with asyncio.timeout(5):
            while bench.types()[-1] != "outage.opened":  # noqa: ASYNC110 - the owner tells nobody
                await asyncio.sleep(0.02)
        watching.cancel()
    await after_restart(bench, tmp_path)


# --- by time alone --------------------------------------------------------------------------


async def test_the_cap_falls_due_without_anybodys_act(bench: Bench) -> None:
    await bench.run(duration_s=60)
    await bench.observe(ev.MediaDisconnected(at_ms=bench.now_ms, participant_id="candidate"))
    bench.clock.s += 19.95
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(bench.owner.watch())
        await asyncio.sleep(0)
        bench.clock.s += 0.05
        async with asyncio.timeout(5):
            while bench.types()[-1] != "postponement.advised":  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        watching.cancel()
    assert bench.types().count("postponement.advised") == 1


# --- the seal -------------------------------------------------------------------------------


async def test_the_seal_follows_the_end_of_the_deliberation(bench: Bench) -> None:
    await bench.run()
    await bench.deliberate()
    assert bench.types()[-2:] == ["deliberation.closed", "record.sealed"]


async def test_only_access_stands_after_the_seal(bench: Bench, tmp_path: Path) -> None:
    await bench.run()
    await bench.deliberate()
    sealed = bench.types()
    await bench.observe(ev.MediaDisconnected(at_ms=bench.now_ms, participant_id="candidate"))
    issued = ev.InvitationIssued(
        at_ms=bench.now_ms,
        invitation_id="late",
        participant_id="chair",
        secret_digest="0",
        code_digest=None,
        not_before_ms=0,
        expires_ms=1,
    )
    check = ev.IdentityChecked(at_ms=bench.now_ms, participant_id="chair", document="other")
    with pytest.raises(ExamError, match="record_sealed"):
        await bench.observe(check)
    with pytest.raises(ExamError, match="record_sealed"):
        await bench.act("candidate", cmd.CallHelp())
    assert bench.types() == sealed
    await bench.observe(issued)
    assert bench.types() == [*sealed, "invitation.issued"]
    (report,) = verify_database(tmp_path / "record.db")
    assert (report.is_sealed, report.is_intact) == (True, True)
    assert [(f.seq, f.code) for f in report.findings] == [(len(sealed) + 1, "tail_after_seal")]


async def test_a_crash_before_the_seal_is_made_good(bench: Bench) -> None:
    await bench.run()
    bench.store.fails_before = [*[False] * 11, True]  # the twelfth append is the seal
    await bench.deliberate()
    assert bench.types()[-1] == "deliberation.closed"
    again = Bench(bench.store._store, bench.clock)
    again.owner.restore(await bench.store.load_session(SESSION))
    await again.owner.record(lambda _: [], actor=None)
    assert again.types()[-1] == "record.sealed"
