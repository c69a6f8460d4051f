"""A writer that is stopped in its midst, and what it was told meanwhile, kept outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.builders import WRAPPING_KEY, Story
from visiojury.record.engines import CreateConnection
from visiojury.record.errors import RecordError
from visiojury.record.store import RecordStore

SESSIONS = 5
MOST_APPENDS = 400


@dataclass(slots=True)
class Ledger:
    """Digests by session and number, as acknowledged; nothing after `close`."""

    told: dict[tuple[str, int], str] = field(default_factory=dict)
    is_closed: bool = False
    tell: Callable[[str, int, str], None] | None = None

    def note(self, session_id: str, seq: int, digest: str) -> None:
        if not self.is_closed:
            self.told[session_id, seq] = digest
            if self.tell is not None:
                self.tell(session_id, seq, digest)

    def close(self) -> None:
        self.is_closed = True


async def write_until_stopped(
    path: Path, ledger: Ledger, *, connect: CreateConnection | None = None
) -> None:
    """Append to several sessions at once, noting what is acknowledged, until the disk refuses."""
    try:
        store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY, connect=connect)
    except RecordError:
        return
    async with asyncio.TaskGroup() as group:
        for number in range(SESSIONS):
            group.create_task(_write(store, f"session-{number}", ledger))
    await store.close()


async def _write(store: RecordStore, session_id: str, ledger: Ledger) -> None:
    drafts = Story().drafts[:3]
    try:
        known = len(await store.load(session_id))
        for number in range(MOST_APPENDS):
            batch = drafts[:1] if known + number == 0 else drafts[1:3]
            for entry in await store.append(session_id, batch):
                ledger.note(session_id, entry.seq, entry.digest)
    except RecordError:
        return


async def lost(path: Path, ledger: Ledger) -> list[str]:
    """Return what of the ledger is not in the database at `path`, and which chains do not hold."""
    missing: list[str] = []
    try:
        store = await RecordStore.open(path, wrapping_key=WRAPPING_KEY)
    except RecordError as error:
        return [str(error)]
    found: dict[tuple[str, int], str] = {}
    for session_id in await store.index.session_ids():
        try:
            entries = await store.load(session_id)
        except RecordError as error:
            missing.append(str(error))
        else:
            found |= {(session_id, entry.seq): entry.digest for entry in entries}
    await store.close()
    return missing + [
        f"{session_id} {seq}"
        for (session_id, seq), digest in ledger.told.items()
        if found.get((session_id, seq)) != digest
    ]
