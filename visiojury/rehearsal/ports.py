"""Ports for servers of one run on this machine."""

from __future__ import annotations

import secrets
import socket

LOCAL = "127.0.0.1"
_RANGE = range(15_000, 32_000)
"""Below what Linux gives to outgoing connections (`ip_local_port_range`, from 32768): one of those
could take the port over TCP between this look and the server's start."""
_IN_A_ROW = 4
"""Several relays of one server take consecutive ports."""
_ATTEMPTS = 100


def free_port(address: str = LOCAL) -> int:
    """Return a port of `address` that is free over UDP and TCP, as are the three after it.

    Nothing is kept: the server says so itself if another took it meanwhile.

    Raises:
        OSError: none was found.
    """
    for _ in range(_ATTEMPTS):
        port = secrets.choice(_RANGE)  # not by a seed: runs at one time would have the same
        if all(_is_free(address, port + following) for following in range(_IN_A_ROW)):
            return port
    raise OSError(f"no free port on {address}")


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
