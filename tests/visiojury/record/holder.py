"""A server's share of one session, as a process to be killed, stopped or cut off.

`python -m tests.visiojury.record.holder URL NODE SESSION` begins the session, renews its lease as
a server does, and appends without end. Each line that it prints is what became of one append: the
digests that were acknowledged to it, or the code of the refusal.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

from tests.builders import WRAPPING_KEY, Story
from visiojury.record.errors import StoreError
from visiojury.record.leases import RENEW_S, Leases
from visiojury.record.store import RecordStore

PAUSE_S = 0.05


async def hold(url: str, node: str, session_id: str) -> None:
    # Stopped, it must find on waking that time has passed.
    store = await RecordStore.open(url, wrapping_key=WRAPPING_KEY, node=node, now_s=time.monotonic)
    assert store.leases is not None
    drafts = Story().drafts[:3]
    say(" ".join(entry.digest for entry in await store.append(session_id, drafts[:1])))
    async with asyncio.TaskGroup() as group:
        group.create_task(_renew(store.leases))
        while True:
            try:
                entries = await store.append(session_id, drafts[1:])
                say(" ".join(entry.digest for entry in entries))
            except StoreError as error:
                say(error.code)
            await asyncio.sleep(PAUSE_S)


async def _renew(leases: Leases) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        with contextlib.suppress(StoreError):
            await leases.renew()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(hold(*sys.argv[1:]))
