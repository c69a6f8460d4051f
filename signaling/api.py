"""The HTTP API: what each address does. One table of routes, from which it is also described."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from auth.fingerprints import normalise
from media.messages import RelayStats
from signaling import bodies as b
from signaling.access import Caller, Issued
from signaling.refusals import RequestError
from signaling.rooms import sends_media
from signaling.server import SERVER, Server
from signaling.socket import HARD_LIMIT_BYTES, HEARTBEAT_S, ParticipantSocket, where
from signaling.views import documents_for
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Role
from visiojury.record.entry import Entry
from visiojury.record.lines import to_lines

Guard = Literal["none", "person", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address: what it takes, what it gives, who may call it."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    guard: Guard
    takes: TypeAdapter[Any] | None = None
    gives: TypeAdapter[Any] | None = None
    media_type: str = "application/json"
    status: int = 200


async def body(request: web.Request, takes: TypeAdapter[Any]) -> Any:  # noqa: ANN401 - typed by its adapter
    """Return the request's body, checked. Raises: RequestError."""
    try:
        return takes.validate_json(await request.read())
    except ValidationError as error:
        raise RequestError("body_malformed", where=where(error)) from None


def _caller(request: web.Request) -> tuple[Server, Caller]:
    server = request.app[SERVER]
    caller = server.gate.authenticate(request)
    wanted = request.match_info.get("session_id", caller.room.session_id)
    if wanted != caller.room.session_id:
        raise RequestError("session_foreign")
    return server, caller


def _json(model: b.Body, status: int = 200) -> web.Response:
    return web.json_response(text=model.model_dump_json(), status=status)


def _invitation(issued: Issued) -> b.InvitationBody:
    return b.InvitationBody(
        participant_id=issued.participant_id,
        role=issued.role,
        link=issued.link,
        code=issued.code,
    )


# --- access ---------------------------------------------------------------------------------

REDEEM: TypeAdapter[b.Redeem] = TypeAdapter(b.Redeem)


