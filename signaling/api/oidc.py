"""Getting in with an account: a sign-in at the OpenID provider is begun, then comes back.

The provider sends the browser back to the page (`signaling.oidc.CALLBACK_PATH`), which posts what
the address holds with a proof of the device key: no cookie, and nothing that another device could
use. Requests here carry no token, as there is none yet.
"""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from auth import invitations
from signaling import bodies as b
from signaling.api.access import redeemed_body
from signaling.api.route import Route, adapter, answer, body
from signaling.oidc import SignIns
from signaling.refusals import RequestError
from signaling.server import SERVER

BEGIN: TypeAdapter[b.BeginOpenID] = TypeAdapter(b.BeginOpenID)
CALLBACK: TypeAdapter[b.OpenIDCallback] = TypeAdapter(b.OpenIDCallback)


async def begin(request: web.Request) -> web.Response:
    sign_ins, jkt = _asked(request)
    asked: b.BeginOpenID = await body(request, BEGIN)
    secret_digest = invitations.digest(asked.secret)
    await request.app[SERVER].entrances.redeeming.may_sign_in(secret_digest, jkt)
    return answer(b.BegunOpenID(authorization_url=await sign_ins.begin(secret_digest, jkt)))


async def callback(request: web.Request) -> web.Response:
    sign_ins, jkt = _asked(request)
    asked: b.OpenIDCallback = await body(request, CALLBACK)
    secret_digest, signed_in = await sign_ins.complete(asked.state, asked.code, asked.iss, jkt=jkt)
    redeeming = request.app[SERVER].entrances.redeeming
    redeemed = await redeeming.redeem_signed_in(secret_digest, jkt, signed_in)
    return answer(redeemed_body(redeemed, id_token=signed_in.id_token))


def _asked(request: web.Request) -> tuple[SignIns, str]:
    """Return the sign-ins, and the key of the device that asks. Raises: AuthError, RequestError."""
    server = request.app[SERVER]
    jkt = server.gate.device_key(request)
    if server.entrances.openid is None:
        raise RequestError("openid_not_configured")
    return server.entrances.openid, jkt


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/openid/begin",
        summary="Begin the sign-in that an invitation asks for; where the browser goes for it.",
        handler=begin,
        guard="none",
        takes=BEGIN,
        gives=adapter(b.BegunOpenID),
    ),
    Route(
        method="POST",
        path="/api/openid/callback",
        summary="Exchange the provider's answer for access bound to the device key that began.",
        handler=callback,
        guard="none",
        takes=CALLBACK,
        gives=adapter(b.RedeemedBody),
    ),
)
