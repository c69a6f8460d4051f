"""Signing in at a real OpenID provider, and what a link that asks for it then opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from yarl import URL

from auth import oidc
from auth.errors import AuthError
from signaling import settings as s
from signaling.oidc import (
    ATTEMPT_S,
    CALLBACK_PATH,
    MAX_ATTEMPTS,
    REFETCH_S,
    SIGNED_OUT_PATH,
    WELL_KNOWN,
    SignIns,
)
from signaling.refusals import RequestError
from tests.e2e.netns import CHROMIUM
from tests.oidc.provider import CLIENT_ID, CLIENT_SECRET, provider, sign_in
from tests.signaling.site import Site, refusal_of, serving, settings_in
from tests.signaling.test_stations import enrolled
from visiojury.exam.register import register
from visiojury.rehearsal.client import Client, Invitation

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("T1"),
]

INVITE = "/api/sessions/{}/invitations"
BEGIN, CALLBACK = "/api/openid/begin", "/api/openid/callback"
IDENTITIES = """() => new Promise((resolve) => {
  indexedDB.open("visiojury").onsuccess = ({ target }) => {
    const count = target.result.transaction("identities").objectStore("identities").count();
    count.onsuccess = () => resolve(count.result);
  };
})"""


def at_provider(settings: s.Settings, issuer: str, secret_file: Path) -> s.Settings:
    secret_file.write_text(CLIENT_SECRET + "\n", encoding="utf-8")
    openid = s.OpenID(
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret_file=secret_file,
        acr=("eidas1", "eidas2"),
        high_acr=("eidas2",),
    )
    return settings.model_copy(update={"openid": openid})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agents(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A site whose agents sign in at a provider."""
    folder = tmp_path_factory.mktemp("agents")
    settings = settings_in(folder / "data")
    origin = f"http://127.0.0.1:{settings.http.port}"
    async with (
        provider(origin) as issuer,
        serving(at_provider(settings, issuer, folder / "secret")) as site,
    ):
        yield site


async def invited(site: Site, session: str, who: str = "chair") -> Client:
    """Return a new device of somebody, with a link that asks for a sign-in."""
    asked = {"participant_id": who, "factor": "openid"}
    url = site.origin + INVITE.format(session)
    async with site.http.post(url, json=asked, headers=site.admin()) as response:
        made = await response.json()
        assert response.status == 200, made
    assert made["code"] is None
    return Client(site.http, site.origin, Invitation.of(made))


async def came_back(device: Client, *, account: str | None, acr: str = "eidas1") -> dict[str, str]:
    begun = await device.post(BEGIN, {"secret": device.invitation.secret})
    return await sign_in(begun["authorization_url"], account=account, acr=acr)


def body_of(answer: dict[str, str]) -> dict[str, str | None]:
    return {name: answer.get(name) for name in ("state", "code", "iss")}


def events_of(site: Site, session: str, kind: str) -> list[Any]:
    room = site.server.rooms.get(session)
    assert room is not None
    return [entry for entry in room.owner.entries if entry.event.type == kind]


@pytest.mark.requirement("B3")
async def test_a_sign_in_opens_the_link_and_is_recorded_and_sealed(agents: Site) -> None:
    session = await agents.create()
    device = await invited(agents, session)
    assert (await refusal_of(device.redeem())).refusal == "invitation_openid_needed"
    answer = await came_back(device, account="agent-7f3a")
    redeemed = await device.post(CALLBACK, body_of(answer))
    device._token, device._session_id = redeemed["access_token"], redeemed["session_id"]
    assert (redeemed["session_id"], redeemed["participant_id"]) == (session, "chair")
    assert (await device.post("/api/ws-ticket", {}))["ticket"]
    (entry,) = events_of(agents, session, "invitation.redeemed")
    signed_in = entry.event.sign_in
    assert (signed_in.subject, signed_in.acr) == ("agent-7f3a", "eidas1")
    assert signed_in.issuer == agents.settings.openid.issuer
    assert b"agent-7f3a" not in entry.raw  # erasable with the person
    room = agents.server.rooms.get(session)
    assert room is not None
    line = next(one for one in register(room.owner.state) if one.participant_id == "chair")
    assert line.authentication == "invitation+openid"


