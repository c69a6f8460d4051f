"""Real browsers and a real relay process: what people will see and hear.

The browsers get a camera of moving noise, which costs any encoder all it is given, so that the
bitrate shows what the relay allows and not what the picture needs.
"""

import asyncio
import json
import time

import pytest
from playwright.async_api import Browser

from media.messages import (
    Joined,
    PeerConnected,
    Restart,
    SetGroups,
    SpeakerChanged,
    StreamInterrupted,
)
from tests.media.browsers import (
    enter,
    inbound,
    sees_and_hears,
    stats,
)
from tests.media.robots import ROOM, Desk, until

pytestmark = pytest.mark.alone


@pytest.mark.timeout(120)
async def test_browsers_meet_and_the_next_one_sees_a_picture_at_once(
    browser: Browser, site: str, desk: Desk
) -> None:
    anna = await enter(browser, site, desk, "anna", "all")
    bert = await enter(browser, site, desk, "bert", "all")
    await sees_and_hears(anna, 1)
    await sees_and_hears(bert, 1)
    # Both speak all the time; whoever was first is not interrupted.
    assert (await desk.told(SpeakerChanged, group="all")).peer in {"anna", "bert"}
    connected = [(await desk.told(PeerConnected, peer=n)) for n in ("anna", "bert")]
    print("connected after", [f"{e.offer_to_connected_s * 1000:.0f} ms" for e in connected])

    waiting = await enter(browser, site, desk, "waiting", None)
    await desk.told(PeerConnected, peer="waiting")
    await asyncio.sleep(0.5)
    assert (await stats(waiting))["inbound"] == []
    began_ms = time.time() * 1000
    await desk.relay.request(SetGroups(room=ROOM, groups={"waiting": "all"}))
    await waiting.wait_for_function("relayTest.firstPictureAt !== null")
    first_ms = await waiting.evaluate("relayTest.firstPictureAt") - began_ms
    print(f"first picture {first_ms:.0f} ms after admission")
    # The bar of 500 ms is a median, measured in loadtests; here it must only be soon.
    assert first_ms < 3000
    await sees_and_hears(waiting, 2)


@pytest.mark.timeout(120)
async def test_a_browser_soon_sends_a_sharp_picture(
    browser: Browser, site: str, desk: Desk
) -> None:
    anna = await enter(browser, site, desk, "anna", "all")
    await desk.told(PeerConnected, peer="anna")
    began = time.monotonic()

    def bitrate_bps() -> int:
        peers = desk.stats[-1].peers if desk.stats else []
        return sum(s.bitrate_bps for p in peers for s in p.streams if s.stream == "video")

    await until(lambda: bitrate_bps() > 1_000_000, within_s=15)
    print(f"over 1 Mbit/s after {time.monotonic() - began:.1f} s")
    assert (await stats(anna))["availableBps"] > 1_000_000


@pytest.mark.timeout(120)
async def test_an_ice_restart_keeps_everything_flowing(
    browser: Browser, site: str, desk: Desk
) -> None:
    anna = await enter(browser, site, desk, "anna", "all")
    bert = await enter(browser, site, desk, "bert", "all")
    await sees_and_hears(bert, 1)
    sdp = await anna.evaluate(
        """async () => {
          relayTest.connection.restartIce();
          await relayTest.connection.setLocalDescription();
          return relayTest.connection.localDescription.sdp;
        }"""
    )
    joined = await desk.relay.request(Restart(room=ROOM, peer="anna", offer=sdp))
    assert isinstance(joined, Joined)
    await anna.evaluate("sdp => relayTest.answer(sdp)", joined.answer)
    [before] = await inbound(bert, "video")
    await asyncio.sleep(3)
    [after] = await inbound(bert, "video")
    print(json.dumps(after))
    assert after["framesDecoded"] > before["framesDecoded"] + 5
    assert (await stats(anna))["state"] == "connected"
    assert len(desk.heard(PeerConnected, peer="anna")) == 1
    assert desk.heard(StreamInterrupted) == []


@pytest.mark.timeout(120)
async def test_a_page_that_reloads_comes_back_to_its_place(
    browser: Browser, site: str, desk: Desk
) -> None:
    anna = await enter(browser, site, desk, "anna", "all")
    bert = await enter(browser, site, desk, "bert", "all")
    await sees_and_hears(anna, 1)
    await bert.close()
    again = await enter(browser, site, desk, "bert", "all")
    await sees_and_hears(again, 1)
    await sees_and_hears(anna, 1)
