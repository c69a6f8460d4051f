"""Chromium on a host of its own, whose network is not a plain one: no UDP, or only IPv6."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from tests.e2e.netns import Host
from tests.media.browsers import FLAGS, enter, sees_and_hears
from tests.media.robots import Desk, running, until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(120)]

_PATH = """async () => {
  const report = await relayTest.connection.getStats();
  const transport = [...report.values()].find((entry) => entry.type === "transport");
  const pair = report.get(transport.selectedCandidatePairId);
  const remote = report.get(pair.remoteCandidateId);
  return { protocol: remote.protocol, address: remote.address, dtls: transport.tlsVersion,
    cipher: transport.dtlsCipher, srtp: transport.srtpCipher };
}"""


@dataclass(frozen=True)
class Route:
    """The way that media takes, as the browser knows it."""

    protocol: str
    address: str
    dtls: str
    cipher: str
    srtp: str


@asynccontextmanager
async def page_site() -> AsyncIterator[int]:
    """Serve the test page on every address of this machine; yield the port."""
    page = Path(__file__).with_name("page.html")

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(page)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "0.0.0.0", 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def met(host: Host, desk: Desk) -> AsyncIterator[Page]:
    """Have the host's Chromium and a robot of this machine see and hear each other."""
    async with page_site() as port, async_playwright() as playwright:
        origin = f"http://{host.gateway}:{port}"
        browser = await playwright.chromium.launch(
            executable_path=str(host.chromium()),
            args=[*FLAGS, f"--unsafely-treat-insecure-origin-as-secure={origin}"],
        )
        try:
            robot = desk.robot("robot", tone_hz=500, luma=60)
            await robot.join(desk.relay)
            page = await enter(browser, origin, desk, "anna", "all")
            await sees_and_hears(page, 1)
            await until(lambda: robot.frames("audio") > 20 and robot.frames("video") > 5)
            yield page
        finally:
            await browser.close()


async def route_of(page: Page) -> Route:
    return Route(**await page.evaluate(_PATH))


@pytest.mark.requirement("T1")
async def test_a_browser_whose_network_lets_no_udp_through_joins_over_tcp(host: Host) -> None:
    host.block_udp()
    async with running("0.0.0.0", host.gateway) as desk, met(host, desk) as page:
        route = await route_of(page)
        assert (route.protocol, route.address) == ("tcp", host.gateway)


async def test_a_browser_joins_over_ipv6(host: Host) -> None:
    async with running("[::]", host.gateway_v6) as desk, met(host, desk) as page:
        route = await route_of(page)
        assert (route.protocol, route.address) == ("udp", host.gateway_v6)


async def test_a_browser_joins_over_ipv4_at_a_relay_of_both_families(host: Host) -> None:
    async with running("[::]", host.gateway) as desk, met(host, desk) as page:
        route = await route_of(page)
        assert (route.protocol, route.address) == ("udp", host.gateway)
        # ASVS 17.2.2, as a real browser negotiates it.
        assert route.dtls == "FEFD"
        assert route.cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        assert route.srtp == "SRTP_AEAD_AES_256_GCM"