async def test_an_answer_serves_once_and_on_the_device_that_asked(agents: Site) -> None:
    session = await agents.create()
    device = await invited(agents, session)
    answer = body_of(await came_back(device, account="agent-1"))
    thief = Client(agents.http, agents.origin, device.invitation)
    assert (await refusal_of(thief.post(CALLBACK, answer))).refusal == "openid_state_unknown"
    await device.post(CALLBACK, answer)
    again = await refusal_of(device.post(CALLBACK, answer))
    assert (again.status, again.refusal) == (403, "openid_state_unknown")


async def test_a_repeat_on_the_same_device_and_nobody_else_after_that(agents: Site) -> None:
    session = await agents.create()
    device = await invited(agents, session)
    await device.post(CALLBACK, body_of(await came_back(device, account="agent-2")))
    await device.post(CALLBACK, body_of(await came_back(device, account="agent-2")))
    later = await invited(agents, session)
    other = body_of(await came_back(later, account="agent-3"))
    refusal = await refusal_of(later.post(CALLBACK, other))
    assert (refusal.status, refusal.refusal) == (403, "openid_subject")
    assert len(events_of(agents, session, "invitation.redeemed")) == 2
    await later.post(CALLBACK, body_of(await came_back(later, account="agent-2")))


async def test_a_sign_in_that_is_not_sure_enough(agents: Site) -> None:
    device = await invited(agents, await agents.create())
    answer = body_of(await came_back(device, account="agent-4", acr="eidas0"))
    assert (await refusal_of(device.post(CALLBACK, answer))).refusal == "openid_assurance"


async def test_who_gives_up_at_the_provider_is_told_and_may_begin_again(agents: Site) -> None:
    device = await invited(agents, await agents.create())
    answer = await came_back(device, account=None)
    assert answer["error"] == "access_denied"
    refusal = await refusal_of(device.post(CALLBACK, body_of(answer)))
    assert refusal.refusal == "openid_refused"
    await device.post(CALLBACK, body_of(await came_back(device, account="agent-5")))


async def test_a_code_of_nowhere_and_another_issuer_are_refused(agents: Site) -> None:
    device = await invited(agents, await agents.create())
    answer = body_of(await came_back(device, account="agent-6"))
    mixed_up = {**answer, "iss": "https://elsewhere.example"}
    assert (await refusal_of(device.post(CALLBACK, mixed_up))).refusal == "openid_foreign"
    answer = body_of(await came_back(device, account="agent-6"))
    forged = {**answer, "code": "x" * 43}
    assert (await refusal_of(device.post(CALLBACK, forged))).refusal == "openid_refused"


async def test_a_link_that_asks_for_a_code_is_not_opened_by_a_sign_in(agents: Site) -> None:
    session = await agents.create()
    device = agents.device(session, "chair")
    refusal = await refusal_of(device.post(BEGIN, {"secret": device.invitation.secret}))
    assert (refusal.status, refusal.refusal) == (409, "openid_not_asked")
    refusal = await refusal_of(device.post(BEGIN, {"secret": "nobody-gave-it"}))
    assert refusal.refusal == "invitation_unknown"


async def test_an_account_opens_nothing_at_a_station_and_an_agent_attests_instead(
    agents: Site,
) -> None:
    session = await agents.create()
    await invited(agents, session)
    organiser = await agents.person(session, "organiser")
    station = await enrolled(agents, organiser, session)
    chair = {"participant_id": "chair"}
    for path, body in (("sign-in", {**chair, "code": "12345678"}), ("passkey/begin", chair)):
        refusal = await refusal_of(station.post(f"/api/stations/{path}", body))
        assert (refusal.status, refusal.refusal) == (409, "station_factor_elsewhere")
    await organiser.act("check_identity", document="passport", **chair)
    await organiser.act("attest_presence", station_id="station-1", **chair)
    assert events_of(agents, session, "presence.attested")


async def test_an_installation_without_a_provider_says_so(site: Site) -> None:
    session = await site.create()
    device = site.device(session, "chair")
    for path, body in ((BEGIN, {"secret": "x"}), (CALLBACK, {"state": "x"})):
        assert (await refusal_of(device.post(path, body))).refusal == "openid_not_configured"
    organiser = await site.person(session, "organiser")
    asked = {"participant_id": "chair", "factor": "openid"}
    refusal = await refusal_of(organiser.post(INVITE.format(session), asked))
    assert (refusal.status, refusal.refusal) == (409, "openid_not_configured")


