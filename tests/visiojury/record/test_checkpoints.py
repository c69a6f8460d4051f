"""SQLite's log goes into the database while it is written, and does not grow for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY, sealed_story
from visiojury.record import checkpoints
from visiojury.record.store import RecordStore

STORY = sealed_story()


async def _write(store: RecordStore, goes_on: Callable[[], bool]) -> int:
    """Append as long as `goes_on`; return how many entries that were."""
    await store.append("s", STORY.drafts[:1])
    written = 1
    while goes_on():
        written += len(await store.append("s", STORY.drafts[1:3]))
    return written


async def test_commits_leave_checkpoints_to_others(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    before = path.stat().st_size
    try:
        until = time.monotonic() + checkpoints.EVERY_S / 4
        written = await _write(store, lambda: time.monotonic() < until)
        assert path.stat().st_size == before, "a commit moved the log itself"
        for _ in range(100):
            if path.stat().st_size > before:
                break
            await asyncio.sleep(0.05)
        assert path.stat().st_size > before, "nobody moved the log"
        assert len(await store.load("s")) == written
    finally:
        await store.close()


async def test_a_long_log_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 0.02)
    monkeypatch.setattr(checkpoints, "LONG_PAGES", 40)
    path = tmp_path / "record.db"
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    try:
        log = path.with_name("record.db-wal")
        # One that does not start anew is always longer: it has each page as often as it changed.
        async with asyncio.timeout(60):
            written = await _write(store, lambda: log.stat().st_size > path.stat().st_size / 3)
        assert len(await store.load("s")) == written > 100
    finally:
        await store.close()


async def test_closing_waits_for_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    await store.append("s", STORY.drafts[:3])
    await asyncio.wait_for(store.close(), 0.9 * checkpoints.EVERY_S)
    assert not path.with_name("record.db-wal").exists()
