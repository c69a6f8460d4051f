"""Files beside the record, at the boundary of the operating system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from signaling.files import Files

PDF = b"%PDF-1.7 a file"


async def _key_of(_session_id: str, _sha256: str) -> bytes:
    return bytes(32)


class Disk:
    """What was asked of the disk, in order: syncs by the path synced, and the rename."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, Path]] = []
        fsync, rename = os.fsync, os.rename

        def noted_fsync(descriptor: int) -> None:
            self.calls.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink()))
            fsync(descriptor)

        def noted_rename(source: Any, target: Any) -> None:
            rename(source, target)
            self.calls.append(("rename", Path(target)))

        patch.setattr(os, "fsync", noted_fsync)
        patch.setattr(os, "rename", noted_rename)


@pytest.mark.requirement("T4")
async def test_a_file_and_every_name_on_its_way_are_on_the_disk_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, disk = Files(tmp_path / "files", _key_of), Disk(monkeypatch)
    kept = await files.put("deis-2026", PDF)
    folder = tmp_path / "files" / "deis-2026"
    (draft_synced, renamed, *names) = disk.calls
    assert draft_synced[0] == "sync"
    assert draft_synced[1].name.startswith(f".{kept.sha256}.")
    assert renamed == ("rename", folder / kept.sha256)
    assert names == [("sync", one) for one in (folder, folder.parent, tmp_path)]

    disk.calls.clear()
    assert await files.put("deis-2026", PDF) == kept
    assert disk.calls == names  # Whoever wrote it first may not have come so far.
