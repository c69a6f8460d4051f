"""A SQLite record as a file: who may read it, what was done to it, and which entry says so."""

# ruff: noqa: ASYNC240 - a test owns its loop: nobody waits while it looks at files.

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, entry_ids, key_of, sealed_story
from visiojury.record.database import verify_database
from visiojury.record.errors import RecordTamperedError, StoreError
from visiojury.record.store import RecordStore

STORY = sealed_story()
SESSION = STORY.definition.session_id
LAST = len(STORY.drafts)
DECIDED = 1 + [draft.event.type for draft in STORY.drafts].index("extension.decided")


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
            {(DECIDED, "entry_changed")},
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
