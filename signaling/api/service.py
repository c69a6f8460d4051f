"""The server itself: its health, its relay's figures, its own description, its WebSocket."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter

from media.messages import RelayStats
from signaling import bodies as b
from signaling.api.route import Route, adapter, answer, body
from signaling.problem_titles import title_of
from signaling.refusals import TABLE, RequestError
from signaling.relay_link import RelayError
from signaling.relays import Relays, together
from signaling.server import SERVER
from signaling.socket import HARD_LIMIT_BYTES, HEARTBEAT_S, ParticipantSocket

log = structlog.get_logger()


async def relay_figures(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    known = [link.stats.relay for link in server.relays.links if link.stats is not None]
    if not known:
        raise RequestError("relay_unavailable")
    return answer(together(known))


async def relays(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    return answer(_relays_body(server.relays))


_LONGEST_NUMBER = 4
DRAIN: TypeAdapter[b.Drain] = TypeAdapter(b.Drain)


async def drain(request: web.Request) -> web.Response:
    """Empty a relay, or let it have rooms again; each answers with all relays."""
    server = request.app[SERVER]
    server.gate.require_admin(request)
    asked: b.Drain = await body(request, DRAIN)
    text = request.match_info["number"]
    number = int(text) if text.isdecimal() and len(text) < _LONGEST_NUMBER else -1
    try:
        if asked.is_drained:
            await server.relays.drain(number)
        else:
            server.relays.refill(number)
    except RelayError as error:
        raise RequestError(error.code) from None
    return answer(_relays_body(server.relays))


def _relays_body(relays: Relays) -> b.RelaysBody:
    return b.RelaysBody(
        relays=[
            b.RelayBody(
                number=link.number,
                is_up=link.is_up,
                is_drained=link.number in relays.drained,
                rooms=len(relays.rooms_of(link)),
                figures=None if link.stats is None else link.stats.relay,
            )
            for link in relays.links
        ]
    )


ERASE: TypeAdapter[b.Erase] = TypeAdapter(b.Erase)


async def erase(request: web.Request) -> web.Response:
    """Erase what the daily task would, now; or say what that is (A2)."""
    server = request.app[SERVER]
    server.gate.require_admin(request)
    asked: b.Erase = await body(request, ERASE)
    try:
        counts = await server.keeping.erase_all(carry_out=asked.carry_out)
    except OSError as error:
        log.warning("files.not_erased", reason=error.strerror)
        raise RequestError("files_not_erased") from None
    erased = [b.ErasedSession(session_id=who, people=n) for who, n in sorted(counts.items())]
    return answer(b.ErasedBody(sessions=erased))


async def live(_request: web.Request) -> web.Response:
    return answer(b.LiveBody(status="ok"))


async def ready(request: web.Request) -> web.Response:
    checks = await request.app[SERVER].health.checks()
    return answer(b.ReadyBody(checks=checks), status=200 if all(checks.values()) else 503)


async def problems(_request: web.Request) -> web.Response:
    """Answer where the `type` of every problem leads."""
    kinds = {
        code: b.ProblemKind(status=status, title=title_of(status), detail=message)
        for code, (status, message) in sorted(TABLE.items())
    }
    return answer(b.ProblemsBody(problems=kinds))


async def socket(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    url = server.gate.url(request)
    # Browsers always name the page's origin (RFC 6455, section 4.1); a program names ours.
    if request.headers.get("Origin") not in server.gate.origins:
        raise RequestError("origin_foreign")
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=HARD_LIMIT_BYTES, compress=False)
    if not ws.can_prepare(request).ok:
        raise RequestError("upgrade_required")
    await ws.prepare(request)
    connection = ParticipantSocket(
        ws,
        desk=server.desk,
        instants=server.instants,
        accounts=server.accounts,
        drain=server.drain,
    )
    server.open_sockets.add(ws)
    try:
        await connection.serve(server.gate, url)
    finally:
        server.open_sockets.discard(ws)
    return ws


def _description(name: str) -> Handler:
    """Answer with what does not change, made when it is first asked for."""

    @functools.cache
    def text() -> str:
        # Imported late: the description is made of the table that this module is part of.
        from signaling import openapi  # noqa: PLC0415

        describe: Callable[[], dict[str, Any]] = getattr(openapi, name)
        return json.dumps(describe(), ensure_ascii=False)

    async def handler(_request: web.Request) -> web.Response:
        return web.json_response(text=text())

    handler.__name__ = name
    return handler


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/erasures",
        summary="Erase the names and texts of sessions kept long enough, or say which they are.",
        handler=erase,
        guard="admin",
        takes=ERASE,
        gives=adapter(b.ErasedBody),
    ),
    Route(
        method="GET",
        path="/api/relay",
        summary="The relays' own figures, taken together.",
        handler=relay_figures,
        guard="admin",
        gives=adapter(RelayStats),
    ),
    Route(
        method="GET",
        path="/api/relays",
        summary="Each relay: whether it is up, how many rooms it has, its figures.",
        handler=relays,
        guard="admin",
        gives=adapter(b.RelaysBody),
    ),
    Route(
        method="POST",
        path="/api/relays/{number}/drain",
        summary="Move a relay's rooms to the others and give it no more, or give it rooms again.",
        handler=drain,
        guard="admin",
        takes=DRAIN,
        gives=adapter(b.RelaysBody),
    ),
    Route(
        method="GET",
        path="/livez",
        summary="The server runs.",
        handler=live,
        guard="none",
        gives=adapter(b.LiveBody),
    ),
    Route(
        method="GET",
        path="/readyz",
        summary="The server can hold an exam: record, disk, clock, relay; it takes sittings on.",
        handler=ready,
        guard="none",
        gives=adapter(b.ReadyBody),
        gives_too=503,
    ),
    Route(
        method="GET",
        path="/api/problems",
        summary="Every kind of problem that an answer can tell, by its code.",
        handler=problems,
        guard="none",
        gives=adapter(b.ProblemsBody),
    ),
    Route(
        method="GET",
        path="/api/openapi.json",
        summary="This description.",
        handler=_description("describe"),
        guard="none",
    ),
    Route(
        method="GET",
        path="/api/protocol.json",
        summary="JSON Schema of the WebSocket's messages, both ways.",
        handler=_description("describe_protocol"),
        guard="none",
    ),
    Route(
        method="GET",
        path="/api/ws",
        summary="The WebSocket of a participant (docs/protocol.md).",
        handler=socket,
        guard="none",
        status=101,
    ),
)
