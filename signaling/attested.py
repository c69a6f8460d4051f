"""What an act claims that only this edge can check, before the rules see it.

A signature holds for the bytes of the minutes as this server makes them and for the key that the
person's access is bound to; a file that is shown or sent is one that we have.
"""

from __future__ import annotations

import hashlib

from auth import signatures
from signaling.access import Person
from signaling.refusals import RequestError
from signaling.server import Server
from visiojury.exam import commands as cmd
from visiojury.exam.after import AMENDMENT_LABEL, MINUTES_LABEL


async def check(server: Server, caller: Person, command: cmd.Command) -> None:
    """Pass if what `command` claims is so.

    Raises:
        AuthError: `signature_invalid`, `signature_foreign`.
        RequestError: `digest_mismatch`: of other minutes; `file_unknown`.
    """
    match command:
        case cmd.SignMinutes():
            await _check_minutes(server, caller, command)
            _check_signature(caller, command, MINUTES_LABEL, command.minutes_sha256)
        case cmd.SignAmendment():
            _check_signature(caller, command, AMENDMENT_LABEL, command.sha256)
        case cmd.ShowDocument():
            _check_file(server, caller, command.sha256, command.size_bytes)
        case cmd.SendExtract():
            for file in command.files:
                _check_file(server, caller, file.sha256, file.size_bytes)


async def _check_minutes(server: Server, caller: Person, command: cmd.SignMinutes) -> None:
    if caller.room.owner.state.seal is None:
        return  # The rules refuse it.
    minutes = await server.paperwork.make("minutes", list(caller.room.owner.entries))
    if hashlib.sha256(minutes).hexdigest() != command.minutes_sha256:
        raise RequestError("digest_mismatch")


def _check_signature(
    caller: Person, command: cmd.SignMinutes | cmd.SignAmendment, label: bytes, sha256: str
) -> None:
    signatures.verify(
        command.signature,
        public_key=command.public_key,
        jkt=caller.claims.jkt,
        label=label,
        sha256=sha256,
    )


def _check_file(server: Server, caller: Person, sha256: str, size_bytes: int) -> None:
    if not server.files.has(caller.room.session_id, sha256, size_bytes):
        raise RequestError("file_unknown")
