"""A page looked at for everyone: rules of RGAA and WCAG, narrow windows, colours and movement.

Source: RGAA 4.1 (the rules that can be tried automatically, by axe-core's tag); WCAG 2.2, success
criteria 1.4.4 and 1.4.10 (200 %, 320 px).
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
NARROW, HALF = 320, 640
"""CSS pixels across: the least that must do, and a window of 1280 at 200 %."""
_RULES = """async () => {
  const tags = ["RGAAv4", "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { passes, violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"] });
  if (passes.length <= 5) return ["hardly a rule applied"];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((one) => one.target)}`);
}"""
_TOO_WIDE = """() => {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.querySelectorAll("vj-app *")]
    .filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
  const names = wide.slice(0, 4).map((one) => `${one.localName}.${one.className}`);
  return [`${scrollWidth} px wide in ${clientWidth}: ${names}`];
}"""
_PLAIN = """() => [
  ...[...document.querySelectorAll("button")]
    .filter((one) => one.checkVisibility() && getComputedStyle(one).borderTopWidth === "0px")
    .map((one) => `a button without an edge: ${one.className}`),
  ...document.getAnimations()
    .filter((one) => one.effect.getTiming().iterations === Infinity)
    .map((one) => `it moves: ${one.effect.target.className}`),
]"""


async def problems(page: Page) -> list[str]:
    """Return what stands in somebody's way on this page as it is now; the window is as before."""
    size = page.viewport_size
    assert size is not None
    found: list[str] = await page.evaluate(_RULES)
    for width in (HALF, NARROW):
        await page.set_viewport_size({"width": width, "height": size["height"]})
        found += await page.evaluate(_TOO_WIDE)
    await page.set_viewport_size(size)
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    found += await page.evaluate(_PLAIN)
    await page.emulate_media(forced_colors="none", reduced_motion="no-preference")
    return found
