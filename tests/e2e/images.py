"""Pictures of the pages for the README, taken where none is yet or where they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
ASKED = "VISIOJURY_SCREENSHOTS"


NAMES = (
    *("device-check", "technical-test", "waiting-room", "reception", "organiser", "sitting"),
    *("outage", "outage-candidate", "extension", "deliberation"),
    *("screen-jury", "screen-candidate", "timeline", "board", "handover", "jury-room"),
)


def is_wanted(name: str) -> bool:
    return os.environ.get(ASKED) == "1" or not (IMAGES / f"{name}.png").exists()


async def photograph(page: Page, name: str) -> None:
    assert name in NAMES, name
    if is_wanted(name):
        IMAGES.mkdir(parents=True, exist_ok=True)
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=IMAGES / f"{name}.png")
