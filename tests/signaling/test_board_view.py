"""Today's board: what each agent is told of the rooms, by whom it is refused, and its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from signaling.board_view import EXPECTED_BEFORE_MS, board_view
from tests.builders import BRITTANY, DAY_MS, SITTING, Story, definition, people, person
from tests.e2e.images import photograph
from tests.e2e.inspection import AXE, problems
from tests.e2e.people import Cast, new_cast
from tests.signaling.site import Site, refusal_of
from tests.signaling.test_views import two_offices
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.media import STREAMS
from visiojury.exam.people import Role
from visiojury.exam.permissions import WATCHERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 24 * 3600 * 1000
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NARROW_PX = 320


def seen_by(story: Story, who: str, *, after_ms: int = 0) -> dict[str, object]:
    """Return the board of a person, `after_ms` later than the story has come."""
    session = story.session
    return dict(board_view(session, session.participant(who), story.now_ms + after_ms))


def cut_off(story: Story, who: str) -> None:
    """Have the relay lose `who`, and not find them again."""
    for stream in STREAMS:
        story.observe(
            ev.MediaInterrupted(
                at_ms=story.now_ms,
                participant_id=who,
                stream=stream,
                cause="uplink",
                detected_ms=story.now_ms + 1_000,
            )
        )


# --- what each is told ------------------------------------------------------------------------


@pytest.mark.requirement("A4")
@pytest.mark.parametrize(
    ("who", "rooms"),
    [
        ("organiser", {"sitting-1", "sitting-2"}),
        ("manager", {"sitting-1", "sitting-2"}),
        ("invigilator", {"sitting-1"}),
        ("invigilator-2", {"sitting-2"}),
    ],
)
async def test_each_agent_sees_the_rooms_within_their_reach_and_nobody_elses_people(
    who: str, rooms: set[str]
) -> None:
    board = seen_by(two_offices(), who)
    assert set(board["sittings"]) == rooms  # type: ignore[call-overload]
    names = {"sitting-1": "candidate", "sitting-2": "candidate-2"}
    expected = {names[room] for room in rooms}
    assert set(names.values()) & set(board["people"]) == expected  # type: ignore[call-overload]


@pytest.mark.requirement("A4")
async def test_who_watches_no_rooms_is_refused() -> None:
    story = two_offices()
    others = [p for p in story.session.participants.values() if p.role not in WATCHERS]
    assert {p.role for p in others} >= {Role.CANDIDATE, Role.EXAMINER, Role.CHAIR, Role.TECHNICIAN}
    for participant in others:
        with pytest.raises(NotAllowedError):
            board_view(story.session, participant, story.now_ms)


async def test_only_the_rooms_of_today_are_shown_and_those_that_run() -> None:
    story = Story()
    assert seen_by(story, "organiser")["sittings"]
    assert seen_by(story, "organiser", after_ms=DAY)["sittings"] == {}
    assert seen_by(story, "organiser", after_ms=-DAY)["sittings"] == {}
    story.open_sitting()
    assert set(seen_by(story, "organiser", after_ms=DAY)["sittings"]) == {SITTING}  # type: ignore[call-overload]


async def test_who_is_not_there_is_missing_from_half_an_hour_before_until_the_end() -> None:
    story = Story()
    story.connect("chair")
    story.now_ms = DAY_MS - EXPECTED_BEFORE_MS - 1
    assert seen_by(story, "organiser")["missing"] == {SITTING: []}
    absent = ["candidate", "examiner-1", "examiner-2"]
    assert seen_by(story, "organiser", after_ms=1)["missing"] == {SITTING: absent}
    story.open_sitting()
    assert seen_by(story, "organiser")["missing"] == {SITTING: []}
    story.close_sitting()
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id="candidate"))
    assert seen_by(story, "organiser")["missing"] == {SITTING: []}


async def test_duties_that_nobody_holds_are_named_until_they_are_taken() -> None:
    story = Story()
    told = seen_by(story, "invigilator")["vacancies"][SITTING]  # type: ignore[index]
    assert {one.office_id for one in told} == {"grand-est", "bretagne"}
    for agent in ("organiser", "invigilator"):
        story.act(agent, cmd.TakeDuty())
    assert seen_by(story, "invigilator")["vacancies"] == {SITTING: []}


@pytest.mark.requirement("D11")
async def test_a_call_is_on_the_board_with_who_calls_until_it_is_answered() -> None:
    story = two_offices()
    story.act("candidate", cmd.CallHelp())
    board = seen_by(story, "invigilator")
    (call,) = board["helps"].values()  # type: ignore[attr-defined]
    assert call.participant_id == "candidate"
    assert seen_by(story, "invigilator-2")["helps"] == {}, "another office's candidate"
    assert seen_by(story, "organiser")["helps"] == board["helps"]
    story.act("invigilator", cmd.AnswerHelp(help_id=call.help_id))
    assert seen_by(story, "organiser")["helps"] == {}


async def test_over_http_the_board_is_for_those_who_watch_rooms_alone(site: Site) -> None:
    room = await site.hold(two_offices())
    seated = await site.seat(room)
    people = room.owner.state.participants
    path = f"/api/sessions/{room.session_id}/board"
    watchers = {who for who, participant in people.items() if participant.role in WATCHERS}
    boards = {who: await seated[who].get(path) for who in watchers}
    assert {who: board["me"] for who, board in boards.items()} == {who: who for who in watchers}
    refusals = {who: await refusal_of(seated[who].get(path)) for who in people.keys() - watchers}
    assert {(one.status, one.refusal) for one in refusals.values()} == {(403, "not_allowed")}


# --- its page ---------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module")
async def cast(tmp_path: Path) -> AsyncIterator[Cast]:
    async with new_cast(tmp_path) as cast:
        yield cast


async def enter(context: BrowserContext, site: Site, session_id: str, who: str) -> Page:
    """Open a person's link in a tab of its own, and give its code."""
    invitation = site.invitations[session_id][who]
    page = await context.new_page()
    await page.goto(invitation.link)
    await page.get_by_test_id("code-input").fill(invitation.code or "")
    await page.get_by_test_id("code-submit").click()
    await page.get_by_test_id("show-board").wait_for()
    return page


