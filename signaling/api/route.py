"""What a route is, and what handlers have in common: who calls, bodies in, answers out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from signaling.access import ADMIN_SCHEME, Caller, Person
from signaling.refusals import RequestError
from signaling.server import SERVER, Server
from signaling.socket import where
from visiojury.exam.people import Role

Guard = Literal["none", "person", "admin", "person_or_admin"]
"""Who may call: anybody, who holds a link's access, who holds the installation's key."""

SESSION_PATH = "/api/sessions/{session_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address: what it takes, what it gives, who may call it."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    guard: Guard
    takes: TypeAdapter[Any] | None = None
    takes_file: bool = False
    """The body is a PDF, read by the handler itself."""
    gives: TypeAdapter[Any] | None = None
    media_type: str = "application/json"
    status: int = 200
    has_version: bool = False
    """Answers with the session's version as `ETag`; a POST heeds `If-Match`."""
    gives_too: int | None = None
    """Another status of the same body."""


async def body(request: web.Request, takes: TypeAdapter[Any]) -> Any:  # noqa: ANN401 - typed by its adapter
    """Return the request's body, checked. Raises: RequestError."""
    if request.content_type != "application/json":
        raise RequestError("media_type_unsupported")
    try:
        async with arriving(request):
            content = await request.read()
        return takes.validate_json(content)
    except ValidationError as error:
        raise RequestError("body_malformed", where=where(error)) from None


@asynccontextmanager
async def arriving(request: web.Request) -> AsyncIterator[None]:
    """Wait no longer for a body than `limits.body_s`. Raises: RequestError."""
    try:
        async with asyncio.timeout(request.app[SERVER].settings.limits.body_s):
            yield
    except TimeoutError:
        raise RequestError("body_late") from None


async def caller_of(request: web.Request) -> tuple[Server, Person]:
    """Return the person who asks, within their own session.

    Raises:
        AuthError, RequestError: nobody we know, of another session, or too often.
        RecordError: the session cannot be read.
    """
    server = request.app[SERVER]
    caller = await server.gate.authenticate(request)
    server.accounts.request(caller.room.session_id, caller.participant.participant_id)
    if caller.participant.role is Role.STATION:
        await server.station_desk.notice(request, caller)
    wanted = request.match_info.get("session_id", caller.room.session_id)
    if wanted != caller.room.session_id:
        raise RequestError("session_foreign")
    return server, caller


async def caller_or_admin(request: web.Request) -> tuple[Server, Caller]:
    """Like `caller_of`; who holds the installation's key comes as the organising office."""
    server = request.app[SERVER]
    if not request.headers.get("Authorization", "").startswith(ADMIN_SCHEME):
        return await caller_of(request)
    server.gate.require_admin(request)
    return server, await server.gate.administrator(request.match_info["session_id"])


def answer(model: BaseModel, *, status: int = 200, version: int | None = None) -> web.Response:
    response = web.json_response(text=model.model_dump_json(), status=status)
    if version is not None:
        response.etag = str(version)
    return response


def adapter(model: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(model)
