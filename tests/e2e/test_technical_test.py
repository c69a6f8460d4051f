"""The staff of both offices in the technical test, at real browsers, until the jury meets."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from signaling.demonstration import GRAND_EST
from tests.e2e.images import photograph
from tests.e2e.people import DEVICES_DUE_S, DUE_S, POLL_S, Cast, Person, is_flowing
from tests.e2e.site import CHAIR, INVIGILATOR, SITTING, Site
from visiojury.exam.people import Participant, Role
from visiojury.rehearsal.client import Client

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]

TECHNICIAN = "technicien"
STOPPED_S = 0.5
"""Within which nothing more arrives, once the deliberation is open: the relay's own word."""
WATCHED_S = 1.0

_ARRIVED = """async () => {
  const reports = [...(await window.pc.getStats()).values()];
  const packets = (kind) => reports.filter((one) => one.type === "inbound-rtp" && one.kind === kind)
    .reduce((sum, one) => sum + one.packetsReceived, 0);
  return [packets("audio"), packets("video")];
}"""
"""Packets of sound and of pictures that reached a page so far, from anybody."""
_STAY = """() => {
  const app = document.querySelector("vj-app");
  window.pc = app.media.pc;
  app.leaveTest = () => {};
}"""
"""A page that does not let go of its connection: then only the relay stops what flows."""


async def join_test(person: Person) -> None:
    await person.click("join-test")
    entry = person.page.get_by_test_id("enter-room")
    await entry.and_(person.page.locator(":enabled")).wait_for(timeout=DEVICES_DUE_S * 1000)
    await person.click("enter-room")
    await person.until(lambda state: is_flowing(state, person.who), "own media in the test")


async def hears_and_sees(person: Person, other: str) -> None:
    end_s = time.monotonic() + DUE_S
    while time.monotonic() < end_s:
        got = await person.received()
        kinds = {kind: got.get((other, kind)) for kind in ("audio", "video")}
        sound, picture = kinds["audio"], kinds["video"]
        if sound and picture and sound.energy > 0 and picture.frames > 0:
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"{person.who} gets no picture and sound of {other}")


@pytest.mark.requirement("B5", "J6")
async def test_the_staff_of_both_offices_meet_until_the_jury_does(site: Site, cast: Cast) -> None:
    technician = Participant(
        participant_id=TECHNICIAN,
        family_name="Weber",
        given_name="Tom",
        role=Role.TECHNICIAN,
        office_id=GRAND_EST.office_id,
    )
    site.create_session(guests=(technician,))
    cast.window = (1280, 900)
    people = [await cast.enter(who) for who in (TECHNICIAN, INVIGILATOR)]
    for person in people:
        await person.join(site)
    organisers, hosts = people
    assert await organisers.page.get_by_test_id("join-test").count() == 0
    await hosts.click("act-open_technical_test")
    for person in people:
        await join_test(person)
    await hears_and_sees(organisers, INVIGILATOR)
    await hears_and_sees(hosts, TECHNICIAN)
    await photograph(hosts.page, "technical-test")

    for person in people:
        await person.page.evaluate(_STAY)
    await hosts.act("mark_absent", sitting_id=SITTING)
    async with aiohttp.ClientSession() as http:
        chair = Client(http, site.origin(), site.invitations[CHAIR])
        await chair.redeem()
        await chair.act("open_deliberation")
    for person in people:
        await person.until(lambda state: state["place"] == "waiting", "end of the test")
    await asyncio.sleep(STOPPED_S)
    before = [await person.page.evaluate(_ARRIVED) for person in people]
    await asyncio.sleep(WATCHED_S)
    assert [await person.page.evaluate(_ARRIVED) for person in people] == before
    assert all(min(packets) > 0 for packets in before)
    cast.no_page_failed()
