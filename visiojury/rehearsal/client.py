"""The HTTP and WebSocket interface as a participant's device uses it (docs/protocol.md).

Holds one copy of the state: a snapshot, then merge patches (RFC 7396). It does not come back
after a loss: in a rehearsal a closed connection is a failure to report.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from visiojury.rehearsal.device import DeviceKey
from visiojury.rehearsal.errors import LinkLostError, OverdueError, RefusedError

State = dict[str, Any]
Slots = dict[str, dict[str, str]]
"""By mid: `participant_id` and `kind`."""

WS_PATH = "/api/ws"
DUE_S = 15.0
"""Longest wait for anything the server answers or shows."""
_MS = 1000


@dataclass(frozen=True, slots=True)
class Invitation:
    participant_id: str
    role: str
    link: str
    code: str | None

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Invitation:
        """Take what a person needs of an invitation, as the server gives it."""
        return cls(answer["participant_id"], answer["role"], answer["link"], answer["code"])

    @property
    def secret(self) -> str:
        return self.link.partition("#invitation=")[2]


class Client:
    """One participant's device. `run` keeps its connection; the rest asks through it."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, invitation: Invitation) -> None:
        self.invitation = invitation
        self.state: State = {}
        self.slots: Slots = {}
        self.on_slots: Callable[[], None] | None = None
        self.clock_offset_ms = 0.0
        """Server's instant minus this machine's wall clock."""
        self.drains_until_ms: int | None = None
        """When the server stops at the latest; None: it did not say that it will."""
        self._http, self._origin = http, origin
        self._key = DeviceKey()
        self._token = ""
        self._session_id = ""
        self._seq = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._changed = asyncio.Condition()
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._pings: dict[int, float] = {}
        self._ids = itertools.count(1)

    @property
    def participant_id(self) -> str:
        return self.invitation.participant_id

    # --- HTTP -------------------------------------------------------------------------------

    async def redeem(self) -> None:
        """Exchange the link, and the code where there is one, for access."""
        body = {"secret": self.invitation.secret, "code": self.invitation.code}
        answer = await self.post("/api/invitations/redeem", body)
        self._token, self._session_id = answer["access_token"], answer["session_id"]

    async def act(self, command: str, **fields: object) -> int:
        """Do one act and return the sequence number it is recorded under."""
        body = {"id": str(uuid.uuid4()), "act": {"command": command, **fields}}
        answer = await self.post(f"/api/sessions/{self._session_id}/commands", body)
        return int(answer["seq"])

    async def media_token(self, fingerprint: str) -> str:
        answer = await self.post("/api/media-token", {"fingerprint": fingerprint})
        return str(answer["media_token"])

    async def post(self, path: str, body: object) -> dict[str, Any]:
        """Raises: RefusedError, with the server's code and message."""
        answer: dict[str, Any] = json.loads(await self._request("POST", path, body))
        return answer

    async def get(self, path: str) -> dict[str, Any]:
        """Raises: RefusedError, with the server's code and message."""
        answer: dict[str, Any] = json.loads(await self._request("GET", path, None))
        return answer

    async def download(self, path: str) -> bytes:
        """Return a document; `path` as the view gives it, or below this session.

        Raises:
            RefusedError: with the server's code and message.
        """
        if not path.startswith("/"):
            path = f"/api/sessions/{self._session_id}/{path}"
        return await self._request("GET", path, None)

    def headers(self, method: str, path: str) -> dict[str, str]:
        """Return what authenticates one request: a proof, and the token once there is one."""
        token = self._token or None
        headers = {"DPoP": self._key.proof(method, self._origin + path, token=token)}
        if token is not None:
            headers["Authorization"] = f"DPoP {token}"
        return headers

    async def _request(self, method: str, path: str, body: object) -> bytes:
        url, headers = self._origin + path, self.headers(method, path)
        timeout = aiohttp.ClientTimeout(total=DUE_S)
        async with self._http.request(
            method, url, json=body, headers=headers, timeout=timeout
        ) as response:
            content = await response.read()
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise _refusal(f"{method} {path}", response.status, content)
            return content

    # --- WebSocket --------------------------------------------------------------------------

    async def run(self, *, ready: asyncio.Event) -> None:
        """Connect, keep the state up to date, until cancelled; `ready` is set at the snapshot.

        Raises:
            LinkLostError: the server closed the connection.
        """
        hello = await self.hello()
        headers = {"Origin": self._origin}
        async with self._http.ws_connect(
            self._origin + WS_PATH,
            params={"session": self._session_id},
            headers=headers,
            max_msg_size=1 << 20,
        ) as socket:
            await socket.send_json(hello)
            self._socket = socket
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._take(json.loads(message.data), ready)
            raise LinkLostError(self.participant_id, socket.close_code)

    async def hello(self) -> dict[str, object]:
        """Return a first message for a new connection, with a ticket of its own."""
        ticket = (await self.post("/api/ws-ticket", {}))["ticket"]
        proof = self._key.proof("GET", self._origin + WS_PATH, token=ticket)
        return {"type": "hello", "v": 1, "ticket": ticket, "proof": proof}

    async def until(
        self, holds: Callable[[State], bool], what: str, *, due_s: float = DUE_S
    ) -> float:
        """Wait until the state is as wanted; return when, on the event loop's clock.

        Raises:
            OverdueError: it was not within `due_s`.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(due_s), self._changed:
                await self._changed.wait_for(lambda: bool(self.state) and holds(self.state))
                return loop.time()
        except TimeoutError:
            raise OverdueError(what, waited_s=due_s) from None

    async def offer(self, sdp: str, media_token: str) -> str:
        """Send an offer and return the relay's answer (SDP)."""
        message_id = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._answers[message_id] = answer
        await self._send(type="offer", id=message_id, sdp=sdp, media_token=media_token)
        try:
            return await asyncio.wait_for(answer, DUE_S)
        except TimeoutError:
            raise OverdueError(
                f"{self.participant_id} : réponse du relais", waited_s=DUE_S
            ) from None

    async def synchronise(self) -> None:
        """Ask for the server's clock; the answer sets `clock_offset_ms`."""
        message_id = next(self._ids)
        self._pings[message_id] = time.time()
        await self._send(type="ping", id=message_id)

    async def _send(self, **message: object) -> None:
        assert self._socket is not None, "connected before anything is sent"
        await self._socket.send_json(message)

    async def _take(self, message: dict[str, Any], ready: asyncio.Event) -> None:
        match message:
            case {"type": "snapshot", "state": dict(state), "seq": int(seq)}:
                await self._become(state, seq)
                ready.set()
            case {"type": "delta", "patch": dict(patch), "seq": int(seq)}:
                if seq != self._seq + 1:
                    raise LinkLostError(self.participant_id, None)
                await self._become(merge(self.state, patch), seq)
            case {"type": "slots", "slots": dict(slots)}:
                self.slots = slots
                if self.on_slots is not None:
                    self.on_slots()
            case {"type": "answer", "id": int(message_id), "sdp": str(sdp)}:
                self._answers.pop(message_id).set_result(sdp)
            case {"type": "pong", "id": int(message_id), "server_ms": int(server_ms)}:
                halfway = (self._pings.pop(message_id) + time.time()) / 2
                self.clock_offset_ms = server_ms - halfway * _MS
            case {"type": "draining", "until_ms": int(until_ms)}:
                async with self._changed:
                    self.drains_until_ms = until_ms
                    self._changed.notify_all()
            case {"type": "error"}:
                self._refuse(message)

    async def _become(self, state: State, seq: int) -> None:
        async with self._changed:
            self.state, self._seq = state, seq
            self._changed.notify_all()

    def _refuse(self, message: dict[str, Any]) -> None:
        error = RefusedError(
            self.participant_id,
            status=0,
            refusal=str(message.get("code")),
            message=str(message.get("message")),
        )
        answer = self._answers.pop(message.get("id") or 0, None)
        if answer is None:
            raise error
        answer.set_exception(error)


def merge(target: State, patch: State) -> State:
    """Return `target` changed as `patch` says. Source: RFC 7396 section 2."""
    merged = dict(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, dict) else {}, value)
        else:
            merged[key] = value
    return merged


def _refusal(what: str, status: int, content: bytes) -> RefusedError:
    try:
        body = json.loads(content)
        refusal, message, details = str(body["code"]), str(body["detail"]), dict(body["details"])
    except (ValueError, TypeError, KeyError):
        refusal, message, details = "no_code", "réponse illisible", {}
    return RefusedError(what, status=status, refusal=refusal, message=message, details=details)
