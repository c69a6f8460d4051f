"""Pictures of the pages for the README, taken where none is yet or where they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
ASKED = "VISIOJURY_SCREENSHOTS"
_is_asked = os.environ.get(ASKED) == "1"
"""Read at import: the settings of a test's own product are forgotten before it runs."""


async def photograph(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    if _is_asked or not path.exists():
        IMAGES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=path)
