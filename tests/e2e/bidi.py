"""WebDriver BiDi, as far as the tests need it: one socket to a browser, one tab.

Playwright drives a Firefox as Mozilla ships it only where it knows all that Playwright asks of it;
the one that Debian ships does not (`emulation.setMediaFeaturesOverride`).
Source: W3C WebDriver BiDi.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

POLL_S = 0.05
DUE_S = 30.0
_EVALUATE = """async (given) => {
  const value = (%s);
  const asked = typeof value === "function" ? value(JSON.parse(given)) : value;
  return JSON.stringify((await asked) ?? null);
}"""
_PLACE = """(selector) => {
  const found = document.querySelector(selector);
  if (found === null || found.disabled) return null;
  found.scrollIntoView({ block: "center", behavior: "instant" });
  const box = found.getBoundingClientRect();
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}"""


Answer = Mapping[str, Any]


class BiDiError(Exception):
    """The browser refused a command, or a script threw; the text is its own."""


class BiDi:
    """Sends commands and waits for their answers; keeps the errors that pages log."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.logged: list[str] = []

    async def listen(self) -> None:
        """Take what comes until the browser is gone; then nobody is answered any more."""
        async for message in self._socket:
            self._take(json.loads(message.data))
        for waiting in self._waiting.values():
            waiting.cancel()

    async def send(self, method: str, **params: Any) -> Answer:
        """Raises: BiDiError."""
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(DUE_S):
            return await answer

    def _take(self, message: Mapping[str, Any]) -> None:
        params = message.get("params", {})
        if message["type"] == "event" and params.get("level") == "error":
            self.logged.append(str(params["text"]))
        waiting = self._waiting.pop(message.get("id") or 0, None)
        if waiting is None or waiting.done():
            return
        if message["type"] == "success":
            waiting.set_result(message["result"])
        else:
            waiting.set_exception(BiDiError(f"{message['error']}: {message['message']}"))


class Tab:
    """One page, with the hand and the eye of whoever sits before it."""

    def __init__(self, bidi: BiDi, context: str) -> None:
        self.bidi = bidi
        self._context = context

    async def goto(self, url: str) -> None:
        await self.bidi.send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, expression: str, arg: Any = None) -> Any:
        """Return what an expression gives, or the function that it is, called with `arg`.

        Raises:
            BiDiError: it threw.
        """
        answer = await self.bidi.send(
            "script.callFunction",
            functionDeclaration=_EVALUATE % expression,
            arguments=[{"type": "string", "value": json.dumps(arg)}],
            target={"context": self._context},
            awaitPromise=True,
            userActivation=False,
        )
        if answer["type"] == "exception":
            raise BiDiError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    async def click(self, selector: str) -> None:
        """Press the first that matches, once there is one that can be pressed."""
        at = await self._until(_PLACE, selector)
        await self._perform(
            "pointer",
            {"type": "pointerMove", "x": at["x"], "y": at["y"]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )

    async def type(self, text: str) -> None:
        await self._perform(
            "key", *({"type": way, "value": key} for key in text for way in ("keyDown", "keyUp"))
        )

    async def wait_for(self, selector: str, *, is_there: bool = True) -> None:
        way = "!==" if is_there else "==="
        await self._until(f"(selector) => document.querySelector(selector) {way} null", selector)

    async def _perform(self, kind: str, *actions: Mapping[str, Any]) -> None:
        source = {"type": kind, "id": kind, "actions": list(actions)}
        await self.bidi.send("input.performActions", context=self._context, actions=[source])

    async def _until(self, function: str, selector: str) -> Any:
        end_s = time.monotonic() + DUE_S
        while time.monotonic() < end_s:
            if found := await self.evaluate(function, selector):
                return found
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"no {selector} after {DUE_S} s; logged: {self.bidi.logged}")
