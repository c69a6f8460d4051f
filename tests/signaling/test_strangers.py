"""Every route, and every command at it, × everybody who is not who they should be.

A stranger brings what would be good credentials, but for one thing. The routes are the product's
own list: a new one is among the cells at once.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest
import pytest_asyncio

from auth.tokens import ACCESS_MAX_S, Tokens
from signaling.api import ROUTES, Route
from tests.builders import people
from tests.signaling.site import Site
from tests.signaling.test_rights import by_command
from tests.written import RIGHTS
from visiojury.rehearsal.client import Client

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("A4", "B3", "T1"),
]

REFUSED = {
    "no_token": (401, "token_missing"),
    "of_the_installation": (401, "token_missing"),
    "altered": (401, "token_foreign"),
    "expired": (401, "token_expired"),
    "no_proof": (401, "proof_missing"),
    "proof_for_elsewhere": (401, "proof_invalid"),
    "another_device": (401, "proof_mismatch"),
    "revoked": (403, "access_revoked"),
    "another_session": (403, "session_foreign"),
}
"""What is wrong, and how it is refused."""
PUBLIC = {
    *("/.well-known/jwks.json", "/livez", "/readyz", "/api/ws"),
    *("/api/problems", "/api/openapi.json", "/api/protocol.json", "/api/invitations/redeem"),
    *("/api/openid/begin", "/api/openid/callback"),
    *("/api/passkey/begin", "/api/passkey/complete"),
}
"""What anybody may call, by name: nothing else may lose its guard."""
GUARDED = [route for route in ROUTES if route.guard != "none"]
COMMANDS = "/api/sessions/{session_id}/commands"
ROLES = {p.participant_id: p.role.value for p in people()}
SPECIFIC = {"number": "1", "seq": "1", "sha256": "0" * 64, "participant_id": "candidate"}


@dataclass
class World:
    """One session whose people are in, one whose people's access was withdrawn."""

    site: Site
    session_id: str
    people: dict[str, Client]
    revoked_id: str
    revoked: dict[str, Client]

    async def send(self, stranger: str, route: Route, who: str, body: Any) -> tuple[int, str]:
        """Return the status and the code of the answer."""
        is_revoked = stranger == "revoked"
        client = (self.revoked if is_revoked else self.people)[who]
        is_elsewhere = is_revoked != (stranger == "another_session")
        names = {**SPECIFIC, "session_id": self.revoked_id if is_elsewhere else self.session_id}
        path = re.sub(r"\{(\w+)\}", lambda name: names.get(name[1], "minutes"), route.path)
        headers = self._headers(stranger, client, route.method, path)
        content = {"json": body} if route.method == "POST" else {}
        async with self.site.http.request(
            route.method, self.site.origin + path, headers=headers, **content
        ) as response:
            if response.status < 400:
                return response.status, ""
            return response.status, (await response.json())["code"]

    def _headers(self, stranger: str, client: Client, method: str, path: str) -> dict[str, str]:
        good = client.headers(method, path)
        match stranger:
            case "no_token":
                del good["Authorization"]
            case "of_the_installation":
                good["Authorization"] = self.site.admin()["Authorization"]
            case "altered":
                other = self.revoked[client.participant_id]._token.split(".")[2]
                good["Authorization"] = f"{good['Authorization'].rpartition('.')[0]}.{other}"
            case "expired":
                good["Authorization"] = f"DPoP {self._expired(client)}"
            case "no_proof":
                del good["DPoP"]
            case "proof_for_elsewhere":
                good["DPoP"] = client.headers(method, "/elsewhere")["DPoP"]
            case "another_device":
                thief = self.revoked[client.participant_id]._key
                url = self.site.origin + path
                good["DPoP"] = thief.proof(method, url, token=client._token)
        return good

    def _expired(self, client: Client) -> str:
        current = self.site.server.gate.tokens
        claims = current.verify_access(client._token)
        long_ago = Tokens(
            current._keys, current._issuer, now=lambda: time.time() - ACCESS_MAX_S - 60
        )
        return long_ago.access(
            claims.subject,
            session=claims.session,
            role=claims.role,
            invitation=claims.invitation,
            jkt=claims.jkt,
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(open_site: Site) -> AsyncIterator[World]:
    ids = [await open_site.create(), await open_site.create()]
    here, gone = [{who: await open_site.person(i, who) for who in ROLES} for i in ids]
    room = open_site.server.rooms.get(ids[1])
    assert room is not None
    for who in gone:  # a new link ends the access that the last one gave
        await open_site.server.entrances.inviting.issue(room, who, actor=None)
    yield World(open_site, ids[0], here, ids[1], gone)


def is_refused(route: Route, stranger: str) -> bool:
    if stranger == "of_the_installation":
        return route.guard == "person"
    return stranger != "another_session" or "{session_id}" in route.path


def expected(route: Route, stranger: str) -> tuple[int, str]:
    # Who asks for what only the installation's key opens is not even looked at.
    return REFUSED["no_token" if route.guard == "admin" else stranger]


async def test_only_what_is_named_here_is_open_to_anybody() -> None:
    assert {route.path for route in ROUTES if route.guard == "none"} == PUBLIC


@pytest.mark.parametrize("stranger", REFUSED)
async def test_every_guarded_route_refuses_every_stranger(world: World, stranger: str) -> None:
    routes = [route for route in GUARDED if is_refused(route, stranger)]
    answers = {(r.method, r.path): await world.send(stranger, r, "organiser", {}) for r in routes}
    assert answers == {(r.method, r.path): expected(r, stranger) for r in routes}
    print(f"{stranger}: {len(answers)} routes")


@pytest.mark.parametrize("stranger", REFUSED)
async def test_every_command_refuses_every_stranger_of_a_role_that_may(
    world: World, stranger: str
) -> None:
    (route,) = [route for route in ROUTES if route.path == COMMANDS]
    answers = {}
    for command in by_command():
        for who in (who for who, role in ROLES.items() if role in RIGHTS[command.command]):
            body = {"id": str(uuid.uuid4()), "act": asdict(command)}
            answers[command.command, who] = await world.send(stranger, route, who, body)
    assert {name for name, _ in answers} == set(RIGHTS)
    assert set(answers.values()) == {REFUSED[stranger]}
    print(f"{stranger}: {len(answers)} cells")
