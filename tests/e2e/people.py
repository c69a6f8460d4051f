"""People at real browsers: what they click, what their pages show, what they see and hear."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from tests.e2e.camera import LOOKS, write_camera
from tests.e2e.images import photograph
from tests.e2e.netns import CHROMIUM
from tests.e2e.site import (
    ABSENT_EXAMINER,
    CANDIDATE,
    CHAIR,
    EXAMINER,
    INVIGILATOR,
    ORGANISER,
    SITTING,
    Site,
)
from visiojury.rehearsal.ports import LOCAL

DUE_S = 20.0
DEVICES_DUE_S = 60.0
"""A browser that has just started opens its devices slowly on a busy machine."""
POLL_S = 0.05
ASKS_TWICE = (
    "act-close",
    "act-close_deliberation",
    "act-mark_absent",
    "act-revoke_invitation",
    "reissue-",
)
"""Acts that a hasty click must not carry out; `act-close` while time remains."""
IN_THE_ROOM = (CANDIDATE, EXAMINER, CHAIR)
WATCH = Path(__file__).with_name("watch.js")
FLAGS = (
    "--use-fake-device-for-media-stream",
    "--disable-gpu",  # Pictures are drawn by the processor: the plain way is the cheaper one.
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)
_RECEIVED = """async () => {
  const { pc, slots } = document.querySelector("vj-app").media;
  const received = [];
  for (const report of (await pc.getStats()).values()) {
    const source = slots[report.mid];
    if (report.type === "inbound-rtp" && source) {
      received.push({ who: source.participant_id, kind: report.kind,
        frames: report.framesDecoded ?? 0, energy: report.totalAudioEnergy ?? 0 });
    }
  }
  return received;
}"""


@dataclass(frozen=True)
class Received:
    """Decoded so far from one person."""

    frames: int = 0
    energy: float = 0.0


@dataclass(frozen=True)
class Steps:
    """What a person's hand did."""

    clicks: int
    keys: int

    @property
    def human_s(self) -> float:
        """How long that takes who does it seldom: a thought and a way to each click, and the keys.

        Source: Card, Moran, Newell, The Keystroke-Level Model (CACM 23:7, 1980), averages.
        """
        think_s, point_s, press_s, key_s, home_s = 1.35, 1.1, 0.2, 0.28, 0.4
        typing_s = self.keys * key_s + (think_s + 2 * home_s if self.keys else 0.0)
        return self.clicks * (think_s + point_s + press_s) + typing_s


class Evaluating(Protocol):
    """A page in whatever browser, as far as looking into it goes."""

    async def evaluate(self, expression: str, arg: Any = None) -> Any: ...


@dataclass
class Seated:
    """Somebody before a page: what it knows, and what reaches it."""

    who: str
    page: Evaluating
    errors: list[str] = field(default_factory=list)

    @property
    def has_media(self) -> bool:
        return self.who in IN_THE_ROOM

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] | None = await self.page.evaluate(
            "document.querySelector('vj-app')?.state ?? null"
        )
        return state or {}

    async def until(
        self, holds: Callable[[dict[str, Any]], bool], what: str, *, due_s: float = DUE_S
    ) -> dict[str, Any]:
        """Wait until the page's state is as wanted, and return it."""
        end_s = time.monotonic() + due_s
        while time.monotonic() < end_s:
            state = await self.state()
            if state and holds(state):
                return state
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"{self.who}: no {what} after {due_s} s; errors: {self.errors}")

    async def received(self) -> dict[tuple[str, str], Received]:
        """Return what was decoded so far, by person and kind."""
        rows = await self.page.evaluate(_RECEIVED)
        return {(r["who"], r["kind"]): Received(r["frames"], r["energy"]) for r in rows}


