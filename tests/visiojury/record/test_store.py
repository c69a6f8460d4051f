"""The store on real SQLite: what it acknowledged is there, whatever happens next."""

# ruff: noqa: ASYNC220, ASYNC240 - a test owns its loop: nobody waits while it looks at files.

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, Story, entry_ids, key_of, sealed_story
from visiojury.record.database import verify_database
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.store import PRAGMAS, RecordStore, _prepare_connection

STORY = sealed_story()
SESSION = STORY.definition.session_id
LAST = len(STORY.drafts)

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.builders import WRAPPING_KEY, Story
from visiojury.record.store import RecordStore

async def main(path):
    story = Story()
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    await store.append("crash", story.drafts)  # enrolled again and again below
    while True:
        entries = await store.append("crash", story.drafts[1:3])
        print(entries[-1].seq, entries[-1].digest, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[RecordStore]:
    opened = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    yield opened
    await opened.close()


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def found(path: Path) -> set[tuple[int | None, str]]:
    (report,) = verify_database(path)
    return {(finding.seq, finding.code) for finding in report.findings if finding.is_error}


async def test_what_is_appended_is_loaded_again(store: RecordStore, path: Path) -> None:
    written = [await store.append(SESSION, [draft]) for draft in STORY.drafts[:5]]
    written.append(await store.append(SESSION, STORY.drafts[5:]))
    again = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        loaded = await again.load(SESSION)
        assert loaded == [entry for entries in written for entry in entries]
        assert [entry.seq for entry in loaded] == list(range(1, LAST + 1))
        assert await again.session_ids() == [SESSION]
        assert await again.load("unknown") == []
    finally:
        await again.close()


async def test_appending_nothing_writes_nothing(store: RecordStore) -> None:
    assert await store.append(SESSION, []) == []
    assert await store.session_ids() == []


async def test_sessions_have_chains_of_their_own(store: RecordStore) -> None:
    first = await store.append("a", STORY.drafts[:2])
    second = await store.append("b", STORY.drafts[:2])
    assert [entry.seq for entry in first] == [entry.seq for entry in second] == [1, 2]
    assert {entry.digest for entry in first}.isdisjoint(entry.digest for entry in second)
    assert await store.session_ids() == ["a", "b"]


async def test_the_file_is_its_owners_only(store: RecordStore, path: Path) -> None:
    await store.append(SESSION, STORY.drafts[:1])
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_a_file_that_others_could_read_is_taken_from_them(path: Path) -> None:
    path.touch(0o644)
    await (await RecordStore.open(path, wrapping_key=WRAPPING_KEY)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_every_connection_has_what_durability_rests_on(store: RecordStore) -> None:
    needed: dict[str, object] = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    needed["synchronous"] = 2  # FULL
    assert set(PRAGMAS) == set(needed)
    async with store._engine.connect() as one, store._engine.connect() as other:
        for connection in (one, other):
            for name, expected in needed.items():
                value = (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                assert value == expected, name


def test_a_file_system_without_shared_memory_is_refused(path: Path) -> None:
    """SQLite's dotfile VFS stands for it: there WAL is asked for and not given."""
    uri = f"file:{path}?vfs=unix-dotfile"
    with (
        closing(sqlite3.connect(uri, uri=True)) as connection,
        pytest.raises(StoreError) as refusal,
    ):
        _prepare_connection(connection, None)  # type: ignore[arg-type]
    assert refusal.value.code == "pragma_refused"
    assert "journal_mode" in refusal.value.message
    assert "local file system" in refusal.value.message


async def test_a_database_of_another_version_is_refused(path: Path) -> None:
    await (await RecordStore.open(path, wrapping_key=WRAPPING_KEY)).close()
    tamper(path, "UPDATE meta SET value = '99'")
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "schema_unknown"


@pytest.mark.parametrize("name", ["missing/record.db", "."])
async def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(tmp_path / name, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "database_unusable"


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError) as refusal:
        await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    assert refusal.value.code == "database_unusable"


async def test_of_two_writers_one_wins_and_the_other_is_told(
    store: RecordStore, path: Path
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    other = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        await other.load(SESSION)
        await other.append(SESSION, STORY.drafts[3:4])
        with pytest.raises(StoreError) as refusal:
            await store.append(SESSION, STORY.drafts[3:5])
        assert refusal.value.code == "writer_conflict"
        assert len(await store.load(SESSION)) == 4
        assert (await store.append(SESSION, STORY.drafts[4:5]))[0].seq == 5
    finally:
        await other.close()


async def test_nothing_is_appended_to_an_end_that_somebody_rewrote(
    store: RecordStore, path: Path
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    tamper(path, "UPDATE head SET digest = 'x'")
    with pytest.raises(StoreError) as refusal:
        await store.append(SESSION, STORY.drafts[3:4])
    assert refusal.value.code == "writer_conflict"


async def test_a_session_is_not_appended_to_before_it_was_loaded(
    store: RecordStore, path: Path
) -> None:
    await store.append(SESSION, STORY.drafts[:3])
    other = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        with pytest.raises(StoreError) as refusal:
            await other.append(SESSION, STORY.drafts[:1])
        assert refusal.value.code == "writer_conflict"
    finally:
        await other.close()
    assert len(await store.load(SESSION)) == 3


async def test_all_of_an_append_or_none(path: Path) -> None:
    """The second entry bears the first one's identifier, which the database refuses."""
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY, new_id=lambda: "same")
    try:
        with pytest.raises(StoreError):
            await store.append(SESSION, STORY.drafts[:2])
        assert await store.load(SESSION) == []
        assert await store.session_ids() == []
    finally:
        await store.close()


async def test_the_sign_of_life_is_one_row(store: RecordStore, path: Path) -> None:
    assert await store.last_mark() is None
    for at_ms in (1000, 2000, 3000):
        await store.mark(at_ms)
    assert await store.last_mark() == 3000
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM life").fetchone() == (1,)


async def test_a_session_that_died_before_its_seal_is_loaded_and_sealed(path: Path) -> None:
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    await store.append(SESSION, STORY.drafts[:-1])
    await store.close()
    assert found(path) == {(None, "seal_missing")}
    again = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        assert len(await again.load(SESSION)) == LAST - 1
        await again.append(SESSION, STORY.drafts[-1:])
    finally:
        await again.close()
    assert found(path) == set()


async def test_a_cancelled_append_is_found_out_by_loading(path: Path) -> None:
    """It may be on disk or not; nothing is appended before that is known."""
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        await store.append(SESSION, STORY.drafts[:2])
        cancelled = asyncio.ensure_future(store.append(SESSION, STORY.drafts[2:3]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        with pytest.raises(StoreError) as refusal:
            await store.append(SESSION, STORY.drafts[2:3])
        assert refusal.value.code == "writer_conflict"
        known = len(await store.load(SESSION))
        assert known in {2, 3}
        (entry,) = await store.append(SESSION, STORY.drafts[known : known + 1])
        assert entry.seq == known + 1
    finally:
        await store.close()


# --- manipulations of the database -----------------------------------------------------------


@pytest.fixture
async def sealed(path: Path) -> Path:
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    await store.append(SESSION, STORY.drafts)
    await store.close()
    return path


SWAP = (
    "UPDATE entry SET seq = -1 WHERE seq = {a}",
    "UPDATE entry SET seq = {a} WHERE seq = {b}",
    "UPDATE entry SET seq = {b} WHERE seq = -1",
)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((), set()),
        (
            ("UPDATE entry SET body = replace(body, '\"granted_s\":6', '\"granted_s\":5')",),
            {(35, "entry_changed")},
        ),
        (("DELETE FROM entry WHERE seq = 32",), {(32, "entry_missing")}),
        (
            (f"DELETE FROM entry WHERE seq = {LAST}",),
            {(LAST, "entry_missing"), (None, "seal_missing")},
        ),
        (
            tuple(statement.format(a=12, b=31) for statement in SWAP),
            {(12, "entry_moved"), (31, "entry_moved")},
        ),
        (("UPDATE entry SET body = 'x' WHERE seq = 9",), {(9, "entry_unreadable")}),
        (("UPDATE entry SET digest = 'x' WHERE seq = 9",), {(9, "entry_changed")}),
        (("DELETE FROM head",), {(seq, "tail_added") for seq in range(1, LAST + 1)}),
    ],
    ids=["untouched", "changed", "deleted", "last deleted", "swapped", "garbage", "digest", "head"],
)
async def test_a_manipulated_database_says_which(
    sealed: Path, statements: tuple[str, ...], expected: set[tuple[int | None, str]]
) -> None:
    tamper(sealed, *statements)
    assert found(sealed) == expected
    store = await RecordStore.open(sealed, wrapping_key=WRAPPING_KEY)
    try:
        if expected:
            with pytest.raises(RecordTamperedError) as refusal:
                await store.load(SESSION)
            assert (refusal.value.seq, refusal.value.code) in expected
        else:
            assert len(await store.load(SESSION)) == LAST
    finally:
        await store.close()


async def test_a_living_database_is_checked_while_it_is_written(
    store: RecordStore, path: Path
) -> None:
    report = None
    for draft in STORY.drafts[:12]:
        await store.append(SESSION, [draft])
        (report,) = verify_database(path)
        assert report.is_intact
    assert report is not None
    assert report.entries == 12
    assert not report.is_sealed


async def test_checking_writes_nothing(sealed: Path) -> None:
    before = sealed.read_bytes()
    verify_database(sealed)
    assert sealed.read_bytes() == before


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere: be somebody else for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


async def test_a_copy_that_cannot_be_written_is_checked_too(sealed: Path) -> None:
    """As on a medium handed in as evidence."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(sealed, folder / "record.db")
        folder.chmod(0o555)
        try:
            with as_nobody():
                (report,) = verify_database(folder / "record.db")
        finally:
            folder.chmod(0o755)
    assert report.is_sealed
    assert report.is_intact


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: tamper(path, "DROP TABLE entry"),
        lambda path: path.unlink(),
    ],
    ids=["garbage", "truncated", "no table", "absent"],
)
async def test_a_damaged_database_is_refused_in_words(
    sealed: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(sealed)
    with pytest.raises(StoreError) as refusal:
        verify_database(sealed)
    assert refusal.value.code == "database_unusable"


# --- crash -----------------------------------------------------------------------------------


@pytest.mark.requirement("T4")
@pytest.mark.slow
@pytest.mark.parametrize("acknowledged", [1, 7, 40])
async def test_what_was_acknowledged_survives_kill_9(path: Path, acknowledged: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    try:
        assert child.stdout is not None
        told = [child.stdout.readline().split() for _ in range(acknowledged)]
        child.send_signal(signal.SIGKILL)
        told += [line.split() for line in child.stdout.read().splitlines()]
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        digests = {entry.seq: entry.digest for entry in await store.load("crash")}
    finally:
        await store.close()
    assert len(told) >= acknowledged
    for seq, digest in told:
        assert digests[int(seq)] == digest


def test_a_story_is_the_same_each_time() -> None:
    assert Story().entries == Story().entries


async def test_what_the_disk_refuses_is_explained_whatever_was_asked(
    store: RecordStore, path: Path
) -> None:
    await store.append(SESSION, STORY.drafts[:2])
    tamper(path, "DROP TABLE life", "DROP TABLE entry", "DROP TABLE head")
    for asked in (store.mark(1), store.last_mark(), store.session_ids(), store.load(SESSION)):
        with pytest.raises(StoreError, match="database_unusable"):
            await asked
