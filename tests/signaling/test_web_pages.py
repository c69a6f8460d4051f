"""The pages against a real server: joining, coming back, keyboard, narrow screens, policy.

What the pages show while an exam goes wrong is in tests/e2e.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.people import Cast, Person, new_cast
from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER, Site

NARROW_PX = 320
WATCH_POLICY = """
window.broken = [];
addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective));
"""
# What a person who does not see the page is told of each control.
NAMELESS = """() => [...document.querySelectorAll("button, input, select, summary, a")]
  .filter((one) => one.checkVisibility() && !(one.getAttribute("aria-label") || one.labels?.length
    || one.textContent.trim())).map((one) => one.outerHTML)"""
TOO_SMALL = """() => [...document.querySelectorAll("button, select, summary")].filter((one) =>
  one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)"""
# Milliseconds from the click to the first line of the register on the screen.
OPEN_REGISTER = """async () => {
  const began = performance.now();
  document.querySelector("[data-testid=register-open]").click();
  while (!document.querySelector("[data-testid=register-panel] tbody tr"))
    await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture
def site(server: Site) -> Site:
    """A session of one's own on the server of this file."""
    server.create_session()
    return server


@pytest.fixture
async def cast(tmp_path: Path) -> AsyncIterator[Cast]:
    async with new_cast(tmp_path) as cast:
        yield cast


async def enter(cast: Cast, site: Site, who: str, *, width: int = 1280) -> Person:
    person = await cast.enter(who)
    await person.page.set_viewport_size({"width": width, "height": 800})
    await person.page.add_init_script(WATCH_POLICY)
    await person.join(site)
    return person


async def broken_policy(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("broken")
    return found


async def press(page: Page, testid: str, *, most: int = 60) -> None:
    """Reach a control by the keyboard alone, and press it."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.dataset.testid") == testid:
            assert await page.evaluate("document.activeElement.matches(':focus-visible')")
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{testid} cannot be reached with {most} presses of the Tab key")


async def test_a_wrong_code_is_explained_and_the_right_one_lets_in(cast: Cast, site: Site) -> None:
    page = (await cast.enter(ORGANISER)).page
    await page.goto(site.link(ORGANISER))
    await page.get_by_test_id("code-input").fill("1234")
    await page.get_by_test_id("code-submit").click()
    assert "8 chiffres" in await page.get_by_test_id("refusal").inner_text()
    code = site.invitations[ORGANISER].code or ""
    wrong = f"{(int(code) + 1) % 10**8:08}"
    await page.get_by_test_id("code-input").fill(wrong)
    await page.get_by_test_id("code-submit").click()
    await page.get_by_text("Ce code n’est pas le bon").wait_for()
    await page.get_by_test_id("code-input").fill(f"{code[:4]} {code[4:]}")
    await page.get_by_test_id("code-submit").click()
    await page.get_by_test_id("register").wait_for()
    assert page.url == f"{site.origin()}/", "the secret stays in the address bar"


async def test_a_reload_comes_back_to_the_same_place_without_a_click(
    cast: Cast, site: Site
) -> None:
    candidate = await enter(cast, site, CANDIDATE)
    await candidate.page.reload()
    await candidate.page.get_by_test_id("waiting-room").wait_for()
    await candidate.until(
        lambda state: state["people"][CANDIDATE]["video"] == "on", "picture after the reload"
    )
    assert await broken_policy(candidate.page) == []


async def test_the_link_of_somebody_who_is_in_opens_nothing_elsewhere(
    cast: Cast, site: Site
) -> None:
    await enter(cast, site, CANDIDATE)
    context = await cast[CANDIDATE].page.context.browser.new_context()  # type: ignore[union-attr]
    other = await context.new_page()
    await other.goto(site.link(CANDIDATE))
    refused = other.get_by_test_id("join-refused")
    await refused.wait_for()
    assert "déjà" in await refused.inner_text()


async def test_a_second_tab_takes_over_and_the_first_says_so(cast: Cast, site: Site) -> None:
    organiser = await enter(cast, site, ORGANISER)
    second = await organiser.page.context.new_page()
    await second.goto(site.origin())
    await second.get_by_test_id("register").wait_for()
    await organiser.page.get_by_test_id("stopped-superseded").wait_for()
    await organiser.page.get_by_role("button", name="Reprendre ici").click()
    await organiser.page.get_by_test_id("register").wait_for()
    await second.get_by_test_id("stopped-superseded").wait_for()


async def test_a_revoked_person_is_told_and_does_not_come_back(cast: Cast, site: Site) -> None:
    candidate, organiser = await enter(cast, site, CANDIDATE), await enter(cast, site, ORGANISER)
    await organiser.click(f"access-{CANDIDATE}")
    await organiser.click(f"act-revoke_invitation-{CANDIDATE}")
    await candidate.page.get_by_test_id("stopped-revoked").wait_for()
    live = "document.querySelector('vj-app').socket.isOpen"
    assert await candidate.page.evaluate(live) is False


async def test_a_new_link_replaces_the_old_one(cast: Cast, site: Site) -> None:
    organiser = await enter(cast, site, ORGANISER)
    await organiser.click(f"access-{CANDIDATE}")
    await organiser.click(f"reissue-{CANDIDATE}")
    link = await organiser.page.get_by_test_id("issued-link").inner_text()
    page = (await cast.enter(CANDIDATE)).page
    await page.goto(site.link(CANDIDATE))
    await page.get_by_test_id("join-refused").wait_for()
    await page.goto("about:blank")
    await page.goto(link)
    await page.get_by_test_id("enter-room").wait_for()


async def test_the_candidate_is_received_and_admitted_by_keyboard_alone(
    cast: Cast, site: Site
) -> None:
    page = (await cast.enter(CANDIDATE)).page
    await page.goto(site.link(CANDIDATE))
    await expect(page.get_by_test_id("enter-room")).to_be_enabled(timeout=20_000)
    await press(page, "enter-room")
    await page.get_by_test_id("waiting-room").wait_for()
    await cast[CANDIDATE].until(lambda s: s["people"][CANDIDATE]["video"] == "on", "own picture")
    desk = (await enter(cast, site, INVIGILATOR)).page
    for testid in (f"act-check_identity-{CANDIDATE}", "act-sign_attestation", "act-admit"):
        await desk.get_by_test_id(testid).wait_for()
        await press(desk, testid)
    await page.get_by_test_id("sitting-status").wait_for()
    await press(page, "act-call_help")
    await press(desk, "act-answer_help")
    await page.get_by_text("Un agent a répondu").wait_for()


async def test_a_refused_act_says_why_beside_the_button(cast: Cast, site: Site) -> None:
    await enter(cast, site, CANDIDATE)
    chair, invigilator = await enter(cast, site, CHAIR), await enter(cast, site, INVIGILATOR)
    await invigilator.click(f"act-check_identity-{CANDIDATE}")
    await invigilator.click("act-sign_attestation")
    await invigilator.click("act-admit")
    await chair.click("act-start")
    refusal = chair.page.locator(".act", has=chair.page.get_by_test_id("act-start"))
    await refusal.get_by_role("alert").wait_for()
    assert len(await refusal.get_by_role("alert").inner_text()) > 20


@pytest.mark.alone
@pytest.mark.requirement("J1", "D2")
async def test_the_register_opens_within_a_second_and_a_new_check_is_asked_for_and_made(
    cast: Cast, server: Site
) -> None:
    server.create_session(crowd=70)
    chair, desk = [(await enter(cast, server, who)).page for who in (CHAIR, ORGANISER)]
    await desk.get_by_test_id(f"act-check_identity-{EXAMINER}").click()
    for page in (desk, chair):
        took_ms = await page.evaluate(OPEN_REGISTER)
        lines = await page.get_by_test_id("register-panel").locator("tbody tr").count()
        print(f"register of {lines} people on the screen in {took_ms:.0f} ms")
        assert took_ms < 1000
    line = chair.get_by_test_id(f"line-{EXAMINER}")
    await expect(line).to_contain_text("vérifiée par")
    await chair.get_by_test_id(f"act-ask_identity_check-{EXAMINER}").click()
    await expect(line).to_contain_text("contrôle redemandé")
    await expect(chair.get_by_test_id(f"missing-{EXAMINER}").first).to_have_text(
        "contrôle redemandé"
    )
    await desk.get_by_test_id("register-open").click()
    task = desk.get_by_test_id(f"task-{EXAMINER}")
    await expect(task).to_contain_text("contrôle redemandé")
    await desk.get_by_test_id(f"act-check_identity-{EXAMINER}").click()
    await expect(task).to_have_count(0)
    await expect(line).not_to_contain_text("contrôle redemandé")


async def test_every_page_fits_a_narrow_phone_and_names_its_controls(
    cast: Cast, site: Site
) -> None:
    for who in (CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER):
        await enter(cast, site, who, width=NARROW_PX)
    await expect_sound_pages(cast, "before admission")
    await cast.receive()
    await cast[INVIGILATOR].click("act-admit")
    for who in (CANDIDATE, CHAIR):
        await cast[who].page.get_by_test_id("sitting-status").wait_for()
    await expect_sound_pages(cast, "in the sitting")


async def expect_sound_pages(cast: Cast, when: str) -> None:
    found: dict[str, dict[str, Any]] = {
        who: {
            "too wide by": await person.page.evaluate(OVERFLOW),
            "nameless": await person.page.evaluate(NAMELESS),
            "too small": await person.page.evaluate(TOO_SMALL),
            "titles": await person.page.locator("h1").count() - 1,
            "policy": await broken_policy(person.page),
        }
        for who, person in cast.people.items()
    }
    problems = {who: {k: v for k, v in one.items() if v} for who, one in found.items()}
    assert {who: one for who, one in problems.items() if one} == {}, when
    cast.no_page_failed()


@pytest.mark.requirement("D3")
async def test_duty_is_taken_on_the_page_and_seen_on_the_others(cast: Cast, site: Site) -> None:
    organiser = await enter(cast, site, ORGANISER)
    invigilator = await enter(cast, site, INVIGILATOR)
    warnings = invigilator.page.get_by_test_id("duty-missing")
    await expect(warnings).to_have_count(2)
    await invigilator.page.get_by_test_id("act-take_duty").click()
    await expect(organiser.page.get_by_test_id(f"duty-{INVIGILATOR}")).to_be_visible()
    await expect(warnings).to_have_count(1)
    await organiser.page.get_by_test_id("act-take_duty").click()
    await expect(warnings).to_have_count(0)
    await expect(invigilator.page.get_by_test_id("act-take_duty")).to_have_count(0)


async def test_notes_survive_a_reload_leave_the_device_never_and_go_at_sign_out(
    cast: Cast, site: Site
) -> None:
    said, sent = "Écart de méthode, à creuser", list[str]()
    examiner = await cast.enter(EXAMINER)
    page = examiner.page
    page.on("request", lambda one: sent.append(f"{one.url} {one.headers} {one.post_data}"))
    page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(str(frame))))
    await examiner.join(site)
    text = page.get_by_test_id(f"text-notes-{CANDIDATE}")
    for wanted in ("", said):
        await page.get_by_test_id(f"notes-{CANDIDATE}").locator("summary").click()
        await expect(text).to_have_value(wanted)
        await text.fill(said)
        assert (
            "rien n’en est envoyé" in await page.get_by_test_id(f"notes-{CANDIDATE}").inner_text()
        )
        await page.reload()
        await page.get_by_test_id("jury-room").wait_for()
    kept = "Object.entries(localStorage).filter(([name]) => name.startsWith('visiojury.note/'))"
    (note,) = await page.evaluate(kept)
    assert said in note[1]
    for _ in range(2):
        await page.get_by_test_id("sign-out").click()
    await page.get_by_test_id("stopped-signedOut").wait_for()
    assert await page.evaluate(kept) == []
    assert any("/api/sign-out" in one for one in sent), "what was sent was not watched"
    assert any('"type":"switch"' in one for one in sent), "what was sent was not watched"
    assert not any(word in one for one in sent for word in ("cart de", "thode", "creuser"))