@dataclass
class Person(Seated):
    page: Page

    async def join(
        self, site: Site, host: str = LOCAL, *, at_devices: str = "", query: str = ""
    ) -> None:
        """Open the link, give the code where one is asked for, check devices, enter.

        Args:
            site: where.
            host: the address it is reached at.
            at_devices: name of the picture to take of the device check.
            query: of the address, for what a page can be asked there.
        """
        await self.page.goto(site.link(self.who, host, query=query))
        code = site.invitations[self.who].code
        if code is not None:
            # Typed where the page puts the cursor by itself.
            await self.page.locator("[data-testid=code-input]:focus").wait_for()
            await self.page.keyboard.type(code)
            await self.click("code-submit")
        if self.has_media:
            if at_devices:
                entry = self.page.get_by_test_id("enter-room")
                await entry.wait_for(timeout=DEVICES_DUE_S * 1000)
                await asyncio.sleep(1)  # A second of the level meter.
                await photograph(self.page, at_devices)
            entry = self.page.get_by_test_id("enter-room")
            await entry.and_(self.page.locator(":enabled")).wait_for(timeout=DEVICES_DUE_S * 1000)
            await self.click("enter-room")
        await self.until(lambda state: state["me"] == self.who, "a state")
        if self.has_media:
            await self.until(lambda s: is_flowing(s, self.who), "own media at the relay")

    async def click(self, testid: str) -> None:
        """Press a button; one that asks twice is pressed twice.

        With several sittings an act may stand on the card of each: the first is meant.
        """
        await self.page.get_by_test_id(testid).first.click(timeout=DUE_S * 1000)
        if testid.startswith(ASKS_TWICE):
            await self.page.locator(f"[data-testid={testid}].danger").click(timeout=DUE_S * 1000)

    async def steps(self) -> Steps:
        """Return what the hand did on this page, with the click that opened the link."""
        seen: dict[str, int] = await self.page.evaluate(
            "({ clicks: vjSeen.clicks + 1, keys: vjSeen.keys })"
        )
        return Steps(**seen)

    async def act(self, command: str, **fields: object) -> None:
        """Do an act as the page does it, where its buttons are not what is tested."""
        await self.page.evaluate(
            "(act) => document.querySelector('vj-app').api.command(act)",
            {"command": command, **fields},
        )

    async def banners(self) -> list[dict[str, Any]]:
        """Return when which banner was shown and gone, as watch.js noted."""
        banners: list[dict[str, Any]] = await self.page.evaluate("vjSeen.banners")
        return banners

    async def clock_samples(self, *, last: int = 0) -> list[dict[str, Any]]:
        """Return what the clock said, all of it or only the last times."""
        samples: list[dict[str, Any]] = await self.page.evaluate(
            "(last) => vjSeen.clock.slice(-last)", last
        )
        return samples

    async def first_picture_ms(self, sender: str, *, after_ms: float) -> float:
        """Return when a picture of `sender` was first shown after an instant."""
        end_s = time.monotonic() + DUE_S
        while time.monotonic() < end_s:
            shown = await self.page.evaluate(
                "([who, after]) => vjSeen.pictures[who]?.find((at) => at > after) ?? null",
                [sender, after_ms],
            )
            if shown is not None:
                return float(shown)
            await asyncio.sleep(2 * POLL_S)
        raise AssertionError(f"{self.who}: no picture of {sender}; errors: {self.errors}")

    async def document(self, path: str) -> bytes:
        """Return a document as the page itself gets it, with its proof."""
        data: list[int] = await self.page.evaluate(
            """async (path) => {
              const blob = await document.querySelector("vj-app").api.document(path);
              return [...new Uint8Array(await blob.arrayBuffer())];
            }""",
            path,
        )
        return bytes(data)

    async def events(self) -> list[dict[str, Any]]:
        """Return the record's events, for who may read them."""
        session_id = (await self.state())["session"]["session_id"]
        lines = await self.document(f"/api/sessions/{session_id}/record.jsonl")
        return [json.loads(line)["entry"]["event"] for line in lines.splitlines()]