async def test_the_page_itself_is_at_the_address_the_provider_sends_back_to(agents: Site) -> None:
    async with agents.http.get(agents.origin + CALLBACK_PATH + "?code=x&state=y") as response:
        assert response.status == 200
        assert "<vj-app" in await response.text()
        assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_userinfo_that_is_not_signed_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    origin = f"http://127.0.0.1:{settings.http.port}"
    plain = provider(origin, userinfo_signed_response_alg=None)
    async with (
        plain as issuer,
        serving(at_provider(settings, issuer, tmp_path / "secret")) as site,
    ):
        device = await invited(site, await site.create())
        answer = body_of(await came_back(device, account="agent-8"))
        assert (await refusal_of(device.post(CALLBACK, answer))).refusal == "openid_malformed"


@pytest.mark.requirement("D2", "J1")
async def test_a_person_signs_in_is_taken_for_checked_and_signs_out_everywhere(
    agents: Site,
) -> None:
    session = await agents.create()
    device = await invited(agents, session)
    organiser = agents.device(session, "organiser")
    async with chromium() as browser:
        page, desk = await browser.new_page(), await browser.new_page()
        await page.goto(device.invitation.link)
        await page.get_by_test_id("openid-begin").click()
        await page.locator("input[name=account]").fill("agent-9")
        await page.locator("input[name=acr]").fill("eidas2")
        await page.get_by_role("button", name="OK").click()
        await expect(page.get_by_test_id("sign-out")).to_be_visible()
        # Nothing of the answer stays in the address or the history's entry.
        assert page.url == f"{agents.origin}/"

        await desk.goto(organiser.invitation.link)
        await desk.get_by_test_id("code-input").fill(organiser.invitation.code or "")
        await desk.get_by_test_id("code-submit").click()
        await desk.get_by_test_id("act-accept_sign_in-chair").click()
        await desk.get_by_test_id("register-open").click()
        line = desk.get_by_test_id("line-chair")
        await expect(line).to_contain_text("niveau eidas2")
        await expect(line).to_contain_text("vérifiée par")

        silent = await asked_silently(agents, session)
        assert "code=" in await sent_back(page, silent)
        await page.get_by_test_id("sign-out").click()
        await page.get_by_test_id("sign-out").click()
        await page.get_by_role("button", name="OK").click()  # at the provider
        await expect(page.get_by_test_id("stopped-signedOutThere")).to_be_visible()
        assert page.url == f"{agents.origin}/"
        assert "error=login_required" in await sent_back(page, silent)
        # The organiser's is left, and this tab does not take it up.
        assert await page.evaluate(IDENTITIES) == 1
        await page.reload()
        await expect(page.get_by_role("heading", name="Ouvrez le lien")).to_be_visible()
    (checked,) = events_of(agents, session, "sign_in.accepted")
    (ended,) = events_of(agents, session, "access.signed_out")
    assert (checked.event.participant_id, checked.event.acr) == ("chair", "eidas2")
    assert ended.actor.participant_id == "chair"
    again = await refusal_of(device.post(BEGIN, {"secret": device.invitation.secret}))
    assert again.refusal == "invitation_used"


@asynccontextmanager
async def chromium() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield await browser.new_context(locale="fr-FR")
        await browser.close()


async def asked_silently(site: Site, session: str) -> str:
    """Return a request that the provider answers at once, by whether the browser is signed in."""
    device = await invited(site, session, "examiner-1")
    begun = await device.post(BEGIN, {"secret": device.invitation.secret})
    return str(URL(begun["authorization_url"]).update_query(prompt="none"))


async def sent_back(page: Page, url: str) -> str:
    """Return where the provider sends this browser."""
    response = await page.request.get(url, max_redirects=0)
    return response.headers["location"]


