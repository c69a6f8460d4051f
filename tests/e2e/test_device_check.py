"""The check of devices and network at real browsers, from its button to the stored result."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.netns import Host
from tests.e2e.people import DEVICES_DUE_S, Cast, Person
from tests.e2e.site import CANDIDATE, ORGANISER, Site

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]

CALL_DUE_S = 60.0
"""Ten seconds, and what it takes to find a way that is closed."""


async def ready(person: Person) -> None:
    button = person.page.get_by_test_id("try-network")
    await expect(button).to_be_enabled(timeout=DEVICES_DUE_S * 1000)


async def try_network(person: Person) -> dict[str, str]:
    """Return what the page says of each way, once the result is stored."""
    await person.click("try-network")
    stored = person.page.get_by_test_id("check-stored")
    await expect(stored).to_have_text(
        "Résultat consigné pour les deux directions.", timeout=CALL_DUE_S * 1000
    )
    tags = {way: person.page.get_by_test_id(f"way-{way}").locator(".tag") for way in WAYS}
    return {way: await tag.inner_text() for way, tag in tags.items()}


WAYS = ("udp", "tcp", "turn")


@pytest.mark.requirement("B5")
async def test_everybody_tries_their_way_to_the_relay_and_both_offices_are_told(
    host: Host, site: Site, cast: Cast
) -> None:
    """A candidate whose network lets no UDP through, and an agent whose network does."""
    site.create_session()
    cast.window = (1280, 900)
    host.block_udp()
    organiser = await cast.enter(ORGANISER)
    secure = f"--unsafely-treat-insecure-origin-as-secure={site.origin(host.gateway)}"
    candidate = await cast.enter(CANDIDATE, program=str(host.chromium()), flags=[secure])
    await organiser.join(site)
    await organiser.click("check-devices")
    await candidate.page.goto(site.link(CANDIDATE, host.gateway))
    await asyncio.gather(ready(organiser), ready(candidate))
    found = tuple(await asyncio.gather(try_network(organiser), try_network(candidate)))
    assert found == (
        {"udp": "ouvert", "tcp": "ouvert", "turn": "non prévu ici"},
        {"udp": "fermé", "tcp": "ouvert", "turn": "non prévu ici"},
    )
    for person in (organiser, candidate):
        verdict = await person.page.get_by_test_id("verdict").inner_text()
        assert verdict in {"Bon", "Passable", "Insuffisant"}

    await organiser.click("leave-devices")
    shown = organiser.page.get_by_test_id(f"device-check-{CANDIDATE}").first
    assert "(TCP)" in await shown.inner_text()
    checks = {
        event["participant_id"]: event
        for event in await organiser.events()
        if event["type"] == "device.checked"
    }
    assert checks[CANDIDATE]["path"] == "tcp"
    assert (checks[CANDIDATE]["open_paths"], checks[ORGANISER]["open_paths"]) == (
        ["tcp"],
        ["udp", "tcp"],
    )
    for check in checks.values():
        # There and back: sound and pictures, which a path that loses all would not bring.
        assert check["bitrate_bps"] > 50_000
        assert check["frames_per_s"] > 0
        assert check["lost_permille"] < 1000
        assert check["browser"].startswith("Chrome ")
    state = await organiser.state()
    assert not state["people"][CANDIDATE]["is_connected"], "a check is never the exam"
    cast.no_page_failed()
