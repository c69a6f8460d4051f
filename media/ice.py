"""ICE-lite: answers connectivity checks and follows the peer. Knows bytes and addresses.

It never sends a check of its own and gathers nothing; its addresses are announced by
configuration. Source: RFC 8445 sections 2.5, 7.3 and 8.2; RFC 8489 (STUN); RFC 7675 (consent:
whoever sends no check any more is sent nothing any more).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import ipaddress
import secrets
import struct
from dataclasses import dataclass, field

from media.errors import MalformedPacketError

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[str, int, int]
"""As the socket gives it: IPv4, or IPv6 with flow and scope; with three parts, a TCP connection,
whose third part is its number."""

_COOKIE = 0x2112A442
_FINGERPRINT_XOR = 0x5354554E
_BINDING_REQUEST, _BINDING_RESPONSE = 0x0001, 0x0101
_USERNAME, _INTEGRITY, _XOR_MAPPED, _USE_CANDIDATE, _FINGERPRINT = 0x6, 0x8, 0x20, 0x25, 0x8028
_HEADER_BYTES, _INTEGRITY_BYTES, _FINGERPRINT_BYTES = 20, 24, 8
MAX_VALIDATED = 8
"""Addresses one peer may speak from at a time; the oldest is forgotten."""
CONSENT_S = 30.0
"""Without a check for this long, an address is sent nothing. Source: RFC 7675 section 5.1."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A check, its integrity not yet verified."""

    transaction_id: bytes
    username: str
    nominates: bool
    signed: bytes
    """What the integrity covers, with the length it was computed over."""
    integrity: bytes


def parse_request(data: bytes) -> BindingRequest:
    """Read a binding request that carries a user name and an integrity.

    Raises:
        MalformedPacketError: it is anything else.
    """
    if len(data) < _HEADER_BYTES:
        raise MalformedPacketError("not STUN")
    kind, size, cookie = struct.unpack_from("!HHI", data)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or size + _HEADER_BYTES != len(data):
        raise MalformedPacketError("not a binding request")
    username, nominates, at = "", False, _HEADER_BYTES
    while at + 4 <= len(data):
        attribute, length = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if len(value) != length:
            break
        if attribute == _USERNAME:
            username = value.decode("ascii", "replace")
        elif attribute == _USE_CANDIDATE:
            nominates = True
        elif attribute == _INTEGRITY:  # what follows it is not covered, so it is not read
            signed = data[:2] + struct.pack("!H", at + 4) + data[4:at]
            return BindingRequest(data[8:20], username, nominates, signed, value)
        at += 4 + (length + 3 & ~3)
    raise MalformedPacketError("no integrity")


def _sign(message: bytes, password: bytes) -> bytes:
    # SHA-1 is what ICE prescribes for its short-term credentials (RFC 8445 section 7.1.2).
    return hmac.new(password, message, hashlib.sha1).digest()


def _with_length(message: bytes, extra: int) -> bytes:
    return message[:2] + struct.pack("!H", len(message) - _HEADER_BYTES + extra) + message[4:]


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value


def _xor_mapped(address: Address, transaction_id: bytes) -> bytes:
    host = ipaddress.ip_address(address[0].partition("%")[0])
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped  # a socket of both families shows an IPv4 peer like this
    mask = struct.pack("!I", _COOKIE) + transaction_id
    mapped = bytes(a ^ b for a, b in zip(host.packed, mask, strict=False))
    family = 1 if host.version == 4 else 2
    return struct.pack("!BBH", 0, family, address[1] ^ _COOKIE >> 16) + mapped


def binding_response(transaction_id: bytes, address: Address, password: bytes) -> bytes:
    message = struct.pack("!HHI", _BINDING_RESPONSE, 0, _COOKIE) + transaction_id
    message += _attribute(_XOR_MAPPED, _xor_mapped(address, transaction_id))
    message = _with_length(message, _INTEGRITY_BYTES)
    message += _attribute(_INTEGRITY, _sign(message, password))
    message = _with_length(message, _FINGERPRINT_BYTES)
    checksum = binascii.crc32(message) ^ _FINGERPRINT_XOR
    return message + _attribute(_FINGERPRINT, struct.pack("!I", checksum))


@dataclass(frozen=True, slots=True)
class Credentials:
    """Our side's user name fragment and password, and the peer's fragment."""

    ufrag: str
    password: str
    remote_ufrag: str

    @classmethod
    def fresh(cls, remote_ufrag: str) -> Credentials:
        return cls(secrets.token_hex(8), secrets.token_hex(16), remote_ufrag)

    def accepts(self, request: BindingRequest) -> bool:
        if request.username != f"{self.ufrag}:{self.remote_ufrag}":
            return False
        expected = _sign(request.signed, self.password.encode())
        return hmac.compare_digest(expected, request.integrity)


@dataclass(slots=True)
class LiteAgent:
    """One peer's end of ICE: which addresses are the peer's, and which one to send to."""

    credentials: Credentials
    previous: Credentials | None = None
    """Valid until the first check with the new ones, after a restart."""
    selected: Address | None = None
    validated: dict[Address, float] = field(default_factory=dict)
    """When the last check came from each, the longest ago first."""

    def restart(self, credentials: Credentials) -> None:
        """Take new credentials; media keeps flowing on the old path until a new one is checked."""
        self.previous, self.credentials = self.credentials, credentials

    def check(self, request: BindingRequest, address: Address, *, now: float) -> bytes | None:
        """Return the response to an authenticated check, None for any other."""
        if self.credentials.accepts(request):
            accepted, self.previous = self.credentials, None
        elif self.previous is not None and self.previous.accepts(request):
            accepted = self.previous
        else:
            return None
        self._validate(address, now)
        if request.nominates or self.selected is None:
            self.selected = address
        return binding_response(request.transaction_id, address, accepted.password.encode())

    def expire(self, now: float) -> list[Address]:
        """Forget the addresses whose consent ended, and return them."""
        ended = [known for known, at in self.validated.items() if now - at > CONSENT_S]
        for address in ended:
            self.forget(address)
        return ended

    def forget(self, address: Address) -> None:
        """Send nothing there any more, but to the address that was checked last, if any."""
        self.validated.pop(address, None)
        if self.selected == address:
            self.selected = next(reversed(self.validated), None)

    def _validate(self, address: Address, now: float) -> None:
        self.validated.pop(address, None)
        self.validated[address] = now
        for known in list(self.validated):
            if len(self.validated) <= MAX_VALIDATED:
                return
            if known != self.selected:
                del self.validated[known]
