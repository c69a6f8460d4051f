"""Getting in with a passkey: a challenge is asked for, then answered by the person's device.

Requests carry no token, as there is none yet, but a proof of the device key that will hold it.
"""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from auth import invitations
from signaling import bodies as b
from signaling.api.access import redeemed_body
from signaling.api.route import Route, adapter, answer, body
from signaling.passkeys import Passkeys
from signaling.refusals import RequestError
from signaling.server import SERVER

BEGIN: TypeAdapter[b.BeginPasskey] = TypeAdapter(b.BeginPasskey)
COMPLETE: TypeAdapter[b.CompletePasskey] = TypeAdapter(b.CompletePasskey)


async def begin_passkey(request: web.Request) -> web.Response:
    passkeys, jkt = _asked(request)
    asked: b.BeginPasskey = await body(request, BEGIN)
    digest = invitations.digest(asked.secret)
    ceremony, options = await passkeys.begin(digest, asked.code, jkt)
    return answer(b.BegunPasskey(ceremony=ceremony, options=options))


async def complete_passkey(request: web.Request) -> web.Response:
    passkeys, jkt = _asked(request)
    asked: b.CompletePasskey = await body(request, COMPLETE)
    digest = invitations.digest(asked.secret)
    return answer(redeemed_body(await passkeys.complete(digest, asked.credential, jkt)))


def _asked(request: web.Request) -> tuple[Passkeys, str]:
    """Return the passkeys, and the key of the device that asks. Raises: AuthError, RequestError."""
    server = request.app[SERVER]
    jkt = server.gate.device_key(request)
    if server.entrances.passkeys is None:
        raise RequestError("passkey_not_configured")
    return server.entrances.passkeys, jkt


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/passkey/begin",
        summary="A challenge for the passkey that an invitation asks for, or for a new one.",
        handler=begin_passkey,
        guard="none",
        takes=BEGIN,
        gives=adapter(b.BegunPasskey),
    ),
    Route(
        method="POST",
        path="/api/passkey/complete",
        summary="Exchange a passkey's answer for access bound to the device key that asked.",
        handler=complete_passkey,
        guard="none",
        takes=COMPLETE,
        gives=adapter(b.RedeemedBody),
    ),
)
