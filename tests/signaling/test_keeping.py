"""Once a day: what is due is erased, and what is shown is what the record gives."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.files import Files, Kept
from signaling.instants import Instants
from signaling.keeping import Keeping
from signaling.owner import SessionOwner
from signaling.refusals import RequestError
from tests.builders import WRAPPING_KEY, SealingKey, entry_ids, eventful_story, key_of, sample
from visiojury.exam import events as ev
from visiojury.record.backup import backup, check, restore
from visiojury.record.database import verify_database
from visiojury.record.engines import open_engine
from visiojury.record.errors import StoreError
from visiojury.record.retention import DAY_MS, ended_ms
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore
from visiojury.reference.model import Retention

STORY = eventful_story()
KEPT_DAYS = 1827
KEPT = Retention(record_days=KEPT_DAYS, quality_days=183)


class Bench:
    def __init__(self, store: RecordStore, path: Path) -> None:
        self.now_ms = ended_ms(STORY.session)
        self.store = store
        key = SealingKey()
        instants = Instants(lambda: self.now_ms / 1000, lambda: self.now_ms / 1000)
        self.owner = SessionOwner(
            "deis-2026",
            store=store,
            instants=instants,
            seal=lambda entries, at_ms: make_seal(entries, key.sign, key.jwk, at_ms=at_ms),
        )
        self.files = Files(path.parent / "files", store.file_key)
        self.keeping = Keeping(
            self._owners,
            instants,
            lambda: KEPT,
            self.files.erase,
            index=store.index,
            samples=store,
        )
        self.read: list[str] = []
        """Sessions that were read, in order."""

    async def _owners(self, among: Sequence[str] | None = None) -> AsyncIterator[SessionOwner]:
        for session_id in await self.store.index.session_ids() if among is None else among:
            self.read.append(session_id)
            if session_id == self.owner.session_id:
                yield self.owner


@asynccontextmanager
async def bench(path: Path) -> AsyncIterator[Bench]:
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    try:
        made = Bench(store, path)
        await store.append("deis-2026", STORY.drafts)
        made.owner.restore(await store.load_session("deis-2026"))
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


# --- files beside the record -------------------------------------------------------------------

PDF = b"%PDF-1.7 Camille Candidate " + bytes(range(256)) * 50


def on_disk(path: Path) -> list[Path]:
    return [one for one in (path.parent / "files").rglob("*") if one.is_file()]


@pytest.mark.requirement("A2")
async def test_a_file_is_kept_encrypted_and_goes_with_the_sessions_key(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    async with bench(path) as made:
        kept = await made.files.put("deis-2026", PDF)
        assert kept == Kept(hashlib.sha256(PDF).hexdigest(), len(PDF))
        assert made.files.has("deis-2026", kept.sha256, len(PDF))
        (file,) = on_disk(path)
        stored = file.read_bytes()
        assert b"Camille" not in stored
        assert PDF[40:72] not in stored
        assert await made.files.get("deis-2026", kept.sha256) == PDF

        made.now_ms += KEPT_DAYS * DAY_MS + 1000
        await made.keeping.erase(made.owner)
        assert on_disk(path) == []
        # A copy that somebody kept of the disk does not open any more.
        file.parent.mkdir()
        file.write_bytes(stored)
        with pytest.raises(RequestError) as refusal:
            await made.files.get("deis-2026", kept.sha256)
        assert refusal.value.code == "file_unknown"
        with pytest.raises(RequestError):
            await made.files.put("deis-2026", PDF + b"more")
        await made.keeping.erase(made.owner)  # Whoever stopped half way goes on here.
        assert on_disk(path) == []


@pytest.mark.requirement("A2")
async def test_files_that_withstood_are_deleted_when_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    async with bench(path) as made:
        await made.files.put("deis-2026", PDF)
        folder, aside = path.parent / "files", path.parent / "aside"
        (file,) = on_disk(path)
        file.parent.rename(aside)
        # A link to a folder is refused by the deletion, to root as well.
        (folder / "deis-2026").symlink_to(aside)
        made.now_ms += KEPT_DAYS * DAY_MS + 1000
        with pytest.raises(OSError, match="symbolic link"):
            await made.keeping.erase_all(carry_out=True)
        assert None in made.owner.state.after.erased

        (folder / "deis-2026").unlink()
        aside.rename(file.parent)
        assert await made.keeping.erase_all(carry_out=True) == {}
        assert on_disk(path) == []


@pytest.mark.requirement("A2")
async def test_only_sessions_old_enough_and_not_yet_erased_are_read_for_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "record.db") as made:
        begun_ms = STORY.session.info.at_ms
        made.now_ms = begun_ms + KEPT_DAYS * DAY_MS
        assert await made.keeping.erase_all(carry_out=True) == {}
        assert made.read == []
        made.now_ms += 1  # Old enough to be read, and not yet due: it ended later.
        assert await made.keeping.erase_all(carry_out=True) == {}
        assert made.read == ["deis-2026"]
        made.now_ms = ended_ms(STORY.session) + KEPT_DAYS * DAY_MS
        everybody = {"deis-2026": len(STORY.session.participants) + 1}
        assert await made.keeping.erase_all(carry_out=False) == everybody
        assert await made.keeping.erase_all(carry_out=True) == everybody
        assert await made.keeping.erase_all(carry_out=True) == {}
        assert made.read == ["deis-2026"] * 3


@pytest.mark.requirement("A2", "A5")
async def test_a_pending_appeal_holds_the_files(tmp_path: Path) -> None:
    async with bench(tmp_path / "record.db") as made:
        kept = await made.files.put("deis-2026", PDF)
        entered = ev.AppealEntered(
            at_ms=1, appeal_id="appeal-1", candidate_id="candidate-2", grounds="Vice de forme."
        )
        await made.owner.record(lambda _: [entered], actor=None)
        made.now_ms += 2 * KEPT_DAYS * DAY_MS
        await made.keeping.erase(made.owner)
        assert await made.files.get("deis-2026", kept.sha256) == PDF


async def test_a_file_changed_or_moved_on_the_disk_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    async with bench(path) as made:
        kept = await made.files.put("deis-2026", PDF)
        (file,) = on_disk(path)
        stored = file.read_bytes()
        for wrong in (stored[:-1] + bytes([stored[-1] ^ 1]), PDF, b""):
            file.write_bytes(wrong)
            with pytest.raises(RequestError):
                await made.files.get("deis-2026", kept.sha256)
        other = file.with_name("ab" * 32)
        other.write_bytes(stored)
        with pytest.raises(RequestError):
            await made.files.get("deis-2026", "ab" * 32)


@pytest.mark.requirement("T5", "A2")
async def test_a_backup_carries_the_files_and_a_restore_gives_them_back(tmp_path: Path) -> None:
    saved, place = tmp_path / "record.backup", tmp_path / "restored"
    async with bench(tmp_path / "record.db") as made:
        kept = await made.files.put("deis-2026", PDF)
        contents = await backup(made.store._engine, saved, files=tmp_path / "files")
    assert contents.files == 1
    assert contents == check(saved)
    assert b"Camille" not in gzip.decompress(saved.read_bytes())
    place.mkdir()
    engine = open_engine(place / "record.db")
    try:
        assert await restore(engine, saved, files=place / "files") == contents
    finally:
        await engine.dispose()
    store = await RecordStore.open(place / "record.db", wrapping_key=WRAPPING_KEY)
    try:
        files = Files(place / "files", store.file_key)
        assert await files.get("deis-2026", kept.sha256) == PDF
    finally:
        await store.close()
    (file,) = on_disk(place / "record.db")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["../" + "ab" * 30, "AB" * 32, "x"])
async def test_a_backup_whose_files_lead_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    saved = tmp_path / "record.backup"
    async with bench(tmp_path / "record.db") as made:
        await made.files.put("deis-2026", PDF)
        (file,) = on_disk(tmp_path / "record.db")
        await backup(made.store._engine, saved, files=tmp_path / "files")
    lines = gzip.decompress(saved.read_bytes()).replace(file.name.encode(), name.encode())
    body, _, last = lines.rstrip(b"\n").rpartition(b"\n")
    end = json.loads(last)
    end["end"]["sha256"] = hashlib.sha256(body + b"\n").hexdigest()
    saved.write_bytes(gzip.compress(body + b"\n" + json.dumps(end).encode() + b"\n"))
    with pytest.raises(StoreError) as refusal:
        check(saved)
    assert refusal.value.code == "backup_damaged"


@pytest.mark.requirement("A2", "D6")
async def test_samples_of_quality_go_first_and_never_during_an_appeal(tmp_path: Path) -> None:
    async with bench(tmp_path / "record.db") as made:
        old, new = (made.now_ms - days * DAY_MS for days in (184, 182))
        await made.store.keep_quality([sample(from_ms=old), sample(from_ms=new)])
        entered = ev.AppealEntered(
            at_ms=1, appeal_id="appeal-1", candidate_id="candidate-2", grounds="Vice de forme."
        )
        await made.owner.record(lambda _: [entered], actor=None)
        assert await made.keeping.erase_quality(made.owner) == 0
        closed = ev.AppealClosed(at_ms=2, appeal_id="appeal-1", outcome="Rejeté.")
        await made.owner.record(lambda _: [closed], actor=None)
        assert await made.keeping.erase_quality(made.owner) == 1
        assert [one.from_ms for one in await made.store.quality_of("deis-2026")] == [new]
