"""Whatever a participant or a stranger sends: a stable code, and the room goes on.

Two robots see and hear each other while a third person of the jury, and nobody in particular,
send what no browser of ours would.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.site import (
    ABSENT_EXAMINER,
    CANDIDATE,
    CHAIR,
    EXAMINER,
    ORGANISER,
    SITTING,
    Site,
)
from visiojury.rehearsal.client import Client
from visiojury.rehearsal.device import DeviceKey
from visiojury.rehearsal.robot import Robot

NUMBERS = {CHAIR: 1, EXAMINER: 2}
LIMIT_BYTES = 65_536
LEAST_FRAMES = 5

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

Socket = aiohttp.ClientWebSocketResponse


@dataclass
class Room:
    """A served session with two robots in it, and an attacker with a place of their own."""

    site: Site
    http: aiohttp.ClientSession
    robots: list[Robot]
    attacker: Client
    tasks: list[asyncio.Task[None]]

    @property
    def session(self) -> str:
        return f"/api/sessions/{self.site.session_id}"

    @contextlib.asynccontextmanager
    async def socket(self, *, greeted: bool = True) -> AsyncIterator[Socket]:
        url = self.site.origin() + "/api/ws"
        async with self.http.ws_connect(
            url, origin=self.site.origin(), max_msg_size=1 << 20
        ) as socket:
            if greeted:
                await socket.send_json(await self.attacker.hello())
                assert (await answer(socket))["type"] == "snapshot"
            yield socket

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Return status and code of an answer, whatever was asked."""
        async with self.http.request(method, self.site.origin() + path, **options) as response:
            body = await response.json()
            assert body["detail"], "a refusal explains itself"
            return response.status, body["code"]

    def frames(self) -> list[int]:
        return [
            sum(reception.frames for reception in robot.receptions.values())
            for robot in self.robots
        ]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("hostile"))
    try:
        site.start()
        yield site
    finally:
        site.stop()
    assert "request.failed" not in site.log.read_text()
    assert "Traceback" not in site.log.read_text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everyone(served: Site) -> AsyncIterator[Room]:
    """One room for all tests: it has to outlive every one of them."""
    invitations = served.create_session()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        clients = {
            who: Client(http, served.origin(), invitations[who])
            for who in (CHAIR, EXAMINER, ABSENT_EXAMINER)
        }
        robots = [Robot(clients[who], NUMBERS) for who in NUMBERS]
        tasks: list[asyncio.Task[None]] = []
        for client in clients.values():
            await client.redeem()
        for robot in robots:
            ready = asyncio.Event()
            tasks.append(group.create_task(robot.client.run(ready=ready)))
            await asyncio.wait_for(ready.wait(), 20)
            await robot.connect()
            tasks.append(group.create_task(robot.listen()))
        try:
            yield Room(served, http, robots, clients[ABSENT_EXAMINER], tasks)
        finally:
            for robot in robots:
                await robot.close()
            for task in tasks:
                task.cancel()


@pytest_asyncio.fixture(loop_scope="module")
async def room(everyone: Room) -> AsyncIterator[Room]:
    """And afterwards the others' media still flows."""
    await flowing(everyone)
    yield everyone
    await flowing(everyone)
    assert not any(task.done() for task in everyone.tasks), "a robot was thrown out"


