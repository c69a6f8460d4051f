"""Access renewed before it ends, and the keys that tokens are verified with."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from signaling import bodies as b
from signaling.api.route import Route, adapter, answer, body, caller_of
from signaling.server import SERVER

EMPTY: TypeAdapter[b.Empty] = TypeAdapter(b.Empty)


async def renew(request: web.Request) -> web.Response:
    server, caller = await caller_of(request)
    await body(request, EMPTY)
    return answer(b.RenewedBody(access_token=server.gate.renew(caller)))


async def published_keys(request: web.Request) -> web.Response:
    keys = request.app[SERVER].key_ring.published()
    return answer(b.JWKSBody(keys=[b.JWKBody(**key.public_jwk()) for key in keys]))


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/access-token",
        summary="A new access token for the same access and key, before the old one ends.",
        handler=renew,
        guard="person",
        takes=EMPTY,
        gives=adapter(b.RenewedBody),
    ),
    Route(
        method="GET",
        path="/.well-known/jwks.json",
        summary="The keys that tokens are verified with, the next one included (RFC 7517).",
        handler=published_keys,
        guard="none",
        gives=adapter(b.JWKSBody),
    ),
)
