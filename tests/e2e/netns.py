"""A host of our own: a network namespace with one cable to this machine, which can be cut."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import AddrInfoType

TOOLS = ("ip", "nft")
CHROMIUM = "/usr/bin/chromium"

_CUT = """\
add table inet vjcut
add chain inet vjcut incoming { type filter hook input priority 0; policy drop; }
add chain inet vjcut outgoing { type filter hook output priority 0; policy drop; }
add rule inet vjcut incoming iif lo accept
add rule inet vjcut outgoing oif lo accept
"""
_NO_UDP = """\
add table inet vjudp
add chain inet vjudp incoming { type filter hook input priority 0; policy accept; }
add chain inet vjudp outgoing { type filter hook output priority 0; policy accept; }
add rule inet vjudp incoming meta l4proto udp drop
add rule inet vjudp outgoing meta l4proto udp drop
"""
_ONLY = """\
add table inet vjonly
add chain inet vjonly outgoing { type filter hook output priority 0; policy drop; }
add rule inet vjonly outgoing oif lo accept
add rule inet vjonly outgoing tcp dport %d accept
add rule inet vjonly outgoing udp dport %d accept
"""
_LOSS = """\
add table inet vjloss
add chain inet vjloss incoming {{ type filter hook input priority 0; }}
add chain inet vjloss outgoing {{ type filter hook output priority 0; }}
add rule inet vjloss incoming meta l4proto udp numgen random mod 100 < {percent} drop
add rule inet vjloss outgoing meta l4proto udp numgen random mod 100 < {percent} drop
"""
_THREADS = Path("/proc/thread-self/ns/net")
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET. Source: setns(2), linux/sched.h."""
_MEND = "delete table inet vjcut\n"


def why_not() -> str | None:
    """Return why namespaces cannot be had here; None: they can."""
    if os.geteuid() != 0:
        return "not root: a network namespace cannot be made"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"missing: {', '.join(missing)}" if missing else None


@dataclass(frozen=True)
class Change:
    """When a rule came into force, as seconds since the epoch: somewhere in between."""

    before_s: float
    after_s: float

    @property
    def at_s(self) -> float:
        return (self.before_s + self.after_s) / 2


@dataclass(frozen=True)
class Host:
    name: str
    gateway: str
    """This machine's address on the cable."""
    gateway_v6: str
    directory: Path
    cable: str
    """This machine's end of it."""
    cable_inside: str
    """Its own."""

    def run(self, *command: str, script: str | None = None) -> None:
        subprocess.run(
            ["ip", "netns", "exec", self.name, *command],
            input=script,
            text=True,
            check=True,
            capture_output=True,
            timeout=10,
        )

    def cut(self) -> Change:
        """Drop every packet in and out; what stays on the host is no network."""
        return self._change(_CUT)

    def mend(self) -> Change:
        return self._change(_MEND)

    def block_udp(self) -> Change:
        """Let no UDP through, as many an administration's network does."""
        return self._change(_NO_UDP)

    def let_through(self, *, tcp: int, udp: int) -> Change:
        """Let out what goes to these two ports, and nothing else."""
        return self._change(_ONLY % (tcp, udp))

    def lose(self, percent: int) -> None:
        """Drop that share of the datagrams at random, each way."""
        self.run("nft", "-f", "-", script=_LOSS.format(percent=percent))

    def narrow_up(self, kbit_per_s: int) -> None:
        """Let so much out of this host, with a quarter of a second of it waiting."""
        self.run("tc", "qdisc", "replace", "dev", self.cable_inside, "root", "tbf", "rate",
            f"{kbit_per_s}kbit", "burst", "8kb", "latency", "250ms")  # fmt: skip

    def narrow(self, kbit_per_s: int) -> None:
        """Let so much through to this host, with a quarter of a second of it waiting."""
        _tc("qdisc", "replace", "dev", self.cable, "root", "tbf", "rate", f"{kbit_per_s}kbit",
            "burst", "4kb", "latency", "250ms")  # fmt: skip

    def chromium(self) -> Path:
        """Return a program that is Chromium inside this host."""
        return self.inside(Path(CHROMIUM))

    def inside(self, program: Path) -> Path:
        """Return a program that is `program` inside this host."""
        wrapper = self.directory / f"{program.name}-{self.name}"
        wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {program} "$@"\n')
        wrapper.chmod(0o755)
        return wrapper

    def socket(self, address: AddrInfoType) -> socket.socket:
        """Return a socket of this host's network, for the process that asks.

        The network of a socket is that of the thread which makes it, at that moment (setns(2)).
        """
        libc = ctypes.CDLL(None, use_errno=True)
        family, kind, protocol, *_ = address
        with _THREADS.open() as ours, (Path("/run/netns") / self.name).open() as theirs:
            if libc.setns(theirs.fileno(), _NEW_NETWORK):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                return socket.socket(family, kind, protocol)
            finally:
                libc.setns(ours.fileno(), _NEW_NETWORK)

    def _change(self, script: str) -> Change:
        before_s = time.time()
        self.run("nft", "-f", "-", script=script)
        return Change(before_s, time.time())


@contextlib.contextmanager
def new_host(directory: Path) -> Iterator[Host]:
    """Make a host at the other end of a cable in 10.77.x.0/24 and fd77:x::/64, and remove both."""
    number = os.getpid() % 250 + 1
    name, ours, theirs = f"vj-e2e-{number}", f"vjo{number}", f"vjt{number}"
    host = Host(name, f"10.77.{number}.1", f"fd77:{number}::1", directory, ours, theirs)
    _ip("netns", "add", name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _ip("addr", "add", f"{host.gateway}/24", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", name, "addr", "add", f"10.77.{number}.2/24", "dev", theirs)
        # Without `nodad` an address serves only after a second.
        _ip("addr", "add", f"{host.gateway_v6}/64", "dev", ours, "nodad")
        _ip("-n", name, "addr", "add", f"fd77:{number}::2/64", "dev", theirs, "nodad")
        _ip("-n", name, "link", "set", theirs, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield host
    finally:
        _ip("netns", "delete", name)
        # The cable goes with either end; a namespace that a process still holds keeps its own.
        subprocess.run(["ip", "link", "delete", ours], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=10)


def _tc(*arguments: str) -> None:
    subprocess.run(["tc", *arguments], check=True, capture_output=True, text=True, timeout=10)
