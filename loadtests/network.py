"""Two hosts and one cable between them: network namespaces, made for a run and removed after it.

The relay has one and the load the other, so that what is measured goes through a device and a
route, as on a network, and meets nothing else. Without root there is only loopback.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """How to run a program on either side."""

    address: str
    """Of the relay's side."""
    relay: tuple[str, ...]
    """What stands before a command that runs on the relay's side."""
    load: tuple[str, ...]
    is_isolated: bool


def cores() -> tuple[int, int]:
    """Return the core of the relay and that of the load; the same one where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Make both sides, each pinned to its own core, and remove them at the end."""
    relay_core, load_core = cores()
    pinned = [("taskset", "-c", str(core)) for core in (relay_core, load_core)]
    if os.geteuid() != 0 or shutil.which("ip") is None:
        yield Network("127.0.0.1", pinned[0], pinned[1], is_isolated=False)
        return
    number = os.getpid() % 250 + 1
    relay, load = f"vj-relay-{number}", f"vj-load-{number}"
    with contextlib.ExitStack() as stack:
        for name in (relay, load):
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "delete", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip(
            *("link", "add", "cable", "netns", relay, "type", "veth"),
            *("peer", "name", "cable", "netns", load),
        )
        for name, host in ((relay, 1), (load, 2)):
            _ip("-n", name, "addr", "add", f"10.78.{number}.{host}/24", "dev", "cable")
            _ip("-n", name, "link", "set", "cable", "up")
        yield Network(
            f"10.78.{number}.1",
            ("ip", "netns", "exec", relay, *pinned[0]),
            ("ip", "netns", "exec", load, *pinned[1]),
            is_isolated=True,
        )


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=10)
