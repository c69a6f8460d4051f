"""What comes after the decisions: seal, signatures, results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.exam.events.base import Occurred
from visiojury.exam.people import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSealed(Occurred):
    """The installation's key signed the chain's head just before this event."""

    head: Name
    """Hexadecimal digest of the entry before this one."""
    signature: Name
    """ES256 over the seal's label and the head's bytes, base64url."""
    public_key: dict[str, str]
    """The JWK to check it with (RFC 7517)."""
    type: Literal["record.sealed"] = "record.sealed"
