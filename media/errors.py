"""What the relay refuses, each with the code its caller sees.

RelayError
├── OfferError        the offer cannot be answered; `code` says which rule it breaks
├── UnknownPeerError  the command names a peer or room that is not here
├── LimitError        one more would pass a bound of this relay
└── MalformedCommandError  the line is not a command
"""

from __future__ import annotations


class RelayError(Exception):
    """A refusal that goes back to whoever sent the command."""

    code: str = "relay_error"


class OfferError(RelayError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnknownPeerError(RelayError):
    code = "unknown_peer"

    def __init__(self) -> None:
        super().__init__("no such peer in that room")


class LimitError(RelayError):
    code = "limit_reached"


class MalformedCommandError(RelayError):
    code = "malformed_command"


class MalformedPacketError(ValueError):
    """Bytes that are not what they claim to be; counted and dropped, never answered."""
