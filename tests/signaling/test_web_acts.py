"""Acts that no whole session needs, each from its page: the session's own life, order in a room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.builders import SITTING, Story, definition
from tests.e2e.inspection import AXE, problems
from tests.e2e.people import Cast, new_cast
from tests.signaling.site import Site
from tests.signaling.test_views import two_offices
from visiojury.exam import commands as cmd
from visiojury.exam.state import Session

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def cast(tmp_path: Path) -> AsyncIterator[Cast]:
    async with new_cast(tmp_path) as cast:
        cast.window = (1280, 900)
        yield cast


async def enter(cast: Cast, site: Site, session_id: str, who: str) -> Page:
    invitation = site.invitations[session_id][who]
    page = (await cast.enter(who)).page
    await page.add_init_script(path=AXE)
    await page.goto(invitation.link)
    await page.get_by_test_id("code-input").fill(invitation.code or "")
    await page.get_by_test_id("code-submit").click()
    return page


def state_of(site: Site, session_id: str) -> Session:
    room = site.server.rooms.get(session_id)
    assert room is not None
    return room.owner.state


async def give_reason(page: Page, command: str, reason: str) -> None:
    """Open an act that wants a reason, give it, do it; by keyboard."""
    await page.get_by_test_id(f"open-{command}").press("Enter")
    await page.get_by_test_id(f"{command}-reason").fill(reason)
    await page.get_by_test_id(f"{command}-reason").press("Enter")


@pytest.mark.requirement("D12")
async def test_a_session_is_opened_suspended_continued_and_cancelled_from_its_page(
    site: Site, cast: Cast
) -> None:
    session_id = await site.tell(Story(definition(is_open=False)))
    page = await enter(cast, site, session_id, "organiser")
    life = page.get_by_test_id("session-state")
    await expect(life).to_contain_text("En préparation")
    await page.get_by_test_id("act-open_session").press("Enter")
    await page.get_by_test_id("act-open_session").press("Enter")
    await expect(life).to_have_text("Ouverte.")
    await give_reason(page, "suspend_session", "Alerte incendie")
    await expect(life).to_contain_text("Suspendue")
    await page.get_by_test_id("act-continue_session").press("Enter")
    await expect(life).to_have_text("Ouverte.")
    await give_reason(page, "cancel_sitting", "Candidate empêchée")
    await expect(page.get_by_test_id(f"sitting-{SITTING}")).to_contain_text("Annulée")
    await give_reason(page, "cancel_session", "Jury incomplet")
    await expect(life).to_have_text("Annulée.")
    cancelled = state_of(site, session_id).life.cancelled
    assert cancelled is not None
    assert cancelled.reason == "Jury incomplet"


@pytest.mark.requirement("D2", "T1")
async def test_order_in_a_room_and_the_examiners_sheet_from_the_organisers_page(
    site: Site, cast: Cast
) -> None:
    story = two_offices()
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Bruit dans la salle"))
    session_id = await site.tell(story)
    page = await enter(cast, site, session_id, "organiser")
    await page.get_by_test_id("act-sign_attendance-examiner-1").press("Enter")
    await expect(page.get_by_test_id("attendance-examiner-1")).to_contain_text("émargé à")

    room = page.get_by_test_id(f"order-{SITTING}")
    await room.get_by_test_id("open-order").press("Enter")
    await room.get_by_test_id("order-who").select_option("examiner-1")
    await room.get_by_test_id("act-set_muted").press("Enter")
    await expect(room).to_contain_text("Micro coupé par la présidence ou la direction : Émile")
    examiner = await enter(cast, site, session_id, "examiner-1")
    await expect(examiner.get_by_test_id("own-order")).to_contain_text("a coupé votre micro")
    await room.get_by_test_id("act-set_muted").press("Enter")
    await expect(examiner.get_by_test_id("own-order")).to_have_count(0)

    await room.get_by_test_id("order-who").select_option("candidate")
    await give_reason(page, "send_out", "Le jury se concerte")
    await expect(room).to_contain_text("Hors de la salle : Camille Candidate")
    assert state_of(site, session_id).sittings[SITTING].sent_out == {"candidate"}
    assert await problems(page) == []
    await room.get_by_test_id("act-let_back_in").press("Enter")
    await expect(room).not_to_contain_text("Hors de la salle")
    assert state_of(site, session_id).sittings[SITTING].sent_out == set()


@pytest.mark.requirement("D9")
async def test_a_host_office_agrees_to_postpone_a_sitting_that_has_not_begun(
    site: Site, cast: Cast
) -> None:
    story = Story(definition())
    story.receive()
    story.act("chair", cmd.RequestPostponement(sitting_id=SITTING, reason="Panne de courant"))
    session_id = await site.tell(story)
    page = await enter(cast, site, session_id, "invigilator")
    await page.get_by_test_id("act-agree_postponement").press("Enter")
    await expect(page.get_by_test_id("act-agree_postponement")).to_have_count(0)
    await expect(page.get_by_test_id("postponement")).to_contain_text(
        "Accord donné par : DREETS Bretagne"
    )
    agreed = state_of(site, session_id).sittings[SITTING].postponing.by
    assert agreed == {"invigilator": "bretagne"}
