"""Real browsers on the test page: their camera, their launch, what they say of themselves."""

from __future__ import annotations

import asyncio
import math
import os
import random
import wave
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from media.messages import Join, Joined
from tests.media.robots import ROOM, Desk

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTH, HEIGHT, FRAMES = 640, 480, 10


def make_noise(path: Path) -> Path:
    """Write a camera for Chromium: a YUV4MPEG2 file of faint noise."""
    faint = bytes(112 + value % 32 for value in range(256))
    dice = random.Random(2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420\n".encode())
        for _ in range(FRAMES):
            luma = dice.randbytes(WIDTH * HEIGHT).translate(faint)
            file.write(b"FRAME\n" + luma + b"\x80" * (WIDTH * HEIGHT // 2))
    return path


def make_voice(path: Path) -> Path:
    """Write a microphone for Chromium: syllables of a low tone."""
    rate_hz, seconds = 48_000, 2
    wave_form = array(
        "h",
        (
            round(9000 * math.sin(2 * math.pi * 220 * at / rate_hz)) if at % 24_000 < 19_000 else 0
            for at in range(rate_hz * seconds)
        ),
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(wave_form.tobytes())
    return path


@asynccontextmanager
async def serving(host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve the test page at that address; yields its URL."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(Path(__file__).with_name("page.html"))

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    address, port = runner.addresses[0][:2]
    yield f"http://{address}:{port}/"
    await runner.cleanup()


@asynccontextmanager
async def launched(
    noise: Path, *, program: Path = CHROMIUM, url: str = ""
) -> AsyncIterator[Browser]:
    """Run Chromium with that camera; it takes `url` for as safe as this machine's own pages."""
    async with async_playwright() as playwright:
        # Named by the environment where it is not Debian's.
        path = os.environ.get("CHROMIUM", str(program)) if program == CHROMIUM else str(program)
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=[
                *FLAGS,
                f"--use-file-for-fake-video-capture={noise}",
                f"--use-file-for-fake-audio-capture={make_voice(noise.with_suffix('.wav'))}",
                f"--unsafely-treat-insecure-origin-as-secure={url.rstrip('/')}",
            ],
        )
        yield browser
        await browser.close()


def fingerprint_of(sdp: str) -> str:
    prefix = "a=fingerprint:sha-256 "
    line = next(line for line in sdp.splitlines() if line.startswith(prefix))
    return line.removeprefix(prefix)


async def enter(
    browser: Browser,
    site: str,
    desk: Desk,
    name: str,
    group: str | None,
    rids: Sequence[str] = (),
    *,
    codec: str = "",
    claps: bool = False,
) -> Page:
    """Open the page and let it in; it offers no other codec of pictures where one is named.

    Instead of camera and microphone it sends someone who claps each second, where asked.
    """
    page = await (await browser.new_context()).new_page()
    await page.goto(site)
    sdp = await page.evaluate(
        "what => relayTest.offer(11, what)",
        {"rids": list(rids), "codec": codec, "claps": claps},
    )
    joined = await desk.relay.request(
        Join(room=ROOM, peer=name, offer=sdp, fingerprint=fingerprint_of(sdp), group=group)
    )
    assert isinstance(joined, Joined)
    assert joined.slots == 11
    await page.evaluate("sdp => relayTest.answer(sdp)", joined.answer)
    return page


async def stats(page: Page) -> dict[str, Any]:
    found = await page.evaluate("relayTest.stats()")
    assert isinstance(found, dict)
    return found


async def inbound(page: Page, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in (await stats(page))["inbound"] if entry["kind"] == kind]


async def sees_and_hears(page: Page, pictures: int) -> None:
    """Wait until that many pictures are decoded, and sound with energy as often."""
    async with asyncio.timeout(20):
        while True:
            decoded = [e for e in await inbound(page, "video") if e["framesDecoded"] > 5]
            heard = [e for e in await inbound(page, "audio") if e["energy"] > 0.001]
            if len(decoded) == len(heard) == pictures:
                return
            await asyncio.sleep(0.1)


async def sees_width(page: Page, width: int) -> dict[str, Any]:
    """Wait until its one picture has that width; return what it says of it."""
    async with asyncio.timeout(20):
        while True:
            [picture] = await inbound(page, "video")
            if picture["width"] == width:
                return picture
            await asyncio.sleep(0.1)
