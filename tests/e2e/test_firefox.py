"""The chair at Debian's Firefox: joins by link, sees and hears, is cut off, and comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.firefox import FirefoxPerson, firefox_of
from tests.e2e.netns import Host
from tests.e2e.office import open_office
from tests.e2e.people import DUE_S, Cast, Received, Seated, clock, is_flowing, last_outage
from tests.e2e.site import CANDIDATE, CHAIR, INVIGILATOR, ORGANISER, SITTING, Site

CUT_S = 4.0
LEAST_FRAMES, LEAST_ENERGY = 10, 1e-6
_KEYS = """async () => {
  const opened = indexedDB.open("visiojury");
  await new Promise((resolve) => { opened.onsuccess = resolve; });
  const asked = opened.result.transaction("identities").objectStore("identities").getAll();
  await new Promise((resolve) => { asked.onsuccess = resolve; });
  const private = asked.result.map(({ key }) => key.privateKey);
  return private.map((one) => [one.extractable, one.algorithm.namedCurve]);
}"""

pytestmark = [pytest.mark.alone, pytest.mark.timeout(150)]


async def test_firefox_joins_sees_hears_and_comes_back_after_a_cut(
    host: Host, site: Site, cast: Cast, tmp_path: Path
) -> None:
    site.create_session()
    async with firefox_of(CHAIR, host, tmp_path) as chair:
        await chair.join(site, host.gateway)
        assert await chair.page.evaluate(_KEYS) == [[False, "P-256"]]
        # With the third there are enough of the commission for the sitting to begin.
        await cast.join_all(site, but=(ORGANISER, INVIGILATOR, CHAIR))
        await begin(site, chair)
        room = {CHAIR: chair, CANDIDATE: cast[CANDIDATE]}
        await the_chair_and_the_candidate_see_and_hear_each_other(room)

        start = await asyncio.to_thread(host.cut)
        await chair.page.wait_for("[data-testid=outage-own]")
        await asyncio.sleep(start.at_s + CUT_S - time.time())
        await asyncio.to_thread(host.mend)
        await chair.until(
            lambda s: last_outage(s).get("end_ms") is not None and is_flowing(s, CHAIR), "return"
        )
        await chair.page.wait_for("[data-testid=outage-own]", is_there=False)
        await the_chair_and_the_candidate_see_and_hear_each_other(room)
        assert chair.errors == []
    cast.no_page_failed()


async def begin(site: Site, chair: FirefoxPerson) -> None:
    """Up to a running sitting, which the chair opens by their page."""
    async with open_office(site) as office:
        for agent in (office.organiser, office.invigilator):
            await agent.act("take_duty")
        await office.check_identities()
        await office.admit(SITTING)
    await chair.page.click("[data-testid=act-start]")
    await chair.until(lambda s: clock(s).get("runs") is True, "running clock")


async def the_chair_and_the_candidate_see_and_hear_each_other(room: Mapping[str, Seated]) -> None:
    """Soon: a picture that a busy machine had to leave out for a while comes back."""
    for who, other in ((CHAIR, CANDIDATE), (CANDIDATE, CHAIR)):
        began_s, before = time.monotonic(), await room[who].received()
        frames, energy = 0, 0.0
        while frames < LEAST_FRAMES or energy < LEAST_ENERGY:
            assert time.monotonic() - began_s < DUE_S, (who, frames, energy)
            await asyncio.sleep(0.5)
            now = await room[who].received()
            was_seen, seen, was_heard, heard = (
                had.get((other, kind), Received())
                for kind in ("video", "audio")
                for had in (before, now)
            )
            frames, energy = seen.frames - was_seen.frames, heard.energy - was_heard.energy
        took_s = time.monotonic() - began_s
        print(f"{who} <- {other}: {frames} frames, energy {energy:.1e} in {took_s:.1f} s")
