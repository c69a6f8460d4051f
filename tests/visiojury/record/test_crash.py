"""A server that dies at any instant: what it acknowledged is there."""

# ruff: noqa: ASYNC220 - a test owns its loop.

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import WRAPPING_KEY
from visiojury.record.store import RecordStore

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


@pytest.mark.requirement("T4")
@pytest.mark.slow
@pytest.mark.parametrize("acknowledged", [1, 7, 40])
async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, acknowledged: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "record.db")],
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
    store = await RecordStore.open(tmp_path / "record.db", wrapping_key=WRAPPING_KEY)
    try:
        digests = {entry.seq: entry.digest for entry in await store.load("crash")}
    finally:
        await store.close()
    assert len(told) >= acknowledged
    for seq, digest in told:
        assert digests[int(seq)] == digest
