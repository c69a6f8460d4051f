"""How fast one may ask: a real server with narrow bounds, real connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from signaling import settings as s
from tests.builders import Story, definition
from tests.signaling.site import Site, refusal_of, serving, settings_in
from visiojury.rehearsal.errors import RefusedError

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW = 6
NARROW = s.Limits(
    address=s.Allowance(per_s=0.5, burst=200),
    account=s.Allowance(per_s=0.5, burst=40),
    sign_in=s.Allowance(per_s=0.5, burst=FEW),
    invitation=s.Allowance(per_s=0.01, burst=2),
    body_s=0.5,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    settings = settings_in(tmp_path_factory.mktemp("limits"))
    http = settings.http.model_copy(update={"trusted_fronts": (ip_network("127.0.0.1/32"),)})
    async with serving(settings.model_copy(update={"http": http, "limits": NARROW})) as site:
        yield site


async def asked(
    site: Site, source: str, path: str = "/livez", body: object = None, token: str = ""
) -> tuple[int, str, str]:
    """Return status, code and Retry-After of a request that comes from `source`."""
    headers = {"X-Forwarded-For": source} | ({"Authorization": token} if token else {})
    method = "GET" if body is None else "POST"
    url = site.origin + path
    async with site.http.request(method, url, json=body, headers=headers) as response:
        text = await response.text()
        code = json.loads(text).get("code", "") if response.status >= 400 else ""
        return response.status, code, response.headers.get("Retry-After", "")


async def test_a_flood_from_one_address_is_refused_and_nobody_else_is(site: Site) -> None:
    answers = [await asked(site, "198.51.100.1") for _ in range(260)]
    refused = [one for one in answers if one[0] == 429]
    assert 30 <= len(refused) <= 60
    assert refused[0][1:] == ("too_many_requests", "2")
    assert (await asked(site, "198.51.100.2"))[0] == 200


async def test_guessing_links_is_refused_long_before(site: Site) -> None:
    guess = {"secret": "A" * 43, "code": None}
    path = "/api/invitations/redeem"
    codes = [(await asked(site, "198.51.100.3", path, guess))[1] for _ in range(FEW + 2)]
    assert codes[:FEW] == ["proof_missing"] * FEW
    assert codes[FEW:] == ["too_many_requests"] * 2
    assert (await asked(site, "198.51.100.3"))[0] == 200


async def test_one_account_is_one_whatever_its_addresses(site: Site) -> None:
    token = f"Bearer {site.server.gate.tokens.admin()}"
    statuses = [
        (await asked(site, f"203.0.113.{number}", "/api/sessions", token=token))[0]
        for number in range(50)
    ]
    assert statuses[:40] == [200] * 40
    assert set(statuses[45:]) == {429}


async def test_a_person_is_one_account_whatever_their_tokens(site: Site) -> None:
    """Whoever renews their token has no more requests than before."""
    people = await site.seat(await site.hold(Story(definition())))
    client, codes = people["candidate"], []
    for _ in range(60):
        try:
            answer = await client.post("/api/access-token", {})
        except RefusedError as refusal:
            codes.append(refusal.refusal)
        else:
            client._token = answer["access_token"]
    assert set(codes) == {"too_many_requests"}
    assert 10 <= len(codes) <= 20
    await people["chair"].post("/api/ws-ticket", {})


async def test_who_invites_does_so_a_few_times(site: Site) -> None:
    room = await site.hold(Story(definition()))
    organiser = (await site.seat(room))["organiser"]
    path, asked = f"/api/sessions/{room.session_id}/invitations", {"participant_id": "candidate"}
    for _ in range(2):
        assert (await organiser.post(path, asked))["link"]
    assert (await refusal_of(organiser.post(path, asked))).refusal == "too_many_requests"


async def test_a_body_that_does_not_arrive_is_not_waited_for(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.settings.http.port)
    host = site.origin.removeprefix("http://")
    writer.write(
        f"POST /api/invitations/redeem HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
    )
    began = monotonic()
    answer = await asyncio.wait_for(reader.readuntil(b"}"), 5)
    waited_s = monotonic() - began
    writer.close()
    await writer.wait_closed()
    assert b"408" in answer.splitlines()[0]
    assert b"body_late" in answer
    assert 0.4 < waited_s < 2.5


async def test_a_sound_configuration_names_both_files_or_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="vont ensemble"):
        s.HTTP(certificate=tmp_path / "chain.pem")
