"""Whether lips match sound at a receiver: somebody claps, and a browser sees and hears it."""

from __future__ import annotations

import asyncio
import statistics

import pytest
from playwright.async_api import Browser, Page

from media.messages import SetGroups
from tests.media.browsers import enter
from tests.media.robots import ROOM, Desk

pytestmark = [pytest.mark.alone, pytest.mark.timeout(90)]

LATE_MS, EARLY_MS = 125, 45
"""Sound against picture where people begin to notice (ITU-R BT.1359-1, 2.1)."""
SETTLE_S, WATCH_S = 4, 5
"""A browser approaches the right delay in steps, each second."""


async def early_ms(page: Page) -> float:
    """Return by how much claps are heard before they are seen: the median of some seconds."""
    await asyncio.sleep(SETTLE_S)
    found = await page.evaluate("seconds => relayTest.claps(seconds)", WATCH_S)
    assert min(len(found["seen"]), len(found["heard"])) >= WATCH_S - 2, found
    nearest = [min((seen - heard for heard in found["heard"]), key=abs) for seen in found["seen"]]
    return float(statistics.median(nearest))


async def test_claps_are_heard_as_they_are_seen_by_who_comes_late_and_who_comes_back(
    browser: Browser, site: str, desk: Desk
) -> None:
    await enter(browser, site, desk, "anna", "all", claps=True)
    await asyncio.sleep(5)
    late = await enter(browser, site, desk, "late", "all")
    found = {"late": await early_ms(late)}
    await desk.relay.request(SetGroups(room=ROOM, groups={"late": None}))
    await asyncio.sleep(2)
    await desk.relay.request(SetGroups(room=ROOM, groups={"late": "all"}))
    found["back"] = await early_ms(late)
    print("heard before seen:", {name: f"{one:.0f} ms" for name, one in found.items()})
    assert all(-LATE_MS < one < EARLY_MS for one in found.values()), found
