"""A request goes on to the server that owns its session, where several share the work.

Any server may be asked for any session: the front spreads people over all of them and knows of no
session. Whoever is asked for one that nobody owns takes it; for one that another owns, passes the
request on, bodies and messages as they come, and answers what that one answers. A request is
passed on once: who gets one that is not theirs any more says so, and it is asked again.

Which session a request is for stands in its path, in the caller's token, behind the secret of a
link, or in `session` of its query. It is a hint: what the caller may do there, the owner decides.

Source: docs/adr/0064.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from auth import invitations
from signaling import telemetry
from signaling.access import ADMIN_SCHEME, SCHEME
from signaling.messages import CLOSE_CODES
from signaling.neighbours import HEADER, is_forwarded
from signaling.oidc import link_of
from signaling.refusals import RequestError
from signaling.socket import HARD_LIMIT_BYTES, HEARTBEAT_S
from visiojury.record.errors import LeaseHeldError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from signaling.server import Server

log = structlog.get_logger()

KNOWN_S = 1.0
"""How long another server is believed to own a session without asking again."""
CONNECT_S, ANSWER_S = 1.0, 60.0
HINT: Final = "session"
"""In the query of what has neither path nor token to tell its session."""
SOCKET_PATH = "/api/ws"
_OPEN_PREFIX = "/verifier/"
"""What anybody may ask of a session by its name (proof_page.py)."""
_LINK_PATHS = frozenset(
    {
        "/api/invitations/redeem",
        "/api/openid/begin",
        "/api/openid/callback",
        "/api/passkey/begin",
        "/api/passkey/complete",
    }
)
"""Where the body tells of a link, and there is no token yet."""
_OF_ONE_CONNECTION = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *(
            "expect",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-forwarded-for",
            "x-forwarded-proto",
        ),
    }
)
"""Headers that are not passed on. Source: RFC 9110 section 7.6.1."""
_OF_THE_HANDSHAKE = frozenset(
    {"sec-websocket-extensions", "sec-websocket-key", "sec-websocket-version"}
)
_UNSENDABLE = frozenset({1005, 1006, 1015})
"""How a WebSocket ends that nobody closed. Source: RFC 6455 section 7.4.1."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Forwarding:
    """A middleware behind what counts requests, and in front of what answers them."""

    def __init__(self, server: Server) -> None:
        assert server.ownership is not None, "a server alone passes nothing on"
        self._server = server
        self._ownership = server.ownership
        self._leases = server.ownership.leases
        self._elsewhere: dict[str, tuple[str, float]] = {}
        """Who owns a session, and until when that is believed; monotonic seconds."""
        self._http: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """Hold the connections to the other servers; an application's `cleanup_ctx`."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            timeout=timeout, connector=connector, auto_decompress=False
        ) as self._http:
            yield

    async def pass_on(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer through `handler`, or as the owner of the session does.

        Raises:
            AuthError: the token that names the session is not good.
            RequestError: `session_moved`: its owner does not answer, or it is owned by nobody
                for a moment; asked again, it is there.
            RecordError: the session cannot be read.
        """
        if (owner := await self._owner_of(request)) is None:
            return await handler(request)
        if is_forwarded(request):
            raise RequestError("session_moved")
        try:
            if request.path == SOCKET_PATH:
                return await self._bridge(request, owner)
            return await self._relay(request, owner)
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            self._elsewhere = {s: at for s, at in self._elsewhere.items() if at[0] != owner}
            telemetry.FORWARDED.labels("unreachable").inc()
            log.warning("request.unforwarded", reason=type(error).__name__)
            raise RequestError("session_moved") from None

    async def _owner_of(self, request: web.Request) -> str | None:
        """Return which other server answers a request; None: this one does.

        Raises:
            AuthError: the token that names the session is not good.
            RequestError, RecordError: as `_owner_of_session`.
        """
        if request.path == SOCKET_PATH:
            return await self._told(request.query.get(HINT))
        session_id = await self._session_of(request)
        return None if session_id is None else await self._settled(session_id)

    async def _session_of(self, request: web.Request) -> str | None:
        """Return which session a request is for; None: none. Raises: AuthError."""
        if request.path in _LINK_PATHS:
            return await self._session_of_link(request)
        gate, authorization = self._server.gate, request.headers.get("Authorization", "")
        if authorization.startswith(SCHEME):
            return gate.tokens.verify_access(authorization.removeprefix(SCHEME)).session
        if authorization.startswith(ADMIN_SCHEME):
            gate.require_admin(request)
        elif not request.path.startswith(_OPEN_PREFIX):
            return None
        return request.match_info.get("session_id")

    async def _session_of_link(self, request: web.Request) -> str | None:
        try:
            async with asyncio.timeout(self._server.settings.limits.body_s):
                told = json.loads(await request.read())
        except (ValueError, RecursionError, TimeoutError):
            return None
        match told:
            case {"secret": str(secret)}:
                digest = invitations.digest(secret)
            case {"state": str(state)}:
                digest = link_of(state)
            case _:
                return None
        return await self._server.rooms.session_of_invitation(digest)

    async def _told(self, session_id: str | None) -> str | None:
        """Return which other server owns a session that anybody may name: nothing is taken."""
        if session_id is None or self._server.rooms.get(session_id) is not None:
            return None
        owner = await self._server.index.owner_of(session_id)
        return None if owner == self._leases.node else owner

    async def _settled(self, session_id: str) -> str | None:
        """Return which other server owns a session; None: this one, or there is no such session.

        Raises:
            RequestError: `session_moved`: nobody owns it for a moment.
            RecordError: the session cannot be read.
        """
        rooms, now_s = self._server.rooms, time.monotonic()
        if rooms.get(session_id) is not None:
            if self._leases.of(session_id) is None:
                raise RequestError("session_moved")
            return None
        owner, until_s = self._elsewhere.get(session_id, ("", 0.0))
        if now_s < until_s:
            return owner
        if not self._ownership.takes_on:
            raise RequestError("session_moved")
        try:
            await rooms.find(session_id)
        except LeaseHeldError as error:
            self._forget_old(now_s)
            self._elsewhere[session_id] = (error.owner, now_s + KNOWN_S)
            return error.owner
        return None

    def _forget_old(self, now_s: float) -> None:
        self._elsewhere = {s: known for s, known in self._elsewhere.items() if now_s < known[1]}

    async def _relay(self, request: web.Request, owner: str) -> web.StreamResponse:
        """Raises: aiohttp.ClientConnectionError, TimeoutError: nothing was answered."""
        assert self._http is not None, "runs while the application does"
        body = await request.read() if request.path in _LINK_PATHS else request.content
        async with self._http.request(
            request.method,
            owner + request.path_qs,
            headers=self._headers(request),
            data=body if request.body_exists else None,
            allow_redirects=False,
        ) as answer:
            telemetry.FORWARDED.labels("answered").inc()
            response = web.StreamResponse(status=answer.status, headers=answer.headers)
            for name in _OF_ONE_CONNECTION:
                response.headers.popall(name, None)
            await response.prepare(request)
            try:
                async for part in answer.content.iter_any():
                    await response.write(part)
                await response.write_eof()
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                # Begun and not ended: whoever asked must see that it is cut, not read on.
                if request.transport is not None:
                    request.transport.abort()
            return response

    async def _bridge(self, request: web.Request, owner: str) -> web.StreamResponse:
        """Join two WebSockets until either ends. Raises: as `_relay`."""
        assert self._http is not None, "runs while the application does"
        near = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=HARD_LIMIT_BYTES, compress=False
        )
        if not near.can_prepare(request).ok:
            raise RequestError("upgrade_required")
        try:
            connecting = self._http.ws_connect(
                owner + request.path_qs,
                headers=self._headers(request),
                heartbeat=HEARTBEAT_S,
                max_msg_size=HARD_LIMIT_BYTES,
            )
            async with connecting as far:
                telemetry.FORWARDED.labels("answered").inc()
                await near.prepare(request)
                self._server.open_sockets.add(near)
                await _join(near, far)
        except aiohttp.WSServerHandshakeError as refused:
            raise RequestError("request_refused") from refused
        finally:
            self._server.open_sockets.discard(near)
        return near

    def _headers(self, request: web.Request) -> Mapping[str, str]:
        headers = request.headers.copy()
        for name in _OF_ONE_CONNECTION | _OF_THE_HANDSHAKE:
            headers.popall(name, None)
        source = self._server.fronts.host(request)
        headers[HEADER] = self._server.neighbours.header(request, source)
        return headers


async def _join(near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
    """Pass messages both ways until one side ends, and end the other for the same reason."""
    async with asyncio.TaskGroup() as group:
        out, back = group.create_task(_pass(near, far)), group.create_task(_pass(far, near))
        await asyncio.wait((out, back), return_when=asyncio.FIRST_COMPLETED)
        has_left = out.done()
        out.cancel()
        back.cancel()
    if has_left:
        await far.close(code=_sendable(near.close_code, WSCloseCode.GOING_AWAY))
    else:
        await near.close(code=_sendable(far.close_code, CLOSE_CODES["session_moved"]))


def _sendable(code: int | None, otherwise: int) -> int:
    return otherwise if code is None or code in _UNSENDABLE else code


async def _pass(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    with contextlib.suppress(ConnectionError):  # the other end has gone: the same as an end here
        async for message in source:
            if message.type is WSMsgType.TEXT:
                await target.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await target.send_bytes(message.data)
