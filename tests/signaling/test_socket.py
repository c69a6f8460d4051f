"""The WebSocket of a real server: hello, state, resumption, and whatever a client may send."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from media import messages as relay
from signaling import messages as m
from signaling.messages import CLOSE_CODES, MAX_MESSAGE_BYTES
from signaling.relays import Relays
from tests.builders import SITTING
from tests.signaling.site import Line, Site, bare_line, hello_of, line_of, refusal_of
from visiojury.rehearsal.client import Client, merge

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGES_LEFT = 50
"""Fewer than anybody may send at once, more than comes back within seconds."""
FINGERPRINT = ":".join(["AB"] * 32)
OTHER = ":".join(["CD"] * 32)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return {}


async def shared(site: Site, known: dict[str, Any], who: str) -> Client:
    """Return a device that came in, in the session that tests without a mark to leave share."""
    if "session" not in known:
        known["session"] = await site.create()
    if who not in known:
        known[who] = await site.person(known["session"], who)
    client: Client = known[who]
    return client


def offer_of(fingerprint: str = FINGERPRINT) -> str:
    session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    return f"{session}a=fingerprint:sha-256 {fingerprint}\r\n"


async def still_goes_on(line: Line) -> dict[str, Any]:
    await line.send(type="ping", id=77)
    pong = await line.next("pong")
    assert pong["id"] == 77
    return pong


# --- hello ----------------------------------------------------------------------------------


async def test_the_first_message_is_the_whole_state(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as line:
        snapshot = await line.next()
        assert (snapshot["type"], snapshot["v"]) == ("snapshot", 1)
        assert snapshot["state"]["me"] == "candidate"
        assert snapshot["state"]["place"] == "waiting"
        assert None not in snapshot["state"].values()
        tick = await line.next("tick")
        assert abs(tick["server_ms"] - site.server.instants.now_ms()) < 2000
        await still_goes_on(line)


@pytest.mark.parametrize(
    ("first", "close"),
    [
        ("not json", 4400),
        ("{}", 4400),
        ('{"type": "ping", "id": 1}', 4400),
        ('{"type": "hello", "v": 2, "ticket": "x", "proof": "y"}', 4400),
        ('{"type": "hello", "v": 1, "ticket": "x", "proof": "y", "more": 1}', 4400),
        ('{"type": "hello", "v": 1, "ticket": "x", "proof": "y"}', 4401),
        ("[" * 60_000, 4400),
    ],
)
async def test_a_first_message_that_is_no_hello(site: Site, first: str, close: int) -> None:
    async with bare_line(site) as line:
        await line.ws.send_str(first)
        refusal = await line.next()
        assert refusal["type"] == "error"
        assert refusal["message"]
        assert await line.closed() == close


async def test_a_first_message_of_bytes(site: Site) -> None:
    async with bare_line(site) as line:
        await line.ws.send_bytes(b"hello")
        assert (await line.next())["code"] == "message_malformed"
        assert await line.closed() == 4400


@pytest.mark.alone
async def test_who_says_nothing_is_closed_after_five_seconds(site: Site) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with bare_line(site) as line:
        assert (await line.next())["code"] == "hello_late"
        assert await line.closed() == 4408
    assert 4.5 < loop.time() - begun < 7.5


async def test_a_ticket_opens_one_line(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    hello = await hello_of(client)
    async with bare_line(site) as line:
        await line.send(**hello)
        await line.next("snapshot")
    ticket = hello["ticket"]
    proof = client._key.proof("GET", f"{site.origin}/api/ws", token=ticket)
    async with bare_line(site) as line:
        await line.send(**{**hello, "proof": proof})
        assert (await line.next())["code"] == "ticket_unknown"
        assert await line.closed() == 4401


async def test_a_ticket_needs_the_key_it_was_given_for(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    thief = Client(site.http, site.origin, client.invitation)
    for path, code in (("/api/ws", "proof_mismatch"), ("/api/other", "proof_invalid")):
        hello = await hello_of(client)
        proof = thief._key.proof("GET", site.origin + path, token=hello["ticket"])
        async with bare_line(site) as line:
            await line.send(**{**hello, "proof": proof})
            assert (await line.next())["code"] == code
            assert await line.closed() == 4401


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}]
)
async def test_a_page_from_elsewhere_is_refused(site: Site, headers: dict[str, str]) -> None:
    async with site.http.get(f"{site.origin}/api/ws", headers=headers) as response:
        assert response.status == 403
        assert (await response.json())["code"] == "origin_foreign"


# --- state ----------------------------------------------------------------------------------


async def test_deltas_make_what_a_new_snapshot_says(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    agent = await site.person(session, "invigilator")
    async with line_of(site, candidate) as line:
        snapshot = await line.next("snapshot")
        await candidate.act("call_help")
        await agent.act("answer_help", help_id="help-1")
        await agent.act("check_identity", participant_id="candidate", document="passport")
        state, seq = snapshot["state"], snapshot["seq"]
        while "identity_checked_ms" not in state["people"]["candidate"]:
            delta = await line.next("delta")
            assert delta["seq"] == seq + 1
            state, seq = merge(state, delta["patch"]), delta["seq"]
    async with line_of(site, candidate) as line:
        again = await line.next()
        assert (again["type"], again["seq"]) == ("snapshot", seq)
        assert again["state"] == state


async def test_who_comes_back_gets_what_they_missed_and_no_more(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    agent = await site.person(session, "invigilator")
    async with line_of(site, candidate) as line:
        snapshot = await line.next("snapshot")
    await candidate.act("call_help")
    await agent.act("answer_help", help_id="help-1")
    resume = {"epoch": snapshot["epoch"], "seq": snapshot["seq"]}
    async with line_of(site, candidate, resume=resume) as line:
        resumed = await line.next()
        assert (resumed["type"], resumed["seq"]) == ("resumed", snapshot["seq"])
        called, answered = await line.next(), await line.next()
        assert [m["seq"] for m in (called, answered)] == [snapshot["seq"] + 1, snapshot["seq"] + 2]
        assert set(called["patch"]) == set(answered["patch"]) == {"helps"}
        assert set(answered["patch"]["helps"]["help-1"]) == {"answered_ms"}
        await still_goes_on(line)


@pytest.mark.parametrize("resume", [{"epoch": "another", "seq": 1}, {"epoch": "", "seq": 10**9}])
async def test_who_comes_back_from_elsewhere_gets_a_snapshot(
    site: Site, known: dict[str, Any], resume: dict[str, Any]
) -> None:
    client = await shared(site, known, "candidate")
    resume["epoch"] = resume["epoch"] or site.server.instants.boot_id
    async with line_of(site, client, resume=resume) as line:
        assert (await line.next())["type"] == "snapshot"


async def test_a_second_connection_closes_the_first(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as first:
        await first.next("snapshot")
        async with line_of(site, client) as second:
            await second.next("snapshot")
            assert (await first.next("error"))["code"] == "superseded"
            assert await first.closed() == 4409
            await still_goes_on(second)


@pytest.mark.requirement("B3")
async def test_a_revoked_person_is_out_within_a_second(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    organiser = await site.person(session, "organiser")
    loop = asyncio.get_running_loop()
    async with line_of(site, candidate) as line, line_of(site, organiser) as other:
        await line.next("snapshot")
        await other.next("snapshot")
        begun = loop.time()
        await organiser.act("revoke_invitation", participant_id="candidate")
        assert await line.closed() == 4403
        assert loop.time() - begun < 1.0
        await still_goes_on(other)


# --- what a client may send -----------------------------------------------------------------


async def test_messages_that_are_wrong_are_refused_and_the_line_goes_on(
    site: Site, known: dict[str, Any]
) -> None:
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as line:
        await line.next("snapshot")
        cases: list[tuple[str | bytes, str]] = [
            ("", "message_malformed"),
            ("{", "message_malformed"),
            ("null", "message_malformed"),
            ("[" * 50_000, "message_malformed"),
            ('{"type": "dance"}', "message_malformed"),
            ('{"type": "ping"}', "message_malformed"),
            ('{"type": "ping", "id": "x"}', "message_malformed"),
            ('{"type": "ping", "id": 1, "more": 1}', "message_malformed"),
            ('{"type": "switch", "audio": true}', "message_malformed"),
            ('{"type": "snapshot", "state": {}}', "message_malformed"),
            (b"\x00\x01", "message_malformed"),
            (json.dumps(await hello_of(client)), "message_unexpected"),
            ('"' + "x" * MAX_MESSAGE_BYTES + '"', "message_too_big"),
            ('"' + "é" * (MAX_MESSAGE_BYTES // 2) + '"', "message_too_big"),
        ]
        for text, code in cases:
            if isinstance(text, bytes):
                await line.ws.send_bytes(text)
            else:
                await line.ws.send_str(text)
            refusal = await line.next()
            assert (refusal["type"], refusal["code"]) == ("error", code), text[:60]
            assert "s3cr3t" not in refusal["message"]
        await still_goes_on(line)


async def test_what_a_page_receives_is_listened_to_a_few_times_a_second(
    site: Site, known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[m.Received] = []

    async def received(_room: object, _who: str, message: m.Received) -> None:
        told.append(message)

    monkeypatch.setattr(site.server.desk, "received", received)
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as line:
        await line.next("snapshot")
        sound = {"packets": 50, "silent_ms": 20}
        for _ in range(10):
            await line.send(type="received", at_ms=0, audio=sound)
        await line.send(type="received", at_ms=0, audio={"packets": -1, "silent_ms": 20})
        assert (await line.next("error"))["code"] == "message_malformed"
        await still_goes_on(line)
    assert 5 <= len(told) <= 8
    assert told[0].audio == m.ReceivedStream(packets=50, silent_ms=20)


async def test_what_a_page_receives_without_media_hurts_nobody(
    site: Site, known: dict[str, Any]
) -> None:
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as line:
        await line.next("snapshot")
        now_ms = (await still_goes_on(line))["server_ms"]
        video = {"packets": 1, "silent_ms": 0, "frozen_ms": 0}
        await line.send(type="received", at_ms=now_ms, video=video)
        await still_goes_on(line)


async def test_what_the_network_kept_through_a_cut_is_no_testimony(
    site: Site, known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    async def testify(
        _relays: Relays, _room: str, _peer: str, streams: list[relay.Testimony]
    ) -> None:
        told.extend(one.packets for one in streams)

    monkeypatch.setattr(Relays, "testify", testify)
    client = await shared(site, known, "candidate")
    async with line_of(site, client) as line:
        await line.next("snapshot")
        now_ms = (await still_goes_on(line))["server_ms"]
        for packets, at_ms in ((1, now_ms - 1500), (2, now_ms)):
            sound = {"packets": packets, "silent_ms": 1100}
            await line.send(type="received", at_ms=at_ms, audio=sound)
        await still_goes_on(line)
    assert told == [2]


async def test_a_mebibyte_closes_its_line_and_no_other(site: Site) -> None:
    session = await site.create()
    candidate, chair = [await site.person(session, who) for who in ("candidate", "chair")]
    async with line_of(site, candidate) as line, line_of(site, chair) as other:
        await line.next("snapshot")
        await other.next("snapshot")
        await line.ws.send_str("x" * 2**20)
        assert await line.closed() == 1009
        await candidate.act("call_help")
        await still_goes_on(other)


async def test_a_flood_closes_its_line(site: Site) -> None:
    client = await site.person(await site.create(), "candidate")  # whose allowance nobody else has
    async with line_of(site, client) as line:
        await line.next("snapshot")
        for number in range(120):
            await line.send(type="ping", id=number)
        assert await line.closed() == 4429
    async with line_of(site, client) as line:  # one that is new brings no new allowance
        await line.next("snapshot")
        for number in range(MESSAGES_LEFT):
            await line.send(type="ping", id=number)
        assert await line.closed() == 4429
    await asyncio.sleep(0.2)
    async with line_of(site, client) as line:
        await line.next("snapshot")
        await still_goes_on(line)


async def test_switching_off_is_seen_by_the_others(site: Site) -> None:
    session = await site.create()
    candidate, agent = [await site.person(session, who) for who in ("candidate", "invigilator")]
    async with line_of(site, candidate) as line, line_of(site, agent) as other:
        await line.next("snapshot")
        await other.next("snapshot")
        await line.send(type="switch", audio=False, video=True)
        delta = await other.next("delta")
        assert delta["patch"] == {"people": {"candidate": {"audio": "off"}}}


async def test_what_a_page_shows_may_be_said_before_there_is_a_connection(site: Site) -> None:
    session = await site.create()
    async with line_of(site, await site.person(session, "candidate")) as line:
        await line.next("snapshot")
        await line.send(type="shown", heights={"8": 360, "9": 0})
        await still_goes_on(line)
        await line.send(type="shown", heights={"8": -1})
        assert (await line.next("error"))["code"] == "message_malformed"


# --- offers ---------------------------------------------------------------------------------


async def test_an_offer_that_is_not_vouched_for_is_refused(
    site: Site, known: dict[str, Any]
) -> None:
    client = await shared(site, known, "candidate")
    other = await shared(site, known, "chair")
    theirs = await other.media_token(FINGERPRINT)
    mine = await client.media_token(FINGERPRINT)
    plain = offer_of()
    cases = [
        (plain, "x.y.z", "token_malformed"),
        (plain, client._token, "token_wrong_type"),
        (plain, theirs, "proof_mismatch"),
        (offer_of(OTHER), mine, "fingerprint_mismatch"),
        ("v=0\r\n", mine, "fingerprint_missing"),
        (plain + f"a=fingerprint:sha-256 {OTHER}\r\n", mine, "fingerprint_ambiguous"),
    ]
    async with line_of(site, client) as line:
        await line.next("snapshot")
        for number, (sdp, token, code) in enumerate(cases):
            await line.send(type="offer", id=number, sdp=sdp, media_token=token)
            refusal = await line.next("error", "answer")
            assert (refusal.get("id"), refusal.get("code")) == (number, code)
            assert refusal["message"].endswith(".")
        # The token was good all along; now it is used, whatever the relay says of the offer.
        await line.send(type="offer", id=90, sdp=plain, media_token=mine)
        first = await line.next("error", "answer")
        assert first["id"] == 90
        assert first.get("code", "") not in {"token_used", "internal_error"}
        await line.send(type="offer", id=91, sdp=plain, media_token=mine)
        assert (await line.next("error", "answer"))["code"] == "token_used"
        await still_goes_on(line)


async def test_an_agent_offers_nothing(site: Site, known: dict[str, Any]) -> None:
    client = await shared(site, known, "invigilator")
    room = site.server.rooms.get(known["session"])
    assert room is not None
    (key,) = [
        access.device_key
        for access in room.owner.state.access.values()
        if access.invitation.participant_id == "invigilator"
    ]
    assert key is not None
    token = site.server.gate.tokens.media(
        "invigilator",
        room=room.session_id,
        role="invigilator",
        jkt=key,
        fingerprint=FINGERPRINT,
    )
    async with line_of(site, client) as line:
        await line.next("snapshot")
        await line.send(type="offer", id=1, sdp=offer_of(), media_token=token)
        assert (await line.next("error", "answer"))["code"] == "media_not_for_role"
    refusal = await refusal_of(client.act("start", sitting_id=SITTING))
    assert refusal.refusal == "not_allowed"


@pytest.mark.requirement("B3", "T1")
async def test_a_revoked_persons_live_connection_ends_within_a_second(site: Site) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    candidate = await site.person(session, "candidate")
    async with line_of(site, candidate) as line:
        await line.next("snapshot")
        asked_s = time.monotonic()
        await organiser.act("revoke_invitation", participant_id="candidate")
        code = await line.closed()
        took_s = time.monotonic() - asked_s
    print(f"closed after {took_s * 1000:.0f} ms")
    assert code == CLOSE_CODES["access_revoked"]
    assert took_s < 1.0
