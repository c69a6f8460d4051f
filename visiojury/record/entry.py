"""What one entry of the record holds. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Discriminator, StringConstraints

from visiojury.exam.events import Event
from visiojury.exam.people import Identifier, Milliseconds, Name, Role, Strict

FORMAT_VERSION: Literal[1] = 1

HexDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, 64 lower-case hexadecimal digits."""
TaggedEvent = Annotated[Event, Discriminator("type")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Strict):
    """Who acted, and what made us believe that it was them."""

    participant_id: Identifier
    role: Role
    authentication: Name
    """`invitation`, `invitation+code`, `invitation+passkey`, `administration`..."""
    device_key: Name | None = None
    """RFC 7638 thumbprint of the key that the connection proved to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Strict):
    """An event before it has its place in the chain."""

    event: TaggedEvent
    actor: Actor | None
    """None: the server itself observed or concluded it."""
    received_ms: Milliseconds
    """UTC, when the server had it; the event's own `at_ms` is when it occurred."""
    monotonic_ms: Milliseconds
    """The same instant on the monotonic clock of boot `boot_id`."""
    boot_id: Name
    act_id: Identifier | None = None
    """What the person's device called the act, so that a repeated request is known as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Draft):
    """Everything that the digest of an entry covers, as read."""

    v: Literal[1] = FORMAT_VERSION
    seq: Annotated[int, Ge(1), Le(2**53 - 1)]
    entry_id: Identifier
    session_id: Identifier
    previous: HexDigest
    """Digest of the entry before; for the first, what `chain.genesis` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Body):
    """An entry in its place: opened for us to read, and the bytes that the chain covers."""

    digest: HexDigest
    raw: bytes
    """Canonical, personal fields sealed. What is passed on is these, never made again."""
    keys: Mapping[str, str]
    """By subject, 64 hexadecimal digits: what opens this entry's boxes and no other's."""
