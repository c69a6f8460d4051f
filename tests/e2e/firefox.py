"""Debian's Firefox on a host of its own, and somebody before it.

Only what a person without hardware lacks is set otherwise than Debian ships it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.e2e.bidi import BiDi, Tab
from tests.e2e.netns import Host
from tests.e2e.people import Seated, is_flowing
from tests.e2e.site import Site

FIREFOX = Path("/usr/bin/firefox-esr")
START_S = 30.0
END_S = 10.0
_REPORT_POLICY = """() => {
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    console.error("against the policy:", violatedDirective, blockedURI));
}"""
_LISTENING = "WebDriver BiDi listening on "


def preferences(host: Host) -> dict[str, str | int | bool]:
    return {
        # A camera and a microphone that are none, and nobody to say yes to them.
        "media.navigator.streams.fake": True,
        "media.navigator.permission.disabled": True,
        # An origin without a certificate, taken as if it had one.
        "dom.securecontext.allowlist": host.gateway,
        # Nobody is to be asked anything, and nobody outside to be told.
        "app.normandy.enabled": False,
        "app.update.auto": False,
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.server": "",
    }


@dataclass
class FirefoxPerson(Seated):
    page: Tab

    async def join(self, site: Site, host: str) -> None:
        """Open the link, give the code, check devices, enter."""
        await self.page.goto(site.link(self.who, host))
        if (code := site.invitations[self.who].code) is not None:
            await self.page.wait_for("[data-testid=code-input]:focus")
            await self.page.type(code)
            await self.page.click("[data-testid=code-submit]")
        await self.page.click("[data-testid=enter-room]")
        await self.until(lambda state: state["me"] == self.who, "a state")
        await self.until(lambda state: is_flowing(state, self.who), "own media at the relay")


@asynccontextmanager
async def firefox_of(who: str, host: Host, directory: Path) -> AsyncIterator[FirefoxPerson]:
    """Start a Firefox on `host`, with a profile below `directory`, for one person."""
    profile = directory / "firefox"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences(host).items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(host.inside(FIREFOX), "--headless", "--no-remote", "--profile", profile),
        *("--remote-debugging-port", "0"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(directory), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(START_S):
            address = await _address(process)
        connector = aiohttp.TCPConnector(socket_factory=host.socket)
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.ws_connect(f"{address}/session", max_msg_size=0) as socket,
            asyncio.TaskGroup() as tasks,
        ):
            bidi = BiDi(socket)
            tasks.create_task(bidi.listen())
            yield FirefoxPerson(who, await _tab(bidi), bidi.logged)
            await bidi.send("browser.close")
    finally:
        await _end(process)


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = []
    async for line in process.stderr:
        said.append(line.decode(errors="replace").strip())
        if said[-1].startswith(_LISTENING):
            return said[-1].removeprefix(_LISTENING)
    raise AssertionError(f"Firefox ended: {said}")


async def _tab(bidi: BiDi) -> Tab:
    session = await bidi.send("session.new", capabilities={})
    print("Firefox", session["capabilities"]["browserVersion"])
    await bidi.send("session.subscribe", events=["log.entryAdded"])
    await bidi.send("script.addPreloadScript", functionDeclaration=_REPORT_POLICY)
    opened = await bidi.send("browsingContext.create", type="tab")
    return Tab(bidi, opened["context"])


async def _end(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(END_S):
            # Whatever it still says has to be taken, else it waits for that.
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
