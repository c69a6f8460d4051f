"""A candidate's screen reaches the jury's pages decoded, and ends when the chair says so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e.images import photograph
from tests.e2e.office import open_office
from tests.e2e.people import DEVICES_DUE_S, Cast, Person
from tests.e2e.site import CANDIDATE, CHAIR, SITTING, Site

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240), pytest.mark.requirement("J3", "T1")]

STOP_SEEN_S = 1.0
CAMERA_WIDTH = 640
"""The browser's own screen for tests is larger."""
_PACKETS = """async () => {
  const { pc, slots } = document.querySelector("vj-app").media;
  const reports = [...(await pc.getStats()).values()].filter((one) => one.type === "inbound-rtp");
  const last = pc.getTransceivers().at(-1).mid;
  const shown = reports.find((one) => one.mid === last);
  return {
    sharer: slots[last]?.participant_id ?? null,
    frames: shown?.framesDecoded ?? 0,
    width: shown?.frameWidth ?? 0,
    packets: shown?.packetsReceived ?? 0,
  };
}"""


_NOTE_THE_STOP = """() => {
  addEventListener("click", () => (window.vjPressed ??= Date.now()), true);
  window.vjStopped = new Promise((resolve) => new MutationObserver(() => {
    if (!document.querySelector("[data-testid=shared-screen]")) resolve(Date.now());
  }).observe(document, { childList: true, subtree: true }));
}"""
"""Instants noted inside the pages: what drives a browser takes time of its own."""


async def screen_at(person: Person) -> dict[str, Any]:
    """Return what came through the slot for a screen, as the browser decoded it."""
    found: dict[str, Any] = await person.page.evaluate(_PACKETS)
    return found


async def until_decoded(person: Person, sharer: str, *, frames: int) -> dict[str, Any]:
    async with asyncio.timeout(DEVICES_DUE_S):
        while True:
            shown = await screen_at(person)
            if shown["sharer"] == sharer and shown["frames"] >= frames:
                return shown
            await asyncio.sleep(0.2)


async def test_a_shared_screen_is_seen_and_ends_when_the_chair_says_so(
    site: Site, cast: Cast
) -> None:
    cast.window = (1280, 800)
    site.create_session()
    async with open_office(site) as office:
        for who in (CANDIDATE, CHAIR):
            await (await cast.enter(who)).join(site)
        await office.check_identities()
        await office.admit(SITTING)
    candidate, chair = cast[CANDIDATE], cast[CHAIR]
    await candidate.until(lambda s: s["place"] == "sitting", "admission")
    assert (await screen_at(chair))["packets"] == 0

    await candidate.click("act-share_screen")
    shown = await until_decoded(chair, CANDIDATE, frames=5)
    print(shown)
    assert shown["width"] > CAMERA_WIDTH
    text = await chair.page.get_by_test_id("shared-screen").inner_text()
    assert text == "Écran partagé par Maëlle Morvan"
    await photograph(chair.page, "screen-jury")
    await photograph(candidate.page, "screen-candidate")

    for person in (candidate, chair):
        await person.page.evaluate(_NOTE_THE_STOP)
    await chair.click("act-stop_screen")
    pressed_ms = await chair.page.evaluate("vjPressed")
    seen_s = [(await p.page.evaluate("vjStopped") - pressed_ms) / 1000 for p in (candidate, chair)]
    print("stop seen after", seen_s, "s")
    assert max(seen_s) < STOP_SEEN_S
    after = await screen_at(chair)
    assert after["sharer"] is None
    is_captured = "document.querySelector('vj-app').media.screen.track !== null"
    assert not await candidate.page.evaluate(is_captured)
    await asyncio.sleep(0.5)
    assert (await screen_at(chair))["packets"] == after["packets"], "nothing comes any more"
    cast.no_page_failed()
