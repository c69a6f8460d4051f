"""Cameras of two codecs in one room: what each is asked to send, and what each can be shown."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCRtpSender
from playwright.async_api import Browser

from media.kinds import Codec
from media.sdp import read_offer
from tests.media.browsers import enter, inbound, sees_and_hears
from tests.media.robots import Desk, Robot, until

pytestmark = pytest.mark.alone


def only(robot: Robot, codec: str) -> Robot:
    """Let it offer no other codec of pictures."""
    all_codecs = RTCRtpSender.getCapabilities("video").codecs
    kept = [one for one in all_codecs if one.mimeType in {f"video/{codec}", "video/rtx"}]
    for transceiver in robot.connection.getTransceivers():
        if transceiver.kind == "video":
            transceiver.setCodecPreferences(kept)
    return robot


def seen(robot: Robot) -> set[float]:
    """The brightness of each picture it decodes, to the nearest ten."""
    pictures = [one for one in robot.slots.values() if one.kind == "video" and one.frames > 3]
    return {round(one.luma, -1) for one in pictures}


def heard(robot: Robot) -> int:
    return sum(one.frames > 20 for one in robot.slots.values() if one.kind == "audio")


@pytest.mark.timeout(60)
async def test_who_has_only_h264_sees_who_comes_later_and_is_seen(desk: Desk) -> None:
    anna = only(desk.robot("anna", luma=60), "H264")
    bert = desk.robot("bert", luma=120)
    await anna.join(desk.relay)
    answer = (await bert.join(desk.relay)).answer
    assert "H264/90000" in answer.split("m=")[2], "asked to send what anna has"
    await until(lambda: seen(anna) == {120} and seen(bert) == {60})

    # Who has only the other one is heard, and shows nobody what they could not decode.
    carl = only(desk.robot("carl", luma=180), "VP8")
    await carl.join(desk.relay)
    await until(lambda: seen(bert) == {60, 180} and heard(anna) == heard(carl) == 2)
    await asyncio.sleep(0.5)
    assert (seen(anna), seen(carl)) == ({120}, set())


async def test_both_are_offered_and_the_first_is_taken_while_all_have_it(desk: Desk) -> None:
    anna, bert = desk.robot("anna", luma=60), only(desk.robot("bert", luma=120), "VP8")
    sdp, fingerprint = await anna.offer()
    plan = read_offer(sdp, fingerprint=fingerprint)
    assert [uplink.codec for uplink in plan.uplinks] == [Codec.OPUS, Codec.VP8]
    assert [one.codec for one in plan.slots[-1].formats] == [Codec.VP8, Codec.H264]
    for robot in (anna, bert):
        await robot.join(desk.relay)
    await until(lambda: seen(anna) == {120} and seen(bert) == {60})


@pytest.mark.timeout(90)
async def test_a_browser_that_has_only_h264_meets_one_that_has_both(
    browser: Browser, site: str, desk: Desk
) -> None:
    anna = await enter(browser, site, desk, "anna", "all", codec="H264")
    bert = await enter(browser, site, desk, "bert", "all")
    for page in (anna, bert):
        await sees_and_hears(page, 1)
        [picture] = await inbound(page, "video")
        assert picture["codec"] == "video/H264"
