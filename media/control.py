"""Framing of the control stream: one JSON object a line, both ways, bounded."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from media.errors import MalformedCommandError
from media.messages import COMMANDS, OUTPUT, Command, Event, Reply

MAX_LINE_BYTES = 1 << 20
"""A command holds one offer, of 200,000 characters at most, escaped."""


class LineBuffer:
    """Cuts a byte stream into lines; holds at most one line of `MAX_LINE_BYTES`."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each line that `data` completes, without its end.

        Raises:
            MalformedCommandError: a line is too long; the stream cannot be trusted any more.
        """
        self._pending += data
        while (end := self._pending.find(b"\n")) >= 0:
            line = bytes(self._pending[:end])
            del self._pending[: end + 1]
            yield line
        if len(self._pending) > MAX_LINE_BYTES:
            raise MalformedCommandError("control line too long")


def encode(message: BaseModel) -> bytes:
    return message.model_dump_json().encode() + b"\n"


def decode_command(line: bytes) -> Command:
    """Raises: MalformedCommandError, whatever the line holds."""
    try:
        return COMMANDS.validate_json(line)
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise MalformedCommandError(f"not a command: {', '.join(fields)}") from error


def decode_output(line: bytes) -> Reply | Event:
    """Read a line of a relay we started ourselves.

    Raises:
        MalformedCommandError: the two ends do not speak the same version.
    """
    try:
        return OUTPUT.validate_json(line)
    except ValidationError as error:
        raise MalformedCommandError("not a message of this relay") from error
