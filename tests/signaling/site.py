"""A real server in this process, with a real relay and a real database, for what is at the edge.

The participants are the devices of
the rehearsal (visiojury.rehearsal.client), so that there is one client to keep right.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import TypeAdapter

from auth.invitations import digest
from auth.jwk import thumbprint
from signaling import settings as s
from signaling.rooms import Room
from signaling.run import started
from signaling.server import Server
from tests.builders import Story, definition
from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.errors import RefusedError
from visiojury.rehearsal.ports import free_port

_DEFINITION: TypeAdapter[SessionDefinition] = TypeAdapter(SessionDefinition)
_numbers = itertools.count(1)


def settings_in(directory: Path) -> s.Settings:
    return s.Settings(
        data=directory,
        log_level="error",
        http=s.HTTP(port=free_port()),
        metrics=s.Metrics(port=free_port()),
        relay=s.Relay(port=free_port()),
    )


@dataclass
class Site:
    server: Server
    http: aiohttp.ClientSession
    settings: s.Settings
    invitations: dict[str, dict[str, Invitation]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.server.gate.origins[0]

    def admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.gate.tokens.admin()}"}

    async def create(self, plan: SessionDefinition | None = None) -> str:
        """Create a session of its own and return its identifier."""
        plan = plan or replace(definition(), session_id=f"session-{next(_numbers)}")
        body = _DEFINITION.dump_python(plan, mode="json")
        url = f"{self.origin}/api/sessions"
        async with self.http.post(url, json=body, headers=self.admin()) as response:
            answer = await response.json()
            assert response.status == 201, answer
        self.invitations[plan.session_id] = {
            i["participant_id"]: Invitation.of(i) for i in answer["invitations"]
        }
        return plan.session_id

    async def tell(self, story: Story) -> str:
        """Have the server hold a story's session as it stands, its people invited."""
        room = await self.hold(story)
        issued = [
            await self.server.entrances.inviting.issue(room, participant_id, actor=None)
            for participant_id in room.owner.state.participants
        ]
        self.invitations[room.session_id] = {
            i.participant_id: Invitation(i.participant_id, i.role, i.link, i.code) for i in issued
        }
        return room.session_id

    async def hold(self, story: Story) -> Room:
        """Have the server hold a story's session as it stands."""
        session_id = f"session-{next(_numbers)}"
        room = self.server._open(session_id)
        told = [(d.actor, d.event) for d in story.drafts if d.event.type != "record.sealed"]
        for actor, group in itertools.groupby(told, lambda one: one[0]):
            now_ms = self.server.instants.now_ms()
            events = [as_of_now(_named(event, session_id), now_ms) for _, event in group]
            await room.owner.record(lambda _, events=events: events, actor=actor)  # type: ignore[misc]
        self.server.rooms.serve(room)
        return room

    async def seat(self, room: Room) -> dict[str, Client]:
        """Return a device of each person, in as if by a link, at once.

        What a link asks for costs a tenth of a second a person; who tests that, redeems one.
        """
        seated: dict[str, Client] = {}
        events: list[ev.Event] = []
        for who, participant in room.owner.state.participants.items():
            seated[who] = client = Client(
                self.http, self.origin, Invitation(who, participant.role, "", None)
            )
            access, jkt = f"access-{who}", thumbprint(client._key._jwk)
            events += _redeemed(access, who, jkt, now_ms=self.server.instants.now_ms())
            client._session_id = room.session_id
            client._token = self.server.gate.tokens.access(
                who, session=room.session_id, role=participant.role, invitation=access, jkt=jkt
            )
        await room.owner.record(lambda _: events, actor=None)
        return seated

    def device(self, session_id: str, who: str) -> Client:
        """Return a new device that holds the person's link."""
        return Client(self.http, self.origin, self.invitations[session_id][who])

    async def person(self, session_id: str, who: str) -> Client:
        """Return a device that has redeemed the person's link."""
        client = self.device(session_id, who)
        await client.redeem()
        return client


def _named(event: ev.Event, session_id: str) -> ev.Event:
    """Return the event as it is in a session of that name."""
    if isinstance(event, ev.SessionCreated):
        return replace(event, session_id=session_id)
    return event


