"""Real browsers behind a bad link: what a person sees and hears of it.

Both people sit in one network namespace, so that what one sends to the other crosses the bad link
twice: each way loses the share named.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from playwright.async_api import Page

from media.kinds import Direction, Stream
from media.messages import StreamInterrupted, StreamStarted
from tests.e2e.netns import Host
from tests.media.browsers import enter, inbound, launched, make_noise, sees_and_hears, serving
from tests.media.robots import Desk, running

pytestmark = pytest.mark.alone

WATCHED_S = 20.0
FINDING_OUT_S = 10.0
"""A link that has just become narrow."""


@pytest.fixture
async def desk(host: Host) -> AsyncIterator[Desk]:
    async with running(host.gateway, host.gateway) as made:
        yield made


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_noise(tmp_path_factory.mktemp("camera") / "noise.y4m")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("percent", "frozen_ms"), [(1, 1000), (5, 2000)])
async def test_random_loss_both_ways_is_repaired(
    host: Host, desk: Desk, noise: Path, percent: int, frozen_ms: float
) -> None:
    async with serving(host.gateway) as url, launched(noise, program=host.chromium(), url=url) as b:
        pages: list[Page] = [await enter(b, url, desk, name, "all") for name in ("anna", "bert")]
        for page in pages:
            await sees_and_hears(page, 1)
        host.lose(percent)
        for page in pages:
            await page.evaluate("relayTest.watch()")
        before = [await inbound(page, "audio") for page in pages]
        await asyncio.sleep(WATCHED_S)
        for page, [earlier] in zip(pages, before, strict=True):
            longest_ms = (await page.evaluate("relayTest.longestGapsMs()"))[-1]
            [picture], [sound] = await inbound(page, "video"), await inbound(page, "audio")
            samples = sound["samples"] - earlier["samples"]
            silent = (sound["silent"] - earlier["silent"]) / samples
            print(
                f"{percent} %: frozen {longest_ms:.0f} ms at most; silent {silent:.4f}; {picture}"
            )
            assert picture["repeated"] > 0
            assert longest_ms < frozen_ms
            # Concealment and in-band correction leave next to nothing silent.
            assert samples > 0.9 * 48_000 * WATCHED_S
            assert silent < 0.01
    assert desk.stats[-1].relay.repeated > 0
    assert desk.heard(StreamInterrupted) == []


def sum_of(pictures: list[dict[str, Any]], name: str) -> int:
    return sum(one[name] for one in pictures)


@pytest.mark.timeout(150)
async def test_a_narrow_link_hurts_only_who_is_behind_it(
    host: Host, desk: Desk, noise: Path
) -> None:
    rids = ("h", "f")
    async with (
        serving(host.gateway) as url,
        launched(noise, url=url) as near,
        launched(noise, program=host.chromium(), url=url) as far,
    ):
        anna = await enter(near, url, desk, "anna", "all", rids)
        await enter(near, url, desk, "bert", "all", rids)
        carl = await enter(far, url, desk, "carl", "all", rids)
        await sees_and_hears(anna, 2)
        await sees_and_hears(carl, 2)
        host.narrow(300)
        narrowed_s = time.monotonic()
        await asyncio.sleep(FINDING_OUT_S)
        await anna.evaluate("relayTest.watch()")
        names = [(page, kind) for page in (anna, carl) for kind in ("audio", "video")]
        before = [await inbound(page, kind) for page, kind in names]
        await asyncio.sleep(WATCHED_S)
        after = [await inbound(page, kind) for page, kind in names]
        # Of two: what carl sends depends on feedback that comes to him through the narrow link.
        frozen_ms = (await anna.evaluate("relayTest.longestGapsMs()"))[0]
    frames = [
        sum_of(a, "framesDecoded") - sum_of(b, "framesDecoded")
        for a, b in zip(after, before, strict=True)
    ]
    samples, silent = (
        sum_of(after[2], name) - sum_of(before[2], name) for name in ("samples", "silent")
    )
    concealed = (sum_of(after[2], "concealed") - sum_of(before[2], "concealed")) / samples
    print(f"anna: {frames[1]} frames, frozen {frozen_ms:.0f} ms at most")
    print(
        f"carl: {frames[3]} frames, sound concealed {concealed:.3f}, silent {silent / samples:.3f}"
    )
    assert frozen_ms < 1000
    assert frames[1] > 10 * WATCHED_S
    assert frames[3] > 3 * WATCHED_S
    assert concealed < 0.1
    # Until it is found out, the link carries parts of each picture and none whole: only to carl.
    for interrupted in desk.heard(StreamInterrupted):
        assert (interrupted.peer, interrupted.stream) == ("carl", Stream.VIDEO)
        assert interrupted.direction is Direction.RECEIVED
        assert interrupted.since_s < narrowed_s + FINDING_OUT_S


@pytest.mark.timeout(150)
async def test_a_narrow_uplink_is_filled_but_for_a_third_and_nothing_is_lost_on_it(
    host: Host, desk: Desk, noise: Path
) -> None:
    """The sender estimates what its path carries, from when its packets arrived."""
    host.narrow_up(700)
    async with serving(host.gateway) as url, launched(noise, program=host.chromium(), url=url) as b:
        anna = await enter(b, url, desk, "anna", "all")
        await desk.told(StreamStarted, peer="anna", stream=Stream.VIDEO)
        await asyncio.sleep(FINDING_OUT_S)
        first = len(desk.stats)
        await asyncio.sleep(WATCHED_S)
        await anna.close()
    pictures = [
        one
        for stats in desk.stats[first:]
        for peer in stats.peers
        for one in peer.streams
        if (peer.peer, one.stream, one.direction) == ("anna", Stream.VIDEO, Direction.SENT)
    ]
    kbit_per_s = [one.bitrate_bps / 1000 for one in pictures]
    lost = sum(one.lost for one in pictures)
    least, most = min(kbit_per_s), max(kbit_per_s)
    print(f"{mean(kbit_per_s):.0f} kbit/s, {least:.0f} to {most:.0f}, lost {lost}")
    assert mean(kbit_per_s) > 450
    assert lost < 0.01 * sum(one.packets for one in pictures)