async def flowing(room: Room) -> None:
    """Wait until everybody has decoded more of everybody."""
    before = room.frames()
    async with asyncio.timeout(20):
        while min(map(int.__sub__, room.frames(), before)) < LEAST_FRAMES:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def answer(socket: Socket, kind: str | None = None) -> dict[str, Any]:
    """Return the next message, of one kind if it is named."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if message["type"] not in {"tick", "delta", "slots"} and kind in {
                None,
                message["type"],
            }:
                return message


async def closed(socket: Socket) -> int | None:
    async with asyncio.timeout(10):
        async for _ in socket:
            continue
    return socket.close_code


def offer(**changes: object) -> str:
    message = {"type": "offer", "id": 7, "sdp": "v=0\r\n", "media_token": "x.y.z"} | changes
    return json.dumps(message)


FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param("", "message_malformed", id="empty"),
        pytest.param("{", "message_malformed", id="not JSON"),
        pytest.param("[" * 30_000, "message_malformed", id="deep"),
        pytest.param('"ping"', "message_malformed", id="a text"),
        pytest.param('{"type":"ping"}', "message_malformed", id="a field missing"),
        pytest.param(
            '{"type":"ping","id":"one"}', "message_malformed", id="a field of another type"
        ),
        pytest.param('{"type":"ping","id":1,"x":1}', "message_malformed", id="a field too many"),
        pytest.param('{"type":"answer","id":1,"sdp":""}', "message_malformed", id="ours to send"),
        pytest.param('{"type":"ping","id":1}' + " " * LIMIT_BYTES, "message_too_big", id="too big"),
        pytest.param(
            '{"type":"hello","v":1,"ticket":"t","proof":"p"}',
            "message_unexpected",
            id="hello again",
        ),
        pytest.param(offer(), "fingerprint_missing", id="an offer without a certificate"),
        pytest.param(offer(sdp=FINGERPRINT), "token_malformed", id="an offer without a token"),
    ],
)
async def test_a_bad_message_is_refused_and_the_connection_goes_on(
    room: Room, sent: str, code: str
) -> None:
    async with room.socket() as socket:
        await socket.send_str(sent)
        assert (await answer(socket, "error"))["code"] == code
        await socket.send_json({"type": "ping", "id": 3})
        assert (await answer(socket, "pong"))["id"] == 3
        await socket.send_bytes(b"\x00" * 100)
        assert (await answer(socket, "error"))["code"] == "message_malformed"


async def test_a_message_that_never_ends_closes_its_connection_only(room: Room) -> None:
    async with room.socket() as socket:
        await socket.send_str("x" * (LIMIT_BYTES * 8))
        assert await closed(socket) == 1009


async def test_a_flood_closes_its_connection_only(room: Room) -> None:
    async with room.socket() as socket:
        for number in range(120):
            await socket.send_json({"type": "ping", "id": number})
        assert await closed(socket) == 4429


async def test_who_does_not_begin_with_hello_is_turned_away(room: Room) -> None:
    for first, code, close_code in (
        ('{"type":"ping","id":1}', "message_unexpected", 4400),
        ("not JSON", "message_malformed", 4400),
    ):
        async with room.socket(greeted=False) as socket:
            await socket.send_str(first)
            assert (await answer(socket))["code"] == code
            assert await closed(socket) == close_code
    async with room.socket(greeted=False) as socket:
        assert (await answer(socket))["code"] == "hello_late"
        assert await closed(socket) == 4408


async def test_a_ticket_serves_once_and_only_its_key(room: Room) -> None:
    hello = await room.attacker.hello()
    other_key = DeviceKey().proof("GET", room.site.origin() + "/api/ws", token=str(hello["ticket"]))
    for tried, code in (
        (hello | {"ticket": "x" * 43}, "ticket_unknown"),
        (hello | {"proof": other_key}, "proof_mismatch"),
        (hello, "ticket_unknown"),  # Used up by the attempt before.
    ):
        async with room.socket(greeted=False) as socket:
            await socket.send_json(tried)
            assert (await answer(socket))["code"] == code
            assert await closed(socket) == 4401


async def test_a_page_of_another_site_gets_no_socket(room: Room) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert await room.ask("GET", "/api/ws", headers=headers) == (403, "origin_foreign")
    headers = {"Host": "elsewhere.example"}
    assert (await room.ask("POST", "/api/ws-ticket", headers=headers))[0] in {401, 403}


async def test_bad_bodies_are_refused_with_a_code(room: Room) -> None:
    path = f"{room.session}/commands"
    act = {"command": "call_help"}
    for body, refusal in (
        ("{", (400, "body_malformed")),
        ("[" * 30_000, (400, "body_malformed")),
        (json.dumps({"id": "1" * 8, "act": {"command": "fly"}}), (400, "body_malformed")),
        (json.dumps({"id": "1" * 8, "act": act | {"x": 1}}), (400, "body_malformed")),
        (json.dumps({"id": "", "act": act}), (400, "body_malformed")),
        ("x" * (LIMIT_BYTES + 1), (413, "body_too_big")),
    ):
        headers = room.attacker.headers("POST", path) | {"Content-Type": "application/json"}
        assert await room.ask("POST", path, data=body, headers=headers) == refusal
    headers = room.attacker.headers("POST", path) | {"Content-Type": "text/plain"}
    refusal = (415, "media_type_unsupported")
    assert await room.ask("POST", path, data="{}", headers=headers) == refusal


@pytest.mark.requirement("T1")
async def test_who_has_no_right_is_told_so_and_nothing_happens(room: Room) -> None:
    commands = f"{room.session}/commands"
    foreign = "/api/sessions/another/commands"
    admit = {"id": "a" * 8, "act": {"command": "admit", "sitting_id": SITTING}}
    assert await room.ask("POST", commands, json=admit) == (401, "token_missing")
    headers = room.attacker.headers("POST", commands)
    assert await room.ask("POST", commands, json=admit, headers=headers) == (403, "not_allowed")
    assert await room.ask("POST", commands, json=admit, headers=headers) == (401, "proof_replayed")
    without_proof = {"Authorization": headers["Authorization"]}
    refused = await room.ask("POST", commands, json=admit, headers=without_proof)
    assert refused == (401, "proof_missing")
    headers = room.attacker.headers("POST", foreign)
    assert await room.ask("POST", foreign, json=admit, headers=headers) == (403, "session_foreign")
    for path in (f"{room.session}/record.jsonl", f"{room.session}/archive.zip"):
        headers = room.attacker.headers("GET", path)
        assert await room.ask("GET", path, headers=headers) == (404, "document_unknown")
    headers = {"Authorization": "Bearer " + room.attacker.headers("GET", "/")["Authorization"][5:]}
    assert await room.ask("GET", "/api/relay", headers=headers) == (401, "token_wrong_type")


async def test_links_are_not_guessed_nor_taken_over(room: Room) -> None:
    path = "/api/invitations/redeem"

    async def redeem(**body: object) -> tuple[int, str]:
        headers = {"DPoP": DeviceKey().proof("POST", room.site.origin() + path)}
        return await room.ask("POST", path, json=body, headers=headers)

    invitations = room.site.invitations
    organiser, chair = invitations[ORGANISER], invitations[CHAIR]
    assert await redeem(secret="x" * 43, code="12345678") == (403, "invitation_unknown")
    assert await redeem(secret=organiser.secret) == (403, "invitation_code_needed")
    assert await redeem(secret=chair.secret, code=chair.code) == (403, "invitation_used")
    wrong = f"{(int(organiser.code or 0) + 1) % 10**8:08}"
    codes = {(await redeem(secret=organiser.secret, code=wrong))[1] for _ in range(12)}
    assert codes == {"invitation_code_wrong", "invitation_locked"}
    refused = await redeem(secret=organiser.secret, code=organiser.code)
    assert refused == (403, "invitation_locked")


async def test_addresses_that_do_not_exist_are_refused_like_the_rest(room: Room) -> None:
    assert await room.ask("GET", "/api/nothing") == (404, "not_found")
    assert await room.ask("DELETE", "/api/relay") == (405, "method_not_allowed")
    assert CANDIDATE in room.site.invitations
