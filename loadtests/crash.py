"""`kill -9` at random instants of the append path: what was acknowledged is there afterwards.

Each writer is a process of its own that appends to several sessions at once and says on a pipe
what was acknowledged to it. It is killed some random time after its first word. The database is
opened again, checked, and given to the next writer; after some writers, a new one begins.
"""

from __future__ import annotations

import asyncio
import os
import random
import select
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.ledger import Ledger, lost, write_until_stopped

WRITERS_A_DATABASE = 10
LONGEST_S = 0.1
"""A commit takes some milliseconds: every part of one is hit."""


@dataclass(frozen=True, slots=True)
class CrashFigures:
    points: int
    acknowledged: int
    lost: int
    """Acknowledged entries that were gone, and chains that did not hold."""

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [
            f"{self.points} writers killed, {self.acknowledged} acknowledged entries",
            f"lost or not holding: {self.lost}",
        ]


def measure_crash(*, points: int, seed: int) -> CrashFigures:
    """Kill `points` writers, one after the other.

    A fork, not a new program: reading the program takes a second, the part that counts less.
    """
    chance = random.Random(seed)
    gone = acknowledged = 0
    for begun in range(0, points, WRITERS_A_DATABASE):
        with tempfile.TemporaryDirectory(prefix="visiojury-crash-") as folder:
            path, ledger = Path(folder) / "record.db", Ledger()
            for _ in range(min(WRITERS_A_DATABASE, points - begun)):
                _kill_a_writer(path, ledger, chance)
                gone += len(asyncio.run(lost(path, ledger)))
            acknowledged += len(ledger.told)
    return CrashFigures(points, acknowledged, gone)


def _kill_a_writer(path: Path, ledger: Ledger, chance: random.Random) -> None:
    reading, writing = os.pipe()
    writer = os.fork()
    if writer == 0:
        os.close(reading)
        _write(path, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        select.select([told], [], [])
        time.sleep(chance.random() * LONGEST_S)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        for line in told:
            session_id, seq, digest = line.split()
            ledger.note(session_id, int(seq), digest)


def _write(path: Path, pipe: int) -> None:
    """Be the writer, and never come back."""

    def tell(session_id: str, seq: int, digest: str) -> None:
        os.write(pipe, f"{session_id} {seq} {digest}\n".encode())

    try:
        asyncio.run(write_until_stopped(path, Ledger(tell=tell)))
    finally:
        sys.stderr.flush()
        os._exit(0)
