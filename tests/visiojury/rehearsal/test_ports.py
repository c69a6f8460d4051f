"""A free port is one that a server can take whole: over UDP and TCP, with its neighbours."""

from __future__ import annotations

import socket

import pytest

from visiojury.rehearsal import ports


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def test_a_port_that_is_taken_or_whose_neighbour_is_is_not_free(
    kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ports.free_port()
    monkeypatch.setattr(ports, "_RANGE", range(port, port + 1))
    assert ports.free_port() == port
    for taken in (port, port + 1):
        with socket.socket(socket.AF_INET, kind) as holder:
            holder.bind((ports.LOCAL, taken))
            with pytest.raises(OSError, match="no free port"):
                ports.free_port()
