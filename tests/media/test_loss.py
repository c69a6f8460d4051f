"""Real browsers behind a bad link: what a person sees and hears of it.

Both people sit in one network namespace, so that what one sends to the other crosses the bad link
twice: each way loses the share named.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from media.messages import StreamInterrupted
from tests.e2e.netns import Host
from tests.media.browsers import enter, inbound, launched, make_noise, sees_and_hears, serving
from tests.media.robots import Desk, running

pytestmark = pytest.mark.slow

WATCHED_S = 20.0


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
            longest_ms = await page.evaluate("relayTest.longestGapMs")
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