def as_of_now(event: ev.Event, now_ms: int) -> ev.Event:
    """Return the event with its check, if it is one, made on the day of the test: it holds."""
    return replace(event, at_ms=now_ms) if isinstance(event, ev.IdentityChecked) else event


def _redeemed(access: str, who: str, jkt: str, *, now_ms: int) -> tuple[ev.Event, ...]:
    """Return the events of a link that was made and redeemed."""
    issued = ev.InvitationIssued(
        at_ms=now_ms,
        invitation_id=access,
        participant_id=who,
        secret_digest=digest(f"{access} {jkt}"),
        code_digest=None,
        not_before_ms=now_ms,
        expires_ms=now_ms + 60_000,
    )
    return issued, ev.InvitationRedeemed(at_ms=now_ms, invitation_id=access, device_key=jkt)


class Line:
    """One WebSocket, raw: what a broken or hostile client can do."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, **message: Any) -> None:
        await self.ws.send_json(message)

    async def next(self, *types: str, due_s: float = 8.0) -> dict[str, Any]:
        """Return the next message, of one of `types` where some are named."""
        async with asyncio.timeout(due_s):
            while True:
                received = await self.ws.receive()
                assert received.type is aiohttp.WSMsgType.TEXT, (received, self.ws.close_code)
                message: dict[str, Any] = json.loads(received.data)
                if message["type"] in types or (not types and message["type"] != "tick"):
                    return message

    async def closed(self, *, due_s: float = 8.0) -> int | None:
        """Read on until the server closes; return its code."""
        async with asyncio.timeout(due_s):
            while not self.ws.closed:
                received = await self.ws.receive()
                if received.type is not aiohttp.WSMsgType.TEXT:
                    break
        return self.ws.close_code


@asynccontextmanager
async def bare_line(site: Site) -> AsyncIterator[Line]:
    """A WebSocket on which nothing was said yet."""
    headers = {"Origin": site.origin}
    async with site.http.ws_connect(f"{site.origin}/api/ws", headers=headers) as ws:
        yield Line(ws)


async def hello_of(client: Client, **changes: Any) -> dict[str, Any]:
    ticket = (await client.post("/api/ws-ticket", {}))["ticket"]
    proof = client._key.proof("GET", f"{client._origin}/api/ws", token=ticket)
    return {"type": "hello", "v": 1, "ticket": ticket, "proof": proof, **changes}


@asynccontextmanager
async def line_of(site: Site, client: Client, **changes: Any) -> AsyncIterator[Line]:
    """A WebSocket whose hello was sent; what comes is for the caller to read."""
    async with bare_line(site) as line:
        await line.send(**await hello_of(client, **changes))
        yield line


async def refusal_of(asked: Any) -> RefusedError:
    """Return the refusal of an awaitable, which has to be refused."""
    try:
        answer = await asked
    except RefusedError as refusal:
        return refusal
    raise AssertionError(f"not refused: {answer}")


@asynccontextmanager
async def serving(settings: s.Settings) -> AsyncIterator[Site]:
    """A server that runs in a task of its own, as a task group must end where it began."""
    loop = asyncio.get_running_loop()
    servers: list[Server] = []
    is_up = asyncio.Event()
    is_over = asyncio.Event()

    async def serve() -> None:
        async with started(settings) as server:
            servers.append(server)
            is_up.set()
            await is_over.wait()

    task = loop.create_task(serve())
    waiting = loop.create_task(is_up.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        await task
    try:
        async with aiohttp.ClientSession() as http:
            yield Site(servers[0], http, settings)
    finally:
        is_over.set()
        await task


@asynccontextmanager
async def configured(folder: Path) -> AsyncIterator[Site]:
    """A server whose `visiojury.toml` and keys are in `folder`, for commands run beside it."""
    settings = settings_in(folder / "data")
    (folder / "visiojury.toml").write_text(
        f'data = "data"\n[http]\nport = {settings.http.port}\n', encoding="utf-8"
    )
    async with serving(settings) as site:
        yield site
