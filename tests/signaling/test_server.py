"""Getting in: invitations, tokens, proofs; and what the HTTP API refuses, and how."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pyotp
import pytest

from auth.keys import InstallationKeys
from auth.tokens import Tokens
from signaling.app import SECURITY_HEADERS
from tests.builders import SITTING, definition
from tests.signaling.site import Site, refusal_of
from visiojury.exam.register import register
from visiojury.rehearsal.client import Client, Invitation

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATER_MS = 8 * 24 * 3600 * 1000


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """What the tests of this module share: one session, and who has come in."""
    return {}


async def shared(site: Site, known: dict[str, Any], who: str) -> Client:
    if "session" not in known:
        known["session"] = await site.create()
    if who not in known:
        known[who] = await site.person(known["session"], who)
    client: Client = known[who]
    return client


async def ask(
    site: Site, method: str, path: str, *, headers: dict[str, str] | None = None, data: bytes = b""
) -> tuple[int, dict[str, Any], aiohttp.ClientResponse]:
    headers = {"Content-Type": "application/json", **(headers or {})}
    async with site.http.request(
        method, site.origin + path, headers=headers, data=data
    ) as response:
        return response.status, await response.json(), response


def headers_of(client: Client, method: str, path: str) -> dict[str, str]:
    url = client._origin + path
    proof = client._key.proof(method, url, token=client._token)
    return {"Authorization": f"DPoP {client._token}", "DPoP": proof}


# --- invitations ----------------------------------------------------------------------------


@pytest.mark.requirement("B3")
async def test_a_link_serves_one_device_and_that_one_again(site: Site) -> None:
    session = await site.create()
    device = site.device(session, "candidate")
    await device.redeem()
    device._token = ""
    await device.redeem()  # the answer was lost, or the page reloaded
    thief = await refusal_of(site.device(session, "candidate").redeem())
    assert (thief.status, thief.refusal) == (403, "invitation_used")
    redeemed = [
        entry
        for entry in site.server.rooms.get(session).owner.entries  # type: ignore[union-attr]
        if entry.event.type == "invitation.redeemed"
    ]
    assert len(redeemed) == 1


async def test_a_secret_nobody_gave(site: Site, known: dict[str, Any]) -> None:
    await shared(site, known, "candidate")
    device = Client(site.http, site.origin, Invitation("x", "chair", "#invitation=x", None))
    refusal = await refusal_of(device.redeem())
    assert (refusal.status, refusal.refusal) == (403, "invitation_unknown")


async def test_who_decides_needs_the_code_and_five_wrong_ones_lock_the_link(site: Site) -> None:
    session = await site.create()
    device = site.device(session, "chair")
    right = device.invitation
    secret = right.secret
    assert right.code is not None
    needed = await refusal_of(
        device.post("/api/invitations/redeem", {"secret": secret, "code": None})
    )
    assert needed.refusal == "invitation_code_needed"
    for wrong in (
        "",
        "00",
        "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "99999999",
        "00000000",
        "abcdefgh",
    ):
        body = {"secret": secret, "code": wrong}
        refusal = await refusal_of(device.post("/api/invitations/redeem", body))
        expected = "invitation_code_wrong" if wrong else "invitation_code_needed"
        assert (refusal.status, refusal.refusal) == (403, expected)
    locked = await refusal_of(device.redeem())
    assert locked.refusal == "invitation_locked"


async def test_wrong_codes_tried_at_once_are_all_counted(site: Site) -> None:
    session = await site.create()
    device = site.device(session, "examiner-1")
    body = {"secret": device.invitation.secret, "code": "00000000"}
    tried = await asyncio.gather(
        *(refusal_of(device.post("/api/invitations/redeem", body)) for _ in range(8))
    )
    codes = [refusal.refusal for refusal in tried]
    assert codes.count("invitation_code_wrong") == 5
    assert codes.count("invitation_locked") == 3


@pytest.mark.requirement("B3", "T1")
async def test_an_authenticators_code_serves_once_even_with_another_link(site: Site) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    path = f"/api/sessions/{session}/invitations"
    asked = {"participant_id": "chair", "factor": "totp"}
    first = await organiser.post(path, asked)
    assert first["code"] is None
    application = pyotp.parse_uri(first["totp_uri"])
    assert isinstance(application, pyotp.TOTP)
    code = application.at(site.server.instants.now_ms() // 1000)
    device = Client(site.http, site.origin, Invitation("chair", "chair", first["link"], None))
    assert (await refusal_of(device.redeem())).refusal == "invitation_totp_needed"
    body = {"secret": device.invitation.secret, "code": code}
    await device.post("/api/invitations/redeem", body)

    second = await organiser.post(path, asked)
    assert second["totp_uri"] is None  # the application is set up already
    thief = Client(site.http, site.origin, Invitation("chair", "chair", second["link"], code))
    refusal = await refusal_of(thief.redeem())
    assert (refusal.status, refusal.refusal) == (403, "invitation_code_replayed")
    later = application.at(site.server.instants.now_ms() // 1000 + 30)
    owner = Client(site.http, site.origin, Invitation("chair", "chair", second["link"], later))
    await owner.redeem()
    state = site.server.rooms.get(session).owner.state  # type: ignore[union-attr]
    line = next(one for one in register(state) if one.participant_id == "chair")
    assert line.authentication == "invitation+totp"
    raws = [entry.raw for entry in site.server.rooms.get(session).owner.entries]  # type: ignore[union-attr]
    assert not [raw for raw in raws if application.secret.encode() in raw]


async def test_wrong_codes_of_an_authenticator_lock_the_link_and_a_code_in_between_renews_it(
    site: Site,
) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    path = f"/api/sessions/{session}/invitations"
    asked = {"participant_id": "chair", "factor": "totp"}
    first = await organiser.post(path, asked)
    device = Client(site.http, site.origin, Invitation("chair", "chair", first["link"], "x"))
    refusals = [(await refusal_of(device.redeem())).refusal for _ in range(6)]
    assert refusals == ["invitation_code_wrong"] * 5 + ["invitation_locked"]
    await organiser.post(path, {"participant_id": "chair"})  # the telephone was lost
    assert (await organiser.post(path, asked))["totp_uri"] not in {None, first["totp_uri"]}


@pytest.mark.requirement("B3")
async def test_an_old_link_is_worth_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await site.create()
    now_ms = site.server.instants.now_ms()
    for shift_ms, code in ((LATER_MS, "invitation_expired"), (-1000, "invitation_not_yet_valid")):
        with monkeypatch.context() as patch:
            patch.setattr(site.server.instants, "now_ms", lambda at_ms=now_ms + shift_ms: at_ms)
            if shift_ms < 0:
                patch.setattr(site.server.instants, "now_ms", lambda: now_ms - 10**7)
            refusal = await refusal_of(site.device(session, "candidate").redeem())
        assert (refusal.status, refusal.refusal) == (403, code)


async def test_a_revoked_link_and_its_access_are_worth_nothing(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    organiser = await site.person(session, "organiser")
    await organiser.act("revoke_invitation", participant_id="candidate")
    refusal = await refusal_of(candidate.post("/api/ws-ticket", {}))
    assert (refusal.status, refusal.refusal) == (403, "access_revoked")
    refusal = await refusal_of(site.device(session, "candidate").redeem())
    assert (refusal.status, refusal.refusal) == (403, "invitation_revoked")


@pytest.mark.requirement("B3")
async def test_a_new_link_ends_the_old_one(site: Site) -> None:
    session = await site.create()
    old = await site.person(session, "examiner-1")
    organiser = await site.person(session, "organiser")
    path = f"/api/sessions/{session}/invitations"
    answer = await organiser.post(path, {"participant_id": "examiner-1"})
    assert (await refusal_of(old.post("/api/ws-ticket", {}))).refusal == "access_revoked"
    fresh = Invitation("examiner-1", answer["role"], answer["link"], answer["code"])
    device = Client(site.http, site.origin, fresh)
    await device.redeem()
    await device.post("/api/ws-ticket", {})
    refusal = await refusal_of(device.post(path, {"participant_id": "examiner-1"}))
    assert (refusal.status, refusal.refusal) == (403, "not_allowed")


# --- tokens and proofs ----------------------------------------------------------------------


@pytest.mark.requirement("T1")
async def test_a_token_without_its_key_is_worth_nothing(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    path = "/api/ws-ticket"
    good = headers_of(client, "POST", path)
    other = headers_of(client, "GET", path)["DPoP"]
    elsewhere = headers_of(client, "POST", "/api/media-token")["DPoP"]
    thief = Client(site.http, site.origin, client.invitation)
    stolen = thief._key.proof("POST", site.origin + path, token=client._token)
    bare = client._key.proof("POST", site.origin + path)
    cases = {
        "no token": ({"DPoP": good["DPoP"]}, "token_missing"),
        "another scheme": ({**good, "Authorization": f"Bearer {client._token}"}, "token_missing"),
        "no proof": ({"Authorization": good["Authorization"]}, "proof_missing"),
        "another method": ({**good, "DPoP": other}, "proof_invalid"),
        "another address": ({**good, "DPoP": elsewhere}, "proof_invalid"),
        "no hash of the token": ({**good, "DPoP": bare}, "proof_invalid"),
        "another key": ({**good, "DPoP": stolen}, "proof_mismatch"),
        "no proof at all": ({**good, "DPoP": "x.y.z"}, "proof_invalid"),
        "no token at all": ({**good, "Authorization": "DPoP x.y.z"}, "token_malformed"),
    }
    for name, (headers, code) in cases.items():
        status, said, _ = await ask(site, "POST", path, headers=headers, data=b"{}")
        assert (status, said["code"]) == (401, code), name
        assert said["detail"].endswith("."), name


async def test_a_proof_serves_once(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    headers = headers_of(client, "POST", "/api/ws-ticket")
    status, _, _ = await ask(site, "POST", "/api/ws-ticket", headers=headers, data=b"{}")
    assert status == 200
    status, said, _ = await ask(site, "POST", "/api/ws-ticket", headers=headers, data=b"{}")
    assert (status, said["code"]) == (401, "proof_replayed")


async def test_tokens_of_another_installation_time_or_use(
    site: Site, known: dict[str, Any], tmp_path: Path
) -> None:
    client = await shared(site, known, "candidate")
    claims = jwt.decode(client._token, options={"verify_signature": False})

    def make(tokens: Tokens) -> str:
        return tokens.access(
            claims["sub"],
            session=claims["session"],
            role=claims["role"],
            invitation=claims["invitation"],
            jkt=claims["cnf"]["jkt"],
        )

    keys = site.server.keys
    elsewhere = InstallationKeys.load_or_create(tmp_path / "keys")
    long_ago = Tokens(keys, issuer=site.origin, now=lambda: time.time() - 13 * 3600)
    cases = {
        make(Tokens(elsewhere, issuer=site.origin)): "token_foreign",
        make(Tokens(keys, issuer="https://elsewhere.example")): "token_foreign",
        make(long_ago): "token_expired",
        Tokens(keys, issuer=site.origin).admin(): "token_wrong_type",
    }
    token = client._token
    try:
        for wrong, code in cases.items():
            client._token = wrong
            refusal = await refusal_of(client.post("/api/ws-ticket", {}))
            assert (refusal.status, refusal.refusal) == (401, code)
    finally:
        client._token = token


async def test_a_token_of_another_session_opens_nothing_here(
    site: Site, known: dict[str, Any]
) -> None:
    client = await shared(site, known, "organiser")
    other = await site.create()
    for path in ("commands", "invitations"):
        refusal = await refusal_of(client.post(f"/api/sessions/{other}/{path}", {}))
        assert (refusal.status, refusal.refusal) == (403, "session_foreign")
    refusal = await refusal_of(client.download(f"/api/sessions/{other}/record.jsonl"))
    assert refusal.refusal == "session_foreign"


async def test_a_session_is_created_by_who_holds_the_key_and_once(
    site: Site, known: dict[str, Any]
) -> None:
    client = await shared(site, known, "organiser")
    url = "/api/sessions"
    for headers in (headers_of(client, "POST", url), {"Authorization": f"Bearer {client._token}"}):
        status, said, _ = await ask(site, "POST", url, headers=headers, data=b"{}")
        assert (status, said["code"]) in {(401, "token_missing"), (401, "token_wrong_type")}
    status, said, _ = await ask(site, "POST", url, headers=site.admin(), data=b'{"x": 1}')
    assert (status, said["code"]) == (400, "body_malformed")
    again = replace(definition(), session_id=known["session"])
    with pytest.raises(AssertionError, match="session_exists"):
        await site.create(again)


# --- bodies ---------------------------------------------------------------------------------

ACT_ID = "0123456789abcdef"


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"", "body_malformed", 400),
        (b"{", "body_malformed", 400),
        (b"\xff\xfe", "body_malformed", 400),
        (b"[]", "body_malformed", 400),
        (b"null", "body_malformed", 400),
        (b"[" * 60_000, "body_malformed", 400),
        (b'{"id": "0123456789", "act": {"command": "dance"}}', "body_malformed", 400),
        (b'{"id": "0123456789", "act": {"command": "call_help", "x": 1}}', "body_malformed", 400),
        (b'{"id": "0123456789", "act": {"command": "call_help"}, "x": 1}', "body_malformed", 400),
        (b'{"id": "short", "act": {"command": "call_help"}}', "body_malformed", 400),
        (b'{"id": "with spaces and more", "act": {"command": "call_help"}}', "body_malformed", 400),
        (b'{"act": {"command": "call_help"}}', "body_malformed", 400),
        (b'{"id": "0123456789", "act": {"command": "start"}}', "body_malformed", 400),
        (
            b'{"id": "0123456789", "act": {"command": "start", "sitting_id": ""}}',
            "body_malformed",
            400,
        ),
        (b" " * 70_000, "body_too_big", 413),
        (b'{"id": "0123456789", "act": {"command": "close_deliberation"}}', "not_allowed", 403),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else str(value),
)
async def test_bodies_that_are_wrong(
    site: Site, known: dict[str, Any], body: bytes, code: str, status: int
) -> None:
    client = await shared(site, known, "candidate")
    path = f"/api/sessions/{known['session']}/commands"
    got, said, response = await ask(
        site, "POST", path, headers=headers_of(client, "POST", path), data=body
    )
    assert (got, said["code"]) == (status, code)
    assert response.content_type == "application/problem+json"
    assert set(said) == {"type", "title", "status", "detail", "code", "details"}
    assert said["status"] == status
    assert said["detail"][0].isupper()
    assert set(SECURITY_HEADERS) <= set(response.headers)
    assert await client.act("call_help") > 0  # the room is unharmed


async def test_a_refused_value_is_not_repeated(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    refusal = await refusal_of(client.post("/api/media-token", {"fingerprint": ["s3cr3t"]}))
    assert refusal.refusal == "body_malformed"
    assert "s3cr3t" not in str(refusal)


async def test_what_is_no_fingerprint_is_refused(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    refusal = await refusal_of(client.post("/api/media-token", {"fingerprint": "AB:CD"}))
    assert (refusal.status, refusal.refusal) == (403, "fingerprint_missing")


async def test_an_agent_has_no_media(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "invigilator")
    refusal = await refusal_of(client.media_token("AB:" * 31 + "AB"))
    assert (refusal.status, refusal.refusal) == (403, "media_not_for_role")


async def test_an_act_repeated_is_answered_the_same(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "chair")
    path = f"/api/sessions/{known['session']}/commands"
    body = {"id": ACT_ID, "act": {"command": "call_help"}}
    answers = await asyncio.gather(*(client.post(path, body) for _ in range(5)))
    assert len({answer["seq"] for answer in answers}) == 1


async def test_a_refusal_of_the_exam_says_why(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "invigilator")
    refusal = await refusal_of(client.act("admit", sitting_id=SITTING))
    assert (refusal.status, refusal.refusal) == (409, "identity_unchecked")
    refusal = await refusal_of(client.act("admit", sitting_id="ghost"))
    assert (refusal.status, refusal.refusal) == (404, "sitting_unknown")


# --- documents, by right --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["documents/minutes.pdf", "documents/incident-ghost.pdf", "archive.zip"]
)
async def test_documents_that_do_not_exist_yet(
    site: Site, known: dict[str, Any], name: str
) -> None:
    client = await shared(site, known, "organiser")
    refusal = await refusal_of(client.download(name))
    assert (refusal.status, refusal.refusal) == (404, "document_unknown")


@pytest.mark.requirement("A4")
@pytest.mark.parametrize("who", ["candidate", "chair", "invigilator", "manager"])
async def test_the_record_is_the_organisers(site: Site, known: dict[str, Any], who: str) -> None:
    client = await shared(site, known, who)
    for name in ("record.jsonl", "archive.zip"):
        refusal = await refusal_of(client.download(name))
        assert (refusal.status, refusal.refusal) == (404, "document_unknown")
    organiser = await shared(site, known, "organiser")
    lines = (await organiser.download("record.jsonl")).splitlines()
    assert b"session.created" in lines[0]


# --- the server itself ----------------------------------------------------------------------


async def test_addresses_that_are_not_there(site: Site) -> None:
    assert (await ask(site, "GET", "/api/nothing"))[:1] == (404,)
    status, said, _ = await ask(site, "DELETE", "/livez")
    assert (status, said["code"]) == (405, "method_not_allowed")
    status, said, _ = await ask(site, "GET", "/static/../server.py")
    assert (status, said["code"]) == (404, "not_found")


async def test_a_host_that_is_not_ours_is_refused(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    headers = {**headers_of(client, "POST", "/api/ws-ticket"), "Host": "elsewhere.example"}
    status, said, _ = await ask(site, "POST", "/api/ws-ticket", headers=headers, data=b"{}")
    assert (status, said["code"]) == (403, "origin_foreign")


async def test_it_lives_and_is_ready(site: Site) -> None:
    status, said, response = await ask(site, "GET", "/livez")
    assert (status, said) == (200, {"status": "ok"})
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    status, said, _ = await ask(site, "GET", "/readyz")
    needed = ("record", "disk", "relay", "accepting")
    assert (status, said) == (200, {"checks": dict.fromkeys(needed, True)})


async def test_it_describes_itself(site: Site) -> None:
    _, document, _ = await ask(site, "GET", "/api/openapi.json")
    assert document["openapi"].startswith("3.1")
    _, protocol, _ = await ask(site, "GET", "/api/protocol.json")
    assert set(protocol) == {"fromParticipant", "toParticipant"}


async def test_figures_of_the_relay_are_for_who_holds_the_key(site: Site) -> None:
    status, said, _ = await ask(site, "GET", "/api/relay")
    assert (status, said["code"]) == (401, "token_missing")
    async with asyncio.timeout(10):
        while (await ask(site, "GET", "/api/relay", headers=site.admin()))[0] != 200:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.1)  # its first figures come after a second
    _, figures, _ = await ask(site, "GET", "/api/relay", headers=site.admin())
    assert {"packets_out", "cpu_s", "delay_ms"} <= set(figures)


async def test_a_relay_is_not_drained_when_it_is_the_last_one(site: Site) -> None:
    status, said, _ = await ask(site, "GET", "/api/relays")
    assert (status, said["code"]) == (401, "token_missing")
    status, said, _ = await ask(site, "GET", "/api/relays", headers=site.admin())
    [relay] = said["relays"]
    assert (status, relay["number"], relay["is_up"], relay["is_drained"]) == (200, 0, True, False)
    headers = {**site.admin(), "Content-Type": "application/json"}
    for number, is_drained, expected in (
        (0, "true", (409, "relay_last")),
        (7, "true", (404, "relay_unknown")),
        (7, "false", (404, "relay_unknown")),
    ):
        body = f'{{"is_drained": {is_drained}}}'.encode()
        path = f"/api/relays/{number}/drain"
        status, said, _ = await ask(site, "POST", path, headers=headers, data=body)
        assert (status, said["code"]) == expected
    status, said, _ = await ask(
        site, "POST", "/api/relays/0/drain", headers=headers, data=b'{"is_drained": false}'
    )
    assert (status, said["relays"][0]["is_drained"]) == (200, False)


@pytest.mark.requirement("T3")
async def test_metrics_have_a_port_of_their_own_and_name_nobody(
    site: Site, known: dict[str, Any]
) -> None:
    await shared(site, known, "candidate")
    metrics = f"http://127.0.0.1:{site.settings.metrics.port}"
    async with site.http.get(f"{metrics}/metrics") as response:
        text = await response.text()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert all(name.startswith("visiojury_") for name in names)
    assert {"visiojury_events_total", "visiojury_relay_up", "visiojury_sittings"} <= set(names)
    people = ("Camille", "session-", "invitation-", "grand-est", "DREETS")
    assert [word for word in people if word in text] == []
    assert (await ask(site, "GET", "/metrics"))[0] == 404
    async with site.http.get(f"{metrics}/api/openapi.json") as response:
        assert response.status == 404
