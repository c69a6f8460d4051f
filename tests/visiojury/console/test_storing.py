"""The commands around the database: saved, restored, brought up to date, and refusals in French."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.builders import WRAPPING_KEY, sealed_story
from visiojury.record.store import RecordStore

STORY = sealed_story()


def visiojury(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "visiojury", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return done.returncode, said


def site(folder: Path, *, sessions: int) -> Path:
    """Return the configuration of an installation with some records."""

    async def fill() -> None:
        store = await RecordStore.open(folder / "record.db", wrapping_key=WRAPPING_KEY)
        for number in range(sessions):
            await store.append(f"session-{number}", STORY.drafts[:4])
        await store.close()

    folder.mkdir()
    if sessions:
        asyncio.run(fill())
    config = folder / "visiojury.toml"
    config.write_text('data = "."\n', encoding="utf-8")
    return config


def test_a_record_is_saved_and_restored_elsewhere(tmp_path: Path) -> None:
    here, there = site(tmp_path / "here", sessions=2), site(tmp_path / "there", sessions=0)
    path = tmp_path / "record.backup"
    code, saved = visiojury("backup", path, "--config", here)
    assert (code, saved["sessions"], saved["entries"]) == (0, 2, 8)
    assert visiojury("restore", path, "--config", there) == (0, saved)
    code, refused = visiojury("restore", path, "--config", there)
    assert (code, refused["code"]) == (2, "database_not_empty")
    assert "base vide" in refused["message"]


def test_a_database_that_is_not_there_is_not_saved_as_an_empty_one(tmp_path: Path) -> None:
    code, refused = visiojury(
        "backup", tmp_path / "record.backup", "--config", site(tmp_path / "site", sessions=0)
    )
    assert (code, refused["code"]) == (2, "database_unusable")
    assert not (tmp_path / "record.backup").exists()


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    config = site(tmp_path / "site", sessions=0)
    code, refused = visiojury("restore", config, "--config", config)
    assert (code, refused["code"]) == (2, "backup_damaged")
    assert "rien n’a été restauré" in refused["message"]


def test_a_database_is_brought_up_to_date_without_a_server(tmp_path: Path) -> None:
    config = site(tmp_path / "site", sessions=0)
    code, said = visiojury("database", "upgrade", "--config", config)
    assert (code, said["found"]) == (0, None)
    assert visiojury("database", "upgrade", "--config", config)[1]["found"] == said["now"]
