"""How much of this machine others used while a test measured: time is told on a free one only."""

from __future__ import annotations

import os
import time
from pathlib import Path

BUSY_SHARE = 0.08
"""Of all processors: beyond it, what is slow may not be ours."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class OtherWork:
    """Begins to count when made."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._others_s = _busy_s() - _own_s()

    def share(self) -> float:
        """Return what everything but this test and its children used, 1.0 for all processors."""
        elapsed_s = time.monotonic() - self._began_s
        others_s = _busy_s() - _own_s() - self._others_s
        return max(0.0, others_s) / elapsed_s / (os.cpu_count() or 1)

    @property
    def is_much(self) -> bool:
        return self.share() > BUSY_SHARE


def _busy_s() -> float:
    """Return the processors' time in use since the start: user, nice, system, interrupts, steal."""
    fields = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle, waiting = fields[3], fields[4]
    return (sum(fields) - idle - waiting) / _TICKS_PER_S


def _own_s() -> float:
    """Return what this process and all below it used, the ended ones among them included."""
    used: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # It ended between the listing and the reading.
        process = int(path.parent.name)
        children.setdefault(int(after_name[1]), []).append(process)
        used[process] = sum(int(ticks) for ticks in after_name[11:15])
    found, total = [os.getpid()], 0
    while found:
        process = found.pop()
        total += used.get(process, 0)
        found += children.get(process, [])
    return total / _TICKS_PER_S
