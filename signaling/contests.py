"""Access that somebody tried to misuse: a trace in the record, as many as can be read.

Refusing is others' business and has happened by then; this only says so to the organiser.
Known only where a token, ticket or connection of ours names the person: what a stranger invents
is counted in `visiojury_refusals` and leaves nothing in the record.
"""

from __future__ import annotations

import time

import structlog

from auth import errors as auth
from signaling import telemetry
from signaling.rooms import Room
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.record.errors import RecordError

log = structlog.get_logger()

ACCESS: dict[type[auth.AuthError], ev.Contest] = {
    auth.ProofMissingError: "token",
    auth.ProofReplayedError: "token",
    auth.ProofMismatchError: "key",
}
"""What a refused proof says of an access token. One that is invalid may be an honest device's:
its clock is wrong."""
OFFER: dict[type[auth.AuthError], ev.Contest] = {
    auth.FingerprintMismatchError: "offer",
    auth.ProofMismatchError: "token",
    auth.TokenUsedError: "token",
}
"""What a refused offer says, where its media token is one of ours."""


async def leave_trace(room: Room, participant_id: str, what: ev.Contest, *, at_ms: int) -> None:
    """Record that access as `participant_id` was tried by misuse of `what`.

    Beyond the rate it is only counted, and so it is where the record cannot take it: the
    refusal that it accompanies stands by itself.
    """
    if room.contests.spend(participant_id, time.monotonic()) > 0:
        telemetry.CONTESTS_UNRECORDED.labels(what).inc()
        return
    contested = ev.AccessContested(at_ms=at_ms, participant_id=participant_id, what=what)
    try:
        await room.owner.record(lambda _: [contested], actor=None)
    except (ExamError, RecordError) as error:
        telemetry.CONTESTS_UNRECORDED.labels(what).inc()
        log.warning("contest.unrecorded", session_id=room.session_id, code=error.code)
