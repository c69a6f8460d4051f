"""Access that somebody tried to misuse: refused, in the record, before the organiser's eyes."""

from __future__ import annotations

import pytest

from signaling import telemetry
from signaling.rooms import CONTESTS
from tests.signaling.site import Site, bare_line, hello_of, line_of
from tests.signaling.test_socket import FINGERPRINT, OTHER, offer_of
from visiojury.exam import events as ev
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def traces(site: Site, session: str) -> list[tuple[str, str]]:
    """Return as whom and by what it was tried, in the order of the record."""
    room = await site.server.rooms.find(session)
    assert room is not None
    events = [entry.event for entry in room.owner.entries]
    return [(e.participant_id, e.what) for e in events if isinstance(e, ev.AccessContested)]


async def ask(site: Site, authorization: str, proof: str | None) -> str:
    """Ask for a ticket with somebody's token; return the refusal's code."""
    headers = {"Authorization": authorization} | ({} if proof is None else {"DPoP": proof})
    url = f"{site.origin}/api/ws-ticket"
    async with site.http.post(url, json={}, headers=headers) as response:
        assert response.status == 401
        code: str = (await response.json())["code"]
        return code


def stolen(site: Site, victim: Client) -> tuple[str, str, str]:
    """Return a token as it is sent, a proof of it with another key, and its own proof."""
    sent = victim.headers("POST", "/api/ws-ticket")
    token = sent["Authorization"].removeprefix("DPoP ")
    thief = Client(site.http, site.origin, victim.invitation)
    forged = thief._key.proof("POST", f"{site.origin}/api/ws-ticket", token=token)
    return sent["Authorization"], forged, sent["DPoP"]


async def test_a_token_without_its_key_leaves_a_trace(site: Site) -> None:
    session = await site.create()
    token, forged, own = stolen(site, await site.person(session, "candidate"))
    assert await ask(site, token, forged) == "proof_mismatch"
    assert await ask(site, token, None) == "proof_missing"
    async with site.http.post(
        f"{site.origin}/api/ws-ticket", json={}, headers={"Authorization": token, "DPoP": own}
    ) as response:
        assert response.status == 200
    assert await ask(site, token, own) == "proof_replayed"
    expected = [("candidate", "key"), ("candidate", "token"), ("candidate", "token")]
    assert await traces(site, session) == expected


async def test_what_names_nobody_or_is_over_leaves_none(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    organiser = await site.person(session, "organiser")
    token, forged, _ = stolen(site, candidate)
    assert await ask(site, token + "x", forged) == "token_malformed"
    assert await ask(site, token, "x.y.z") == "proof_invalid"
    await organiser.act("revoke_invitation", participant_id="candidate")
    assert await ask(site, token, forged) == "proof_mismatch"
    assert await traces(site, session) == []


async def test_a_ticket_used_by_another_or_again_leaves_a_trace(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    hello = await hello_of(candidate)
    for code in ("proof_mismatch", "ticket_unknown"):
        thief = Client(site.http, site.origin, candidate.invitation)
        proof = thief._key.proof("GET", f"{site.origin}/api/ws", token=str(hello["ticket"]))
        async with bare_line(site) as line:
            await line.send(**hello | {"proof": proof})
            assert (await line.next())["code"] == code
    async with bare_line(site) as line:
        await line.send(**hello | {"ticket": "x" * 43})
        assert (await line.next())["code"] == "ticket_unknown"
    assert await traces(site, session) == [("candidate", "ticket")] * 2


async def test_another_certificate_or_media_token_leaves_a_trace(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    chair = await site.person(session, "chair")
    token = await candidate.media_token(FINGERPRINT)
    async with line_of(site, candidate) as line, line_of(site, chair) as other:
        await line.send(type="offer", id=1, sdp=offer_of(OTHER), media_token=token)
        assert (await line.next("error"))["code"] == "fingerprint_mismatch"
        await other.send(type="offer", id=1, sdp=offer_of(), media_token=token)
        assert (await other.next("error"))["code"] == "proof_mismatch"
    assert await traces(site, session) == [("candidate", "offer"), ("chair", "token")]


async def test_a_second_connection_leaves_a_trace_and_one_that_comes_back_none(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    async with line_of(site, candidate) as first:
        snapshot = await first.next("snapshot")
        resume = {"epoch": snapshot["epoch"], "seq": snapshot["seq"]}
        async with line_of(site, candidate, resume=resume) as second:
            await second.next("resumed")
            assert await first.closed() == 4409
            assert await traces(site, session) == []
            async with line_of(site, candidate) as third:
                await third.next("snapshot")
                assert await second.closed() == 4409
                assert await traces(site, session) == [("candidate", "connection")]


async def test_the_organiser_sees_it_and_nobody_else(site: Site) -> None:
    session = await site.create()
    candidate = await site.person(session, "candidate")
    organiser = await site.person(session, "organiser")
    async with line_of(site, organiser) as line:
        await line.next("snapshot")
        token, forged, _ = stolen(site, candidate)
        await ask(site, token, forged)
        patch = (await line.next("delta"))["patch"]
        seen = patch["people"]["candidate"]["contested"]
        assert (seen["times"], seen["what"]) == (1, "key")
    for other in (candidate, await site.person(session, "chair")):
        async with line_of(site, other) as line:
            people = (await line.next("snapshot"))["state"]["people"]
            assert all("contested" not in person for person in people.values())


async def test_a_flood_is_counted_and_does_not_fill_the_record(site: Site) -> None:
    session = await site.create()
    token, _, _ = stolen(site, await site.person(session, "candidate"))
    unrecorded = telemetry.CONTESTS_UNRECORDED.labels("token")
    before = unrecorded._value.get()
    for _ in range(3 * int(CONTESTS.burst)):
        await ask(site, token, None)
    assert await traces(site, session) == [("candidate", "token")] * int(CONTESTS.burst)
    assert unrecorded._value.get() - before == 2 * CONTESTS.burst
