"""Four attacks from real pages: none gets media, each is in the record and before the organiser."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.people import Cast, Person
from tests.e2e.site import CANDIDATE, CHAIR, ORGANISER, Site

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]

SETTLED_S = 3.0
"""Longer than a page waits before it tries again (a second)."""

_COPY = """async () => {
  const { key, certificate, ...rest } = document.querySelector("vj-app").api.identity;
  const exported = crypto.subtle.exportKey("jwk", key.privateKey);
  const refused = await exported.then(() => "", (error) => error.name);
  return { refused, copy: rest };
}"""
_PASTE = """async (copy) => {
  const { identityFor, keep } = await import("/static/keys.js");
  const made = await identityFor("thief");
  await keep({ ...made, ...copy });
}"""
_TOKEN_FOR = """async () => {
  const { api, media } = document.querySelector("vj-app");
  const { sdp } = media.pc.localDescription;
  const answer = await api.mediaToken(sdp.match(/a=fingerprint:sha-256 (\\S+)/)[1]);
  return { sdp, token: answer.media_token };
}"""
_OFFER = """([sdp, token]) => new Promise((resolve) => {
  const { socket } = document.querySelector("vj-app");
  const id = 987654;
  socket.addEventListener("message", ({ detail }) => {
    if (detail.id === id) resolve(detail.code ?? detail.type);
  });
  socket.send({ type: "offer", id, sdp, media_token: token, restart: false });
})"""
_ASK = """async (token) => {
  const headers = { Authorization: `DPoP ${token}`, "Content-Type": "application/json" };
  const response = await fetch("/api/ws-ticket", { method: "POST", headers, body: "{}" });
  return (await response.json()).code;
}"""
_REPLAY_TICKET = """async (ticket) => {
  const { api } = document.querySelector("vj-app");
  const proof = await api.proof("GET", "/api/ws", ticket);
  const socket = new WebSocket(new URL("/api/ws", location.origin.replace("http", "ws")));
  return new Promise((resolve) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", v: 1, ticket, proof }));
    socket.onmessage = (event) => resolve(JSON.parse(event.data).code);
  });
}"""


async def seen(organiser: Person, who: str, what: str) -> None:
    """Wait until the organiser's page shows that access as `who` was last tried by `what`."""
    await organiser.until(
        lambda s: s["people"][who].get("contested", {}).get("what") == what, f"trace of {what}"
    )
    await organiser.page.get_by_test_id(f"contested-{who}").wait_for()


async def connection_of(page: Page) -> str | None:
    state: str | None = await page.evaluate(
        "document.querySelector('vj-app').media?.pc?.connectionState ?? null"
    )
    return state


@pytest.mark.requirement("T1")
async def test_no_attack_from_another_page_gets_media(site: Site, cast: Cast) -> None:
    site.create_session()
    for who in (ORGANISER, CHAIR, CANDIDATE):
        await (await cast.enter(who)).join(site)
    organiser, chair, candidate = cast[ORGANISER], cast[CHAIR], cast[CANDIDATE]
    theirs: dict[str, Any] = await candidate.page.evaluate(_TOKEN_FOR)
    others: dict[str, Any] = await chair.page.evaluate(_TOKEN_FOR)

    # 1. Another page's offer, in place of this page's own.
    code = await candidate.page.evaluate(_OFFER, [others["sdp"], theirs["token"]])
    assert code == "fingerprint_mismatch"
    await seen(organiser, CANDIDATE, "offer")

    # 2. Its media token, its access token and its ticket, from another page.
    code = await chair.page.evaluate(_OFFER, [others["sdp"], theirs["token"]])
    assert code == "proof_mismatch"
    await seen(organiser, CHAIR, "token")
    access = await candidate.page.evaluate(
        "document.querySelector('vj-app').api.identity.access_token"
    )
    assert await chair.page.evaluate(_ASK, access) == "proof_missing"
    await seen(organiser, CANDIDATE, "token")
    ticket = await candidate.page.evaluate("document.querySelector('vj-app').api.ticket(5000)")
    assert await chair.page.evaluate(_REPLAY_TICKET, ticket) == "proof_mismatch"
    await seen(organiser, CANDIDATE, "ticket")

    # 3. A copy of its storage in another browser profile: all but the key, which stays.
    copied: dict[str, Any] = await candidate.page.evaluate(_COPY)
    assert copied["refused"] == "InvalidAccessError"
    browser = candidate.page.context.browser
    assert browser is not None
    elsewhere = await (await browser.new_context(locale="fr-FR")).new_page()
    await elsewhere.goto(site.origin())
    await elsewhere.evaluate(_PASTE, copied["copy"])
    await elsewhere.reload()
    await seen(organiser, CANDIDATE, "key")
    assert await connection_of(elsewhere) in {None, "new"}

    # Nobody was disturbed meanwhile.
    for person in (chair, candidate):
        assert await connection_of(person.page) == "connected"
    tried = [(e["participant_id"], e["what"]) for e in await recorded(organiser)]
    assert tried[:4] == [
        (CANDIDATE, "offer"),
        (CHAIR, "token"),
        (CANDIDATE, "token"),
        (CANDIDATE, "ticket"),
    ]
    assert set(tried[4:]) == {(CANDIDATE, "key")}


async def test_of_two_pages_that_race_one_has_media_and_the_other_stops(
    site: Site, cast: Cast
) -> None:
    site.create_session()
    for who in (ORGANISER, CANDIDATE):
        await (await cast.enter(who)).join(site)
    organiser, candidate = cast[ORGANISER], cast[CANDIDATE]
    tabs = [await candidate.page.context.new_page() for _ in range(2)]
    await asyncio.gather(*(tab.goto(site.origin()) for tab in tabs))
    await candidate.page.get_by_test_id("stopped-superseded").wait_for()
    await seen(organiser, CANDIDATE, "connection")
    pages = [candidate.page, *tabs]
    await superseded(pages, 2)
    await asyncio.sleep(SETTLED_S)
    stopped = [await p.get_by_test_id("stopped-superseded").count() for p in pages]
    assert sorted(stopped) == [0, 1, 1], "two give way to one, and do not come back"
    with_media = [await connection_of(p) for p in pages]
    for is_stopped, connection in zip(stopped, with_media, strict=True):
        assert (connection == "connected") != bool(is_stopped), (stopped, with_media)


async def superseded(pages: list[Page], count: int) -> None:
    """Wait until so many have given way: a tab may take its time to open."""
    given: list[int] = []
    for _ in range(150):
        given = [await page.get_by_test_id("stopped-superseded").count() for page in pages]
        if sum(given) >= count:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{given} of {count} gave way")


async def recorded(organiser: Person) -> list[dict[str, Any]]:
    return [e for e in await organiser.events() if e["type"] == "access.contested"]
