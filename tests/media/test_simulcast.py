"""A camera of several layers: in a real browser, and packet by packet."""

import asyncio

import pytest
from playwright.async_api import Browser

from media.messages import View
from tests.media.browsers import (
    enter,
    inbound,
    sees_and_hears,
    sees_width,
    stats,
)
from tests.media.robots import ROOM, Desk

pytestmark = pytest.mark.alone
RIDS = ("h", "f")


@pytest.mark.timeout(120)
async def test_a_receiver_gets_the_layer_it_shows(browser: Browser, site: str, desk: Desk) -> None:
    anna = await enter(browser, site, desk, "anna", "all", RIDS)
    bert = await enter(browser, site, desk, "bert", "all", RIDS)
    await sees_and_hears(bert, 1)
    await sees_width(bert, 640)
    [picture] = await inbound(bert, "video")
    for height, width in ((180, 320), (720, 640), (180, 320)):
        await desk.relay.request(View(room=ROOM, peer="bert", heights={picture["mid"]: height}))
        await bert.evaluate("relayTest.watch()")
        await sees_width(bert, width)
        longest_ms = (await bert.evaluate("relayTest.longestGapsMs()"))[-1]
        print(f"to {width}: no picture for {longest_ms:.0f} ms at most")
        assert longest_ms < 1000
    sent = [one for one in (await stats(anna))["outbound"] if one["kind"] == "video"]
    assert sorted(one["rid"] for one in sent) == sorted(RIDS)

    await desk.relay.request(View(room=ROOM, peer="bert", heights={picture["mid"]: 0}))
    await asyncio.sleep(0.5)
    [before] = await inbound(bert, "video")
    await asyncio.sleep(1.5)
    [after] = await inbound(bert, "video")
    assert after["packets"] == before["packets"]
