"""Somebody who has no mouse: every press goes through Tab and Enter, as the page lets it."""

from __future__ import annotations

from typing import Any

from tests.e2e.people import ASKS_TWICE, DUE_S, Person

MOST_TABS = 150
_FOCUS = """() => {
  const now = document.activeElement;
  const before = globalThis.vjFocused;
  globalThis.vjFocused = now;
  const style = getComputedStyle(now);
  return {
    testid: now.dataset.testid ?? "",
    is_page: now.tabIndex < 0,
    is_marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    is_back: before?.isConnected === true && before !== document.body && now !== document.body
      && (now.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
    tag: `${now.localName}.${now.className}`,
  };
}"""


class KeyboardPerson(Person):
    """Clicks by keyboard; a mark that does not show, or an order that jumps, is a failure."""

    async def click(self, testid: str) -> None:
        await self.page.get_by_test_id(testid).first.wait_for(timeout=DUE_S * 1000)
        await self.page.bring_to_front()
        await self.tab_to(testid)
        await self.page.keyboard.press("Enter")
        if testid.startswith(ASKS_TWICE):
            armed = self.page.locator(f"[data-testid={testid}].danger")
            await armed.wait_for(timeout=DUE_S * 1000)
            await self.page.keyboard.press("Enter")

    async def tab_to(self, testid: str) -> None:
        """Press Tab until the focus is there; once past the end of the page it begins anew.

        The page itself (body, main) takes the focus when a button went away, and shows no mark.
        """
        await self.page.evaluate("() => { globalThis.vjFocused = document.activeElement; }")
        jumps = 0
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            focus: dict[str, Any] = await self.page.evaluate(_FOCUS)
            assert focus["is_page"] or focus["is_marked"], f"{self.who}: focus unseen on {focus}"
            jumps += focus["is_back"]
            assert jumps <= 1, f"{self.who}: the order jumps back at {focus}"
            if focus["testid"] == testid:
                return
        raise AssertionError(f"{self.who}: {testid} is out of reach of the keyboard")
