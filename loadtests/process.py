"""What another process used, as the kernel counts it: the same for any program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    user_s: float
    system_s: float
    resident_bytes: int


def usage(pid: int) -> Usage:
    """Return processor time of all its threads, and resident memory. Source: proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Usage(
        int(fields[11]) * _TICK_S, int(fields[12]) * _TICK_S, int(fields[21]) * _PAGE_BYTES
    )


def relays_of(pid: int) -> list[int]:
    """Return the relay processes that a server started. Source: proc_pid_task(5), "children"."""
    children = " ".join(
        path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")
    ).split()
    return [
        int(child)
        for child in children
        if b"\0media\0" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
