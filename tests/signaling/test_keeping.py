"""Once a day: what is due is erased, and what is shown is what the record gives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.instants import Instants
from signaling.keeping import Keeping
from signaling.owner import SessionOwner
from tests.builders import WRAPPING_KEY, SealingKey, entry_ids, eventful_story, key_of
from visiojury.exam import events as ev
from visiojury.record.database import verify_database
from visiojury.record.retention import DAY_MS, ended_ms
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore

STORY = eventful_story()
KEPT_DAYS = 1827


class Bench:
    def __init__(self, store: RecordStore) -> None:
        self.now_ms = ended_ms(STORY.session)
        key = SealingKey()
        instants = Instants(lambda: self.now_ms / 1000, lambda: self.now_ms / 1000)
        self.owner = SessionOwner(
            "deis-2026",
            store=store,
            instants=instants,
            seal=lambda entries, at_ms: make_seal(entries, key.sign, key.jwk, at_ms=at_ms),
        )
        self.keeping = Keeping(lambda: [self.owner], instants, lambda: KEPT_DAYS)


@asynccontextmanager
async def bench(path: Path) -> AsyncIterator[Bench]:
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    try:
        made = Bench(store)
        made.owner.restore(await store.append("deis-2026", STORY.drafts))
        yield made
    finally:
        await store.close()


@pytest.mark.requirement("J7", "T4")
async def test_the_state_is_what_the_stored_record_gives(tmp_path: Path) -> None:
    async with bench(tmp_path / "record.db") as made:
        assert await made.keeping.compare(made.owner) == []
        made.owner.state.helps.clear()
        assert await made.keeping.compare(made.owner) == ["helps"]


@pytest.mark.requirement("A2")
async def test_after_its_term_a_session_keeps_no_name_and_its_chain_holds(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    async with bench(path) as made:
        made.now_ms += KEPT_DAYS * DAY_MS - 1000
        assert await made.keeping.erase(made.owner) == 0
        made.now_ms += 2000
        people = len(STORY.session.participants)
        assert await made.keeping.erase(made.owner) == people + 1
        assert {p.full_name for p in made.owner.state.participants.values()} == {"effacé effacé"}
        assert made.owner.state.info.offices[0].contact == "effacé"
        assert made.owner.state.deliberation.decisions == STORY.session.deliberation.decisions
        assert await made.keeping.erase(made.owner) == 0
        assert await made.keeping.compare(made.owner) == []
    (report,) = verify_database(path)
    assert report.is_intact
    assert b"Camille" not in path.read_bytes()


@pytest.mark.requirement("A2", "A5")
async def test_a_pending_appeal_holds_everything(tmp_path: Path) -> None:
    async with bench(tmp_path / "record.db") as made:
        entered = ev.AppealEntered(
            at_ms=1, appeal_id="appeal-1", candidate_id="candidate-2", grounds="Vice de forme."
        )
        await made.owner.record(lambda _: [entered], actor=None)
        made.now_ms += 2 * KEPT_DAYS * DAY_MS
        assert await made.keeping.erase(made.owner) == 0
        closed = ev.AppealClosed(at_ms=2, appeal_id="appeal-1", outcome="Rejeté.")
        await made.owner.record(lambda _: [closed], actor=None)
        assert await made.keeping.erase(made.owner) > 0