async def redeem(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    asked: b.Redeem = await body(request, REDEEM)
    redeemed = await server.gate.redeem(
        asked.secret, asked.code, request.headers.get("DPoP"), server.gate.url(request)
    )
    return _json(
        b.RedeemedBody(
            access_token=redeemed.access_token,
            session_id=redeemed.session_id,
            participant_id=redeemed.participant_id,
            role=redeemed.role,
        )
    )


EMPTY: TypeAdapter[b.Empty] = TypeAdapter(b.Empty)


async def ws_ticket(request: web.Request) -> web.Response:
    server, caller = _caller(request)
    await body(request, EMPTY)
    return _json(b.TicketBody(ticket=server.gate.tickets.issue(caller.claims)))


MEDIA_TOKEN: TypeAdapter[b.MediaTokenRequest] = TypeAdapter(b.MediaTokenRequest)


async def media_token(request: web.Request) -> web.Response:
    server, caller = _caller(request)
    asked: b.MediaTokenRequest = await body(request, MEDIA_TOKEN)
    participant = caller.participant
    if not sends_media(caller.room, participant.participant_id):
        raise RequestError("media_not_for_role")
    token = server.gate.tokens.media(
        participant.participant_id,
        room=caller.room.session_id,
        role=participant.role.value,
        jkt=caller.claims.jkt,
        fingerprint=normalise(asked.fingerprint),
    )
    return _json(b.MediaTokenBody(media_token=token))


INVITE: TypeAdapter[b.Invite] = TypeAdapter(b.Invite)


async def invite(request: web.Request) -> web.Response:
    server, caller = _caller(request)
    if caller.participant.role is not Role.ORGANISER:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    asked: b.Invite = await body(request, INVITE)
    issued = await server.gate.issue(caller.room, asked.participant_id, actor=caller.actor)
    return _json(_invitation(issued))


# --- sessions and acts ----------------------------------------------------------------------

DEFINITION: TypeAdapter[SessionDefinition] = TypeAdapter(SessionDefinition)


async def create_session(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    definition: SessionDefinition = await body(request, DEFINITION)
    issued = await server.create_session(definition)
    created = b.SessionBody(
        session_id=definition.session_id, invitations=[_invitation(i) for i in issued]
    )
    return _json(created, status=201)


ACT: TypeAdapter[b.Act] = TypeAdapter(b.Act)


async def act(request: web.Request) -> web.Response:
    _, caller = _caller(request)
    asked: b.Act = await body(request, ACT)
    seq = await caller.room.owner.act(asked.act, actor=caller.actor, act_id=asked.id)
    return _json(b.ActBody(seq=seq))


# --- documents ------------------------------------------------------------------------------


async def document(request: web.Request) -> web.Response:
    server, caller = _caller(request)
    name, state = request.match_info["name"], caller.room.owner.state
    readable = {view.name for view in documents_for(state, caller.participant)}
    if name not in readable:
        raise RequestError("document_unknown")
    content = await server.paperwork.make(name, list(caller.room.owner.entries))
    return _file(content, "application/pdf", f"{name}.pdf")


async def archive(request: web.Request) -> web.Response:
    server, caller = _caller(request)
    _require_organiser(caller)
    if caller.room.owner.state.seal is None:
        raise RequestError("document_unknown")
    content = await server.paperwork.make("archive", list(caller.room.owner.entries))
    return _file(content, "application/zip", f"{caller.room.session_id}.zip")


async def record(request: web.Request) -> web.Response:
    _, caller = _caller(request)
    _require_organiser(caller)
    entries: list[Entry] = list(caller.room.owner.entries)
    name = f"{caller.room.session_id}.jsonl"
    return _file(to_lines(entries), "application/jsonl", name)


def _require_organiser(caller: Caller) -> None:
    """The organiser has the whole record; nobody else does (A4)."""
    if caller.participant.role is not Role.ORGANISER:
        raise RequestError("document_unknown")


def _file(content: bytes, media_type: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type=media_type, headers=headers)


# --- the server itself ----------------------------------------------------------------------


async def relay_figures(request: web.Request) -> web.Response:
    server = request.app[SERVER]
    server.gate.require_admin(request)
    if server.relay.stats is None:
        raise RequestError("relay_unavailable")
    return web.json_response(text=server.relay.stats.relay.model_dump_json())


async def live(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    checks = await request.app[SERVER].readiness()
    status = 200 if all(checks.values()) else 503
    return web.json_response({"checks": checks}, status=status)


async def socket(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    url = server.gate.url(request)
    origin = request.headers.get("Origin")
    if origin is not None and origin not in server.gate.origins:
        raise RequestError("origin_foreign")
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=HARD_LIMIT_BYTES, compress=False)
    await ws.prepare(request)
    connection = ParticipantSocket(ws, desk=server.desk, instants=server.instants)
    server.open_sockets.add(ws)
    try:
        await connection.serve(server.gate, url)
    finally:
        server.open_sockets.discard(ws)
    return ws


def _adapter(model: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(model)


_SESSION = "/api/sessions/{session_id}"

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/invitations/redeem",
        summary="Exchange an invitation's secret (and code) for access bound to a device key.",
        handler=redeem,
        guard="none",
        takes=REDEEM,
        gives=_adapter(b.RedeemedBody),
    ),
    Route(
        method="POST",
        path="/api/ws-ticket",
        summary="A ticket for one WebSocket, good once within 30 s.",
        handler=ws_ticket,
        guard="person",
        takes=EMPTY,
        gives=_adapter(b.TicketBody),
    ),
    Route(
        method="POST",
        path="/api/media-token",
        summary="A token for one offer with this DTLS certificate, good once within 60 s.",
        handler=media_token,
        guard="person",
        takes=MEDIA_TOKEN,
        gives=_adapter(b.MediaTokenBody),
    ),
    Route(
        method="POST",
        path="/api/sessions",
        summary="Create a session and invite its people.",
        handler=create_session,
        guard="admin",
        takes=DEFINITION,
        gives=_adapter(b.SessionBody),
        status=201,
    ),
    Route(
        method="POST",
        path=_SESSION + "/commands",
        summary="Carry out one act.",
        handler=act,
        guard="person",
        takes=ACT,
        gives=_adapter(b.ActBody),
    ),
    Route(
        method="POST",
        path=_SESSION + "/invitations",
        summary="Invite a person again; their earlier link and connections end.",
        handler=invite,
        guard="person",
        takes=INVITE,
        gives=_adapter(b.InvitationBody),
    ),
    Route(
        method="GET",
        path=_SESSION + "/documents/{name}.pdf",
        summary="The minutes (`minutes`) or an incident sheet (`incident-<sitting>`).",
        handler=document,
        guard="person",
        media_type="application/pdf",
    ),
    Route(
        method="GET",
        path=_SESSION + "/archive.zip",
        summary="The sealed archive of the session.",
        handler=archive,
        guard="person",
        media_type="application/zip",
    ),
    Route(
        method="GET",
        path=_SESSION + "/record.jsonl",
        summary="The session's record, one entry a line.",
        handler=record,
        guard="person",
        media_type="application/jsonl",
    ),
    Route(
        method="GET",
        path="/api/relay",
        summary="The relay's own figures.",
        handler=relay_figures,
        guard="admin",
        gives=_adapter(RelayStats),
    ),
    Route(method="GET", path="/livez", summary="The server runs.", handler=live, guard="none"),
    Route(
        method="GET",
        path="/readyz",
        summary="The server can hold an exam: record writable, relay alive.",
        handler=ready,
        guard="none",
    ),
    Route(
        method="GET",
        path="/api/ws",
        summary="The WebSocket of a participant (docs/protocol.md).",
        handler=socket,
        guard="none",
    ),
)