# --- with a clock and a provider of the test's own ------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Simulated:
    """A provider that only describes itself, and counts how often its keys are read."""

    def __init__(self) -> None:
        self.looks = 0
        self.status = 200
        self.changes: dict[str, object] = {}
        app = web.Application()
        app.router.add_get(WELL_KNOWN, self._discovery)
        app.router.add_get("/jwks", self._jwks)
        self.server = TestServer(app)

    @property
    def issuer(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def sign_ins(self, clock: Clock) -> SignIns:
        party = oidc.RelyingParty(
            client_id=CLIENT_ID,
            redirect_uri="https://visiojury.example" + CALLBACK_PATH,
            post_logout_redirect_uri="https://visiojury.example" + SIGNED_OUT_PATH,
            scope="openid",
            algorithm="RS256",
            acr_values=("eidas1",),
        )
        return SignIns(self.issuer, party, CLIENT_SECRET, now=clock)

    async def _discovery(self, _request: web.Request) -> web.Response:
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
        described = {name: f"{self.issuer}/{name}" for name in names}
        described |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
        return web.json_response({**described, **self.changes}, status=self.status)

    async def _jwks(self, _request: web.Request) -> web.Response:
        self.looks += 1
        return web.json_response({"keys": [{"kid": "one", "kty": "RSA"}]})


@pytest_asyncio.fixture(loop_scope="module")
async def simulated() -> AsyncIterator[Simulated]:
    one = Simulated()
    async with one.server:
        yield one


async def refused(asked: Any) -> str:
    try:
        answer = await asked
    except (AuthError, RequestError) as refusal:
        return refusal.code
    raise AssertionError(f"not refused: {answer}")


async def test_an_unknown_key_is_looked_for_at_most_every_30_seconds(simulated: Simulated) -> None:
    clock = Clock()
    sign_ins = simulated.sign_ins(clock)
    described = await sign_ins._discover()
    assert await sign_ins._key(described, "one") is not None
    for _ in range(20):
        assert await sign_ins._key(described, "of-who-floods-us") is None
    assert simulated.looks == 1
    clock.now_s = REFETCH_S
    assert await sign_ins._key(described, "of-who-floods-us") is None
    assert simulated.looks == 2
    assert await sign_ins._key(described, "one") is not None


async def test_an_attempt_ends_after_ten_minutes(simulated: Simulated) -> None:
    clock = Clock()
    sign_ins = simulated.sign_ins(clock)
    states = []
    for _ in range(2):
        url = await sign_ins.begin("digest", "jkt")
        states.append(URL(url).query["state"])
    clock.now_s = ATTEMPT_S - 1
    early = sign_ins.complete(states[0], None, None, jkt="jkt")
    assert await refused(early) == "openid_refused"
    clock.now_s = ATTEMPT_S
    late = sign_ins.complete(states[1], None, None, jkt="jkt")
    assert await refused(late) == "openid_state_unknown"


async def test_a_flood_of_attempts_takes_a_bounded_place(simulated: Simulated) -> None:
    sign_ins = simulated.sign_ins(Clock())
    for number in range(MAX_ATTEMPTS + 5):
        await sign_ins.begin(str(number), "jkt")
    assert len(sign_ins._waiting) == MAX_ATTEMPTS


async def test_the_issuer_of_an_answer_is_compared(simulated: Simulated) -> None:
    sign_ins = simulated.sign_ins(Clock())
    state = URL(await sign_ins.begin("digest", "jkt")).query["state"]
    mixed_up = sign_ins.complete(state, "code", "https://elsewhere.example", jkt="jkt")
    assert await refused(mixed_up) == "openid_foreign"


async def test_who_offers_no_sign_out_or_is_gone_holds_nobody_up(simulated: Simulated) -> None:
    simulated.changes = {"end_session_endpoint": f"{simulated.issuer}/end"}
    url = await simulated.sign_ins(Clock()).end_session_url("a.b.c")
    assert url is not None
    assert URL(url).query["id_token_hint"] == "a.b.c"
    simulated.changes = {}
    assert await simulated.sign_ins(Clock()).end_session_url("a.b.c") is None
    simulated.status = 500
    assert await simulated.sign_ins(Clock()).end_session_url("a.b.c") is None


async def test_a_provider_that_is_not_there_or_not_itself(simulated: Simulated) -> None:
    simulated.changes = {"issuer": "https://elsewhere.example"}
    foreign = simulated.sign_ins(Clock()).begin("digest", "jkt")
    assert await refused(foreign) == "openid_unavailable"
    simulated.changes, simulated.status = {}, 500
    failing = simulated.sign_ins(Clock()).begin("digest", "jkt")
    assert await refused(failing) == "openid_unavailable"
    gone = simulated.sign_ins(Clock())
    await simulated.server.close()
    assert await refused(gone.begin("digest", "jkt")) == "openid_unavailable"
