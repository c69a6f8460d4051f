"""A whole session without a mouse, each page inspected in each state, nothing in the console."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage

from tests.e2e.inspection import AXE, problems
from tests.e2e.keyboard import KeyboardPerson
from tests.e2e.people import DEVICES_DUE_S, IN_THE_ROOM, Cast, Person, sitting
from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER, SITTING, Site

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]
AGENTS = (ORGANISER, INVIGILATOR)
WINDOW = (1280, 900)
ASKS_FOR_A_CODE = "/api/invitations/redeem"
"""A link without its code is refused, which asks for it; the browser notes every refusal."""


class Round:
    """Goes from page to page and notes what it finds, by person and state."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.found: dict[str, list[str]] = {}
        self.console: list[str] = []

    async def enter(self, who: str) -> KeyboardPerson:
        person = await self.cast.enter(who, kind=KeyboardPerson)
        assert isinstance(person, KeyboardPerson)
        await person.page.add_init_script(path=AXE)
        person.page.on("console", partial(self._note, who))
        return person

    def _note(self, who: str, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(ASKS_FOR_A_CODE):
            self.console.append(f"{who}: {message.text}")

    async def look(self, state: str, who: Iterable[str]) -> None:
        for one in who:
            page = self.cast[one].page
            if found := await problems(page):
                self.found[f"{state}, {one}"] = found


async def decide(chair: Person) -> None:
    """A page that is inspected sends nothing meanwhile: that may be an outage, to be decided on."""
    while left := undecided(await chair.state()):
        await chair.until(
            lambda s: all(one.get("end_ms") is not None for one in undecided(s)), "end of outages"
        )
        await chair.click("act-decide_extension")
        await chair.until(partial(_has_fewer, len(left)), "decision")


async def unfold(chair: Person) -> None:
    """The timeline, drawn and in words, and the notes, by the keyboard."""
    timeline = chair.page.get_by_test_id(f"timeline-{SITTING}")
    await timeline.locator("summary").first.press("Enter")
    await timeline.locator(".timeline-words summary").press("Enter")
    await timeline.locator(".timeline-words li").first.wait_for()
    notes = chair.page.get_by_test_id(f"notes-{CANDIDATE}")
    await notes.locator("summary").press("Enter")
    await notes.locator("textarea").press_sequentially("À creuser")


def undecided(state: dict[str, Any]) -> list[dict[str, Any]]:
    outages = sitting(state)["outages"].values()
    return [one for one in outages if one.get("granted_s") is None]


def _has_fewer(before: int, state: dict[str, Any]) -> bool:
    return len(undecided(state)) < before


async def test_a_session_is_held_by_keyboard_on_pages_that_are_for_everyone(
    site: Site, cast: Cast
) -> None:
    site.create_session()
    cast.window = WINDOW
    tour = Round(cast)
    for who in (*AGENTS, *IN_THE_ROOM):
        person = await tour.enter(who)
        await person.page.goto(site.link(who))
        if site.invitations[who].code is not None:
            await person.page.get_by_test_id("code-input").wait_for()
        else:
            await person.page.get_by_test_id("enter-room").wait_for(timeout=DEVICES_DUE_S * 1000)
        if who in (CANDIDATE, CHAIR):
            await tour.look("at the door", [who])
        await person.join(site)
    await tour.look("before", cast.people)
    await cast.receive()
    await cast.open_sitting()
    await unfold(cast[CHAIR])
    await tour.look("sitting", (INVIGILATOR, CANDIDATE, CHAIR, EXAMINER))
    await cast[CANDIDATE].click("act-call_help")
    await cast[INVIGILATOR].click("act-answer_help")
    await decide(cast[CHAIR])
    await cast[CHAIR].click("act-close")
    await cast[CANDIDATE].page.get_by_test_id("sitting-ended").wait_for()
    await tour.look("closed", (CANDIDATE, CHAIR, ORGANISER))
    await cast.deliberate()
    await tour.look("sealed", (CHAIR, ORGANISER))
    assert tour.found == {}
    assert tour.console == []
    cast.no_page_failed()
