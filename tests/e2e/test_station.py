"""Two members of the jury share a station: signed in and attested, called, then cut off."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page

from tests.e2e.netns import Host
from tests.e2e.people import DEVICES_DUE_S, DUE_S, Cast, Person, is_flowing
from tests.e2e.site import (
    ABSENT_EXAMINER,
    CHAIR,
    EXAMINER,
    INVIGILATOR,
    ORGANISER,
    SITTING,
    Site,
    event_types,
)

STATION = "station-1"
AT_IT = (EXAMINER, ABSENT_EXAMINER)
KNOWN_S = 2.2
"""Within which the relay knows that sound and picture no longer arrive."""
SHOWN_S = 2.0
BUSY_S = 3.0
"""More, on a machine that others are using."""

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


@pytest.mark.requirement("J1", "J2", "J4", "D11")
async def test_two_members_share_a_station_through_the_roll_call_until_it_is_cut(
    host: Host, site: Site, cast: Cast
) -> None:
    site.create_session()
    cast.window = (1280, 900)
    organiser, chair = await cast.enter(ORGANISER), await cast.enter(CHAIR)
    await organiser.join(site)
    for examiner in (CHAIR, *AT_IT):
        await organiser.click(f"act-check_identity-{examiner}")
    station = await open_station(host, site, cast, organiser)
    for examiner in AT_IT:
        await attest(organiser, examiner)
    await here(station.page, EXAMINER)
    await chair.join(site)
    tile = chair.page.get_by_test_id(f"tile-{STATION}")
    await tile.get_by_test_id(f"occupant-{ABSENT_EXAMINER}").wait_for()
    assert "identité vérifiée par Odile Schmitt" in await tile.inner_text()
    assert await chair.page.get_by_test_id(f"tile-{EXAMINER}").count() == 0

    await begin_deliberation(site, cast, chair)
    await sign_in(site, station)
    await organiser.click(f"attest-{ABSENT_EXAMINER}")
    await called(chair)
    await is_cut(host, organiser, chair)

    events = await organiser.events()
    assert {"station.enrolled", "station.placed", "station.signed_in"} <= set(event_types(events))
    answered = [e for e in events if e["type"] == "roll_call.answered"]
    assert [(e["attendance"], e["place"], e["station_id"]) for e in answered] == [
        ("on_site", "Salle 12, Poste 1", STATION)
    ] * 2
    bound = [e["participant_id"] for e in events if e["type"] == "media.bound"]
    assert set(bound) == {STATION, CHAIR}, "whoever is at a station has no connection of their own"
    cast.no_page_failed()


async def open_station(host: Host, site: Site, cast: Cast, organiser: Person) -> Person:
    """An agent enrols it; its link is opened on the machine in the room."""
    page = organiser.page
    await organiser.click("open-enrol_station")
    await page.get_by_test_id("station-name").fill("Poste 1")
    await page.get_by_test_id("station-room").fill("Salle 12")
    today = datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()
    await page.get_by_test_id("station-day").fill(today)
    await organiser.click("act-enrol_station")
    await organiser.click(f"open-{STATION}")
    link = await page.get_by_test_id(f"link-{STATION}").inner_text()
    secure = f"--unsafely-treat-insecure-origin-as-secure={site.origin(host.gateway)}"
    station = await cast.enter(STATION, program=str(host.chromium()), flags=[secure])
    await station.page.goto(f"{site.origin(host.gateway)}/#{link.partition('#')[2]}")
    entry = station.page.get_by_test_id("enter-room")
    await entry.click(timeout=DEVICES_DUE_S * 1000)
    await station.page.get_by_test_id("station-room").wait_for()
    await organiser.until(lambda s: s["stations"][STATION]["state"] == "here", "station")
    return station


async def attest(organiser: Person, who: str) -> None:
    await organiser.page.get_by_test_id(f"attest-{STATION}").select_option(who)
    await organiser.click(f"attest-{who}")
    await organiser.page.get_by_test_id(f"at-{STATION}-{who}").wait_for()


async def here(page: Page, who: str) -> None:
    await page.get_by_test_id(f"here-{who}").wait_for(timeout=DUE_S * 1000)


async def begin_deliberation(site: Site, cast: Cast, chair: Person) -> None:
    """The candidate does not come; what was attested before the meeting has to be renewed."""
    invigilator = await cast.enter(INVIGILATOR)
    await invigilator.join(site)
    await invigilator.act("mark_absent", sitting_id=SITTING)
    await chair.click("act-open_deliberation")
    await chair.click(f"roll-{EXAMINER}-on_site")
    refusal = chair.page.get_by_test_id("refusal")
    await refusal.wait_for()
    assert "d’avant l’appel" in await refusal.inner_text()


async def sign_in(site: Site, station: Person) -> None:
    """By the code that the office gave for the person's own link."""
    code = site.invitations[EXAMINER].code or ""
    await station.page.get_by_test_id("sign-in-who").select_option(EXAMINER)
    await station.page.get_by_test_id("sign-in-code").fill(code)
    await station.click("sign-in-submit")
    await station.until(
        lambda s: not s["stations"][STATION]["people"][EXAMINER]["is_stale"], "signed in"
    )
    assert await station.page.get_by_test_id("sign-in-code").input_value() == ""


async def called(chair: Person) -> None:
    await chair.until(lambda s: is_flowing(s, EXAMINER), "the station's media")
    for examiner in AT_IT:
        await chair.click(f"roll-{examiner}-on_site")
    state = await chair.until(
        lambda s: all(member(s, who).get("attendance") == "on_site" for who in AT_IT), "roll call"
    )
    assert {member(state, who)["place"] for who in AT_IT} == {"Salle 12, Poste 1"}
    known_by = [member(state, who)["authentication"] for who in AT_IT]
    assert known_by == ["station+code", "attested"]
    row = chair.page.get_by_test_id(f"member-{EXAMINER}")
    assert "Salle 12, Poste 1" in await row.inner_text()


async def is_cut(host: Host, organiser: Person, chair: Person) -> None:
    """Shown to agent and chair as soon as it is known; the members at it are cut off."""
    start_s = (await asyncio.to_thread(host.cut)).after_s
    for person in (organiser, chair):
        await person.until(lambda s: s["stations"][STATION]["state"] == "silent", "silence")
    assert time.time() - start_s < KNOWN_S + SHOWN_S + BUSY_S
    state = await chair.until(lambda s: member(s, EXAMINER)["is_cut_off"], "cut off")
    assert member(state, ABSENT_EXAMINER)["is_cut_off"]
    await organiser.page.get_by_test_id(f"station-{STATION}").get_by_text("ni image").wait_for()
    await chair.page.get_by_test_id(f"member-{EXAMINER}").get_by_text("coupé").wait_for()
    await asyncio.to_thread(host.mend)
    for person in (organiser, chair):
        await person.until(lambda s: s["stations"][STATION]["state"] == "here", "its return")


def member(state: dict[str, Any], who: str) -> dict[str, Any]:
    found: dict[str, Any] = state["register_lines"][who]
    return found