class Cast:
    """Browsers and their people. Everyone has a profile of their own; some a machine."""

    def __init__(self, playwright: Playwright, directory: Path) -> None:
        self._playwright = playwright
        self._directory = directory
        self._browsers: dict[str, Browser] = {}
        self.people: dict[str, Person] = {}
        # Five windows are drawn by one processor, which nobody's machine has to do: small ones.
        self.window = (640, 480)

    def __getitem__(self, who: str) -> Person:
        return self.people[who]

    async def enter(
        self,
        who: str,
        *,
        program: str = CHROMIUM,
        flags: Iterable[str] = (),
        kind: type[Person] = Person,
    ) -> Person:
        """Give `who` an empty page in the browser `program`, started if it was not."""
        if program not in self._browsers:
            look = "jury" if program == CHROMIUM else "candidate"
            camera = write_camera(self._directory / f"{look}.y4m", LOOKS[look])
            seen = f"--use-file-for-fake-video-capture={camera}"
            self._browsers[program] = await self._playwright.chromium.launch(
                executable_path=program, args=[*FLAGS, seen, *flags], headless=True
            )
        width, height = self.window
        context = await self._browsers[program].new_context(
            viewport={"width": width, "height": height}, locale="fr-FR"
        )
        page = await context.new_page()
        await page.add_init_script(path=WATCH)
        person = self.people[who] = kind(who, page)
        page.on("pageerror", lambda error: person.errors.append(str(error)))
        return person

    async def join_all(self, site: Site, *, but: Iterable[str] = ()) -> None:
        for who in (ORGANISER, INVIGILATOR, *IN_THE_ROOM):
            if who not in but:
                await (await self.enter(who)).join(site)

    async def check_identities(self) -> None:
        """Agents on duty, then everyone compared with a document."""
        for agent in (ORGANISER, INVIGILATOR):
            await self[agent].click("act-take_duty")
        for examiner in (CHAIR, EXAMINER):
            await self[ORGANISER].click(f"act-check_identity-{examiner}")
        await self[INVIGILATOR].click(f"act-check_identity-{CANDIDATE}")

    async def receive(self) -> None:
        """Identities and the attestation, up to what stands before admission."""
        await self.check_identities()
        await self[INVIGILATOR].click("act-sign_attestation")

    async def open_sitting(self) -> None:
        await self[INVIGILATOR].click("act-admit")
        await self[CHAIR].click("act-start")
        for person in self.people.values():
            await person.until(lambda s: clock(s).get("runs") is True, "running clock")

    async def deliberate(self) -> None:
        """From the closed sitting to the adopted decision and the sealed record."""
        chair, examiner = self[CHAIR], self[EXAMINER]
        await chair.click("act-open_deliberation")
        await chair.click(f"roll-{CHAIR}-on_site")
        await chair.click(f"hearing-{EXAMINER}")
        await chair.click(f"roll-{EXAMINER}-remote")
        await chair.click(f"roll-{ABSENT_EXAMINER}-absent")
        await chair.click(f"propose-{CANDIDATE}-full")
        for member in (chair, examiner):
            await member.click(f"vote-{CANDIDATE}-for")
        await chair.until(
            lambda s: len(s["deliberation"]["decisions"][CANDIDATE]["voted"]) == 2, "two votes"
        )
        await photograph(chair.page, "deliberation")
        await chair.click(f"adopt-{CANDIDATE}")
        await chair.click("act-close_deliberation")
        await chair.until(lambda s: "minutes" in s["documents"], "sealed minutes")

    async def tell(self) -> None:
        """Print what each page shows, for whoever reads why a test failed."""
        for who, person in self.people.items():
            with contextlib.suppress(Error):
                text = " ".join((await person.page.inner_text("body", timeout=2_000)).split())
                print(f"--- {who}, errors {person.errors}: {text[:600]}")

    def no_page_failed(self) -> None:
        failures = {p.who: p.errors for p in self.people.values() if p.errors}
        assert failures == {}


@contextlib.asynccontextmanager
async def new_cast(directory: Path) -> AsyncIterator[Cast]:
    """Yield people without pages yet; what they need on disk is kept below `directory`."""
    async with async_playwright() as playwright:
        cast = Cast(playwright, directory)
        try:
            yield cast
            await cast.tell()
        finally:
            for browser in cast._browsers.values():
                await browser.close()


def is_flowing(state: dict[str, Any], who: str) -> bool:
    person = state["people"][who]
    return bool(person["is_connected"]) and person["audio"] == person["video"] == "on"


def sitting(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = state["sittings"][SITTING]
    return found


def clock(state: dict[str, Any]) -> dict[str, Any]:
    return sitting(state).get("clock") or {}


def last_outage(state: dict[str, Any]) -> dict[str, Any]:
    outages = sorted(sitting(state)["outages"].values(), key=lambda outage: outage["start_ms"])
    return outages[-1] if outages else {}