def with_an_outage(now_ms: int) -> Story:
    """A sitting that runs, its candidate cut off five seconds ago."""
    plan = replace(definition().sittings[0], planned_ms=now_ms - 300_000)
    story = Story(definition(title="DEIS, salle de Rennes", sittings=(plan,)))
    story.now_ms = now_ms - 700_000
    story.open_sitting()
    story.now_ms = now_ms - 5_000
    cut_off(story, "candidate")
    return story


def with_a_call(now_ms: int) -> Story:
    """A sitting that is due, nobody there but the chair, who calls for help."""
    other = person("candidate", "Aya", "Attendue", Role.CANDIDATE, BRITTANY, "on_site")
    plan = replace(definition().sittings[0], planned_ms=now_ms)
    everyone = tuple(other if p.participant_id == "candidate" else p for p in people())
    story = Story(definition(title="DEAF, salle de Brest", sittings=(plan,), participants=everyone))
    story.now_ms = now_ms - 30_000
    story.check("chair")
    story.connect("chair")
    story.act("chair", cmd.CallHelp())
    return story


@pytest.mark.requirement("D11", "A4")
async def test_one_board_shows_an_outage_a_missing_person_and_a_call_of_two_sessions(
    site: Site, cast: Cast
) -> None:
    now_ms = site.server.instants.now_ms()
    first, second = [await site.tell(s) for s in (with_an_outage(now_ms), with_a_call(now_ms))]
    cast.window = (1280, 900)
    person = await cast.enter("organiser")
    context = person.page.context
    await context.add_init_script(path=AXE)
    # An agent of another office used this browser too: its rooms are not this office's business.
    foreign = await enter(context, site, first, "invigilator")
    await foreign.close()
    elsewhere = await enter(context, site, second, "organiser")
    await elsewhere.close()
    page = await enter(context, site, first, "organiser")
    await page.get_by_test_id("show-board").click()

    running = page.get_by_test_id(f"board-{first}").get_by_test_id("room-sitting-1")
    await expect(running.get_by_test_id("room-state")).to_have_text("En cours")
    await expect(running.get_by_test_id("room-outage")).to_contain_text("Défaillance depuis")
    await expect(running.get_by_test_id("room-outage")).to_contain_text("Camille Candidate")
    await expect(running.get_by_test_id("room-quality")).to_contain_text("Camille Candidate")
    due = page.get_by_test_id(f"board-{second}").get_by_test_id("room-sitting-1")
    await expect(due.get_by_test_id("room-state")).to_have_text("Prévue")
    await expect(due.get_by_test_id("room-missing")).to_contain_text("Aya Attendue (Candidat)")
    await expect(due.get_by_test_id("room-left")).to_have_text("30:00")
    calling = page.get_by_test_id(f"board-{second}").locator(".board-call")
    await expect(calling).to_contain_text("Paule Présidente appelle depuis")
    counts = page.get_by_test_id("board-counts")
    await expect(counts).to_contain_text("2 salles · 1 défaillance en cours")
    await expect(counts).to_contain_text("1 appel à l’aide")
    await expect(page).to_have_title("Tableau du jour – VisioJury")
    await photograph(page, "board")

    assert await problems(page) == []
    await page.set_viewport_size({"width": NARROW_PX, "height": 800})
    assert await page.evaluate(OVERFLOW) <= 0
    await calling.get_by_role("button").press("Enter")
    await expect(calling).to_have_count(0)
    async with context.expect_page() as opened:
        await due.get_by_test_id("open-sitting-1").press("Enter")
    room = await opened.value
    await expect(room.locator(".session-title")).to_contain_text("DEAF, salle de Brest")
    await running.get_by_test_id("open-sitting-1").press("Enter")
    await expect(page.get_by_test_id("sitting-sitting-1")).to_be_focused()
    helps = site.server.rooms.get(second).owner.state.helps  # type: ignore[union-attr]
    assert all(call.answered_ms is not None for call in helps.values())
    assert person.errors == []
