"""Pictures of the pages for the README, taken where none is yet or where they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
ASKED = "VISIOJURY_SCREENSHOTS"


async def photograph(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    if os.environ.get(ASKED) == "1" or not path.exists():
        IMAGES.mkdir(parents=True, exist_ok=True)
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=path)
