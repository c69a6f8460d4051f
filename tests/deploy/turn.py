"""A coturn with the configuration of deploy/turn, and a client that asks what no browser would."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aioice import stun

from signaling.bodies import ICEServer
from signaling.settings import TURN
from signaling.turn import ice_servers
from visiojury.rehearsal.ports import free_port

PROGRAM = "turnserver"
CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "turn" / "turnserver.conf"
SECRET = "only-of-this-test-and-long-enough"
_UDP, _IPV6 = 17 << 24, 2 << 24
# RFC 8656 section 18.6; aioice's client asks for IPv4 only.
stun.ATTRIBUTES_BY_NAME["REQUESTED-ADDRESS-FAMILY"] = (
    0x0017,
    "REQUESTED-ADDRESS-FAMILY",
    stun.pack_unsigned,
    stun.unpack_unsigned,
)


@dataclass(frozen=True)
class TURNServer:
    address: str
    port: int

    @property
    def url(self) -> str:
        return f"turn:{self.address}:{self.port}?transport=udp"

    def credentials(self, person: str = "session/person", *, age_s: int = 0) -> ICEServer:
        """Return what the server gives a person's browser, or gave some time ago."""
        settings = TURN(urls=(self.url,), secret_file=Path("unused"))
        now_ms = (int(time.time()) - age_s) * 1000
        [server] = ice_servers(settings, SECRET.encode(), person, now_ms=now_ms)
        return server


@contextmanager
def coturn(directory: Path, *, address: str, address_v6: str, relay: str) -> Iterator[TURNServer]:
    """Run coturn on two addresses of this machine, relaying to `relay` alone."""
    program = shutil.which(PROGRAM)
    assert program is not None, "deploy/setup.sh test installs coturn"
    port = free_port(address)
    values = {
        "PORT": port,
        "ADDRESS": address,
        "FIRST_RELAY_PORT": 52_000,
        "LAST_RELAY_PORT": 52_400,
        "SECRET": SECRET,
        "RELAY": relay,
    }
    text = CONFIGURATION.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    # Both families, so that nothing refuses an IPv6 peer for want of an IPv6 address.
    text += f"listening-ip={address_v6}\nrelay-ip={address_v6}\n"
    path = directory / "turnserver.conf"
    path.write_text(text, encoding="utf-8")
    own = ["--log-file=stdout", f"--pidfile={directory}/pid", f"--userdb={directory}/db"]
    with (directory / "turnserver.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(path), *own], stdout=log, stderr=log)
    try:
        server = TURNServer(address, port)
        _wait_until_it_answers(server)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_answers(server: TURNServer) -> None:
    end_s = time.monotonic() + 15
    while time.monotonic() < end_s:
        try:
            TURNClient(server, server.credentials("nobody")).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("coturn does not answer")


@dataclass
class TURNClient:
    """One socket, one allocation at most."""

    server: TURNServer
    given: ICEServer
    _socket: socket.socket = field(init=False)
    _realm: str = ""
    _nonce: bytes = b""

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(2)
        self._socket.connect((self.server.address, self.server.port))
        try:
            challenge = self._ask(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": _UDP})
        except OSError:  # nobody answers
            self.close()
            raise
        self._realm = challenge.attributes["REALM"]
        self._nonce = challenge.attributes["NONCE"]

    def allocate(self, *, is_ipv6: bool = False) -> int:
        """Ask for an address; return 0, or the code of the refusal."""
        attributes: dict[str, Any] = {"REQUESTED-TRANSPORT": _UDP, "LIFETIME": 60}
        if is_ipv6:
            attributes["REQUESTED-ADDRESS-FAMILY"] = _IPV6
        return _code(self._ask(stun.Method.ALLOCATE, attributes))

    def permit(self, peer: str, port: int = 40_000) -> int:
        """Ask to exchange packets with a peer; return 0, or the code of the refusal."""
        peer_attribute = {"XOR-PEER-ADDRESS": (peer, port)}
        code = _code(self._ask(stun.Method.CREATE_PERMISSION, peer_attribute))
        bind = {"CHANNEL-NUMBER": 0x4001, **peer_attribute}
        assert _code(self._ask(stun.Method.CHANNEL_BIND, bind)) == code, "two ways, one rule"
        return code

    def close(self) -> None:
        self._socket.close()

    def _ask(self, method: stun.Method, attributes: dict[str, Any]) -> stun.Message:
        message = stun.Message(method, stun.Class.REQUEST)
        message.attributes.update(attributes)
        if self._realm:
            key = f"{self.given.username}:{self._realm}:{self.given.credential}"
            message.attributes["USERNAME"] = self.given.username
            message.attributes["NONCE"] = self._nonce
            message.attributes["REALM"] = self._realm
            message.add_message_integrity(hashlib.md5(key.encode()).digest())
        self._socket.send(bytes(message))
        return stun.parse_message(self._socket.recv(2048))


def _code(answer: stun.Message) -> int:
    if answer.message_class == stun.Class.RESPONSE:
        return 0
    code: int = answer.attributes["ERROR-CODE"][0]
    return code
