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
