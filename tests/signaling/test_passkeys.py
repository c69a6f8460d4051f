"""Links that ask for a passkey: registered once, shown afterwards, in software and in Chromium."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from auth.passkeys import RelyingParty
from signaling import settings as s
from signaling.challenges import LIFETIME_S, MAX_CHALLENGES, Challenges
from signaling.refusals import RequestError
from tests.e2e.netns import CHROMIUM
from tests.e2e.people import FLAGS
from tests.passkeys import UP, Authenticator
from tests.signaling.site import Site, refusal_of, serving, settings_in
from tests.signaling.test_stations import enrolled, today
from visiojury.exam import events as ev
from visiojury.exam.register import register
from visiojury.rehearsal.client import Client, Invitation

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T1")]

INVITE = "/api/sessions/{}/invitations"
BEGIN, COMPLETE = "/api/passkey/begin", "/api/passkey/complete"
SIGN_IN, AT_STATION = "/api/stations/sign-in", "/api/stations/passkey/"
PASSKEY_NEEDED = "invitation_passkey_needed"


def named(settings: s.Settings) -> s.Settings:
    """Return the settings of a site that people find by a host name, as passkeys need."""
    origin = f"http://localhost:{settings.http.port}"
    return settings.model_copy(
        update={"http": settings.http.model_copy(update={"origins": (origin,)})}
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    freely = s.Allowance(per_s=1_000, burst=10_000)
    settings = named(settings_in(tmp_path_factory.mktemp("hosted"))).model_copy(
        update={"limits": s.Limits(address=freely, account=freely, sign_in=freely)}
    )
    async with serving(settings) as site:
        yield site


DEVICES = ["camera", "microphone"]
VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A device that verifies its user. Source: Chrome DevTools Protocol, domain WebAuthn."""
PEOPLE = ("chair", "examiner-1", "examiner-2", "invigilator", "candidate")


async def somebody(site: Site) -> tuple[str, str]:
    """Return a session and a person in it who has no passkey yet; a session costs ten codes."""
    for session in site.invitations:
        room = site.server.rooms.get(session)
        assert room is not None
        state = room.owner.state
        for who in PEOPLE:
            if not any(access.invitation.needs_passkey for access in state.invitations_of(who)):
                return session, who
    return await site.create(), PEOPLE[0]


async def invited(site: Site, session: str, who: str) -> Client:
    """Return a new device of a person, with a new link that asks for a passkey."""
    url, asked = site.origin + INVITE.format(session), {"participant_id": who, "factor": "passkey"}
    async with site.http.post(url, json=asked, headers=site.admin()) as response:
        made = await response.json()
        assert response.status == 200, made
    return Client(site.http, site.origin, Invitation.of(made))


def secret_of(device: Client, **more: object) -> dict[str, object]:
    return {"secret": device.invitation.secret, **more}


async def begun(device: Client) -> dict[str, Any]:
    return await device.post(BEGIN, secret_of(device, code=device.invitation.code))


async def completed(device: Client, credential: dict[str, Any]) -> dict[str, Any]:
    return await device.post(COMPLETE, secret_of(device, credential=credential))


async def let_in(device: Client, authenticator: Authenticator) -> str:
    """Go through either ceremony; return which it was."""
    asked = await begun(device)
    answer = await completed(device, authenticator.answer(asked["options"]))
    device._token, device._session_id = answer["access_token"], answer["session_id"]
    return str(asked["ceremony"])


async def code_of(asked: Any) -> str:
    return str((await refusal_of(asked)).refusal)


def entries_of(site: Site, session: str, who: str) -> list[Any]:
    """Return what the record says of a person's passkey."""
    room = site.server.rooms.get(session)
    assert room is not None
    return [
        entry
        for entry in room.owner.entries
        for said in (getattr(entry.event, "passkey", None), entry.event)
        if isinstance(said, (ev.Passkey, ev.PasskeyRevoked)) and said.participant_id == who
    ]


@pytest.mark.requirement("B3")
async def test_it_is_registered_with_the_code_and_opens_the_next_link_elsewhere(
    hosted: Site,
) -> None:
    (session, who), key = await somebody(hosted), Authenticator(hosted.origin)
    first = await invited(hosted, session, who)
    assert await code_of(first.redeem()) == "invitation_passkey_needed"
    without = secret_of(first)
    assert await code_of(first.post(BEGIN, without)) == "invitation_code_needed"
    assert await let_in(first, key) == "registration"
    assert (await first.post("/api/ws-ticket", {}))["ticket"]

    elsewhere = await invited(hosted, session, who)
    assert elsewhere.invitation.code is None
    assert await let_in(elsewhere, key) == "authentication"
    assert await code_of(first.post("/api/ws-ticket", {})) == "access_revoked"

    made, used = entries_of(hosted, session, who)
    assert made.event.passkey.sign_count == 1
    assert used.event.passkey == replace(made.event.passkey, sign_count=2)
    assert made.event.passkey.credential_id.encode() not in made.raw  # erasable with the person
    room = hosted.server.rooms.get(session)
    assert room is not None
    line = next(one for one in register(room.owner.state) if one.participant_id == who)
    assert line.authentication == "invitation+passkey"


async def test_the_same_link_on_the_same_device_may_come_again(hosted: Site) -> None:
    (session, who), key = await somebody(hosted), Authenticator(hosted.origin)
    device = await invited(hosted, session, who)
    await let_in(device, key)
    again = Client(hosted.http, hosted.origin, replace(device.invitation, code=None))
    again._key = device._key
    assert await let_in(again, key) == "authentication"
    stranger = Client(hosted.http, hosted.origin, device.invitation)
    assert await code_of(begun(stranger)) == "invitation_used"


async def test_an_answer_serves_once_for_its_link_and_device(hosted: Site) -> None:
    (session, who), key = await somebody(hosted), Authenticator(hosted.origin, counts=False)
    device = await invited(hosted, session, who)
    answer = key.answer((await begun(device))["options"])
    thief = Client(hosted.http, hosted.origin, device.invitation)
    assert await code_of(completed(thief, answer)) == "passkey_not_expected"
    await completed(device, answer)
    assert await code_of(completed(device, answer)) == "passkey_not_expected"
    later = await invited(hosted, session, who)
    used = key.answer((await begun(later))["options"])
    await completed(later, used)
    assert await code_of(completed(later, used)) == "passkey_not_expected"
    await begun(later)
    assert await code_of(completed(later, used)) == "passkey_challenge"


async def test_what_the_authenticator_gets_wrong_is_refused_and_nobody_is_let_in(
    hosted: Site,
) -> None:
    (session, who), key = await somebody(hosted), Authenticator(hosted.origin)
    await let_in(await invited(hosted, session, who), key)
    device = await invited(hosted, session, who)
    for lies, code in (
        ({"origin": "http://localhost:1"}, "passkey_origin"),
        ({"rp_id": "example.fr"}, "passkey_relying_party"),
        ({"flags": UP}, "passkey_unverified"),
        ({"sign_count": 0}, "passkey_counter"),
        ({"credential_id": b"somebody else's"}, "passkey_foreign"),
        ({"key": Authenticator("").key}, "passkey_invalid"),
    ):
        liar = replace(key, **lies)
        challenge = (await begun(device))["options"]["challenge"]
        assert await code_of(completed(device, liar.get(challenge))) == code
    await begun(device)
    assert await code_of(completed(device, {"id": "x"})) == "passkey_foreign"
    assert len(entries_of(hosted, session, who)) == 1
    await let_in(device, key)


async def test_anothers_passkey_opens_no_link_and_is_not_registered_twice(hosted: Site) -> None:
    session, mine = await hosted.create(), Authenticator(hosted.origin)
    theirs = Authenticator(hosted.origin)
    await let_in(await invited(hosted, session, "chair"), mine)
    await let_in(await invited(hosted, session, "examiner-1"), theirs)
    device = await invited(hosted, session, "chair")
    challenge = (await begun(device))["options"]["challenge"]
    assert await code_of(completed(device, theirs.get(challenge))) == "passkey_foreign"
    newcomer = await invited(hosted, session, "examiner-2")
    options = (await begun(newcomer))["options"]
    assert await code_of(completed(newcomer, mine.answer(options))) == "passkey_foreign"


async def test_wrong_codes_lock_the_link_before_a_passkey_is_registered(hosted: Site) -> None:
    device = await invited(hosted, *await somebody(hosted))
    code = device.invitation.code or ""
    wrong = secret_of(device, code=f"{(int(code) + 1) % 10**8:08}")
    for _ in range(5):
        assert await code_of(device.post(BEGIN, wrong)) == "invitation_code_wrong"
    assert await code_of(begun(device)) == "invitation_locked"


async def test_the_organiser_revokes_it_and_the_next_link_registers_another(hosted: Site) -> None:
    session, who, lost = await hosted.create(), "chair", Authenticator(hosted.origin)
    await let_in(await invited(hosted, session, who), lost)
    waiting = await invited(hosted, session, who)
    challenge = (await begun(waiting))["options"]["challenge"]
    organiser = await hosted.person(session, "organiser")
    await organiser.act("revoke_invitation", participant_id=who)
    assert await code_of(completed(waiting, lost.get(challenge))) == "invitation_revoked"
    _, revoked = entries_of(hosted, session, who)
    assert revoked.event.type == "passkey.revoked"
    assert revoked.actor.participant_id == "organiser"
    device, new = await invited(hosted, session, who), Authenticator(hosted.origin)
    assert device.invitation.code is not None
    assert await code_of(device.post(BEGIN, secret_of(device))) == "invitation_code_needed"
    assert await let_in(device, new) == "registration"
    elsewhere = await invited(hosted, session, who)
    challenge = (await begun(elsewhere))["options"]["challenge"]
    assert await code_of(completed(elsewhere, lost.get(challenge))) == "passkey_foreign"


async def test_a_link_that_asks_for_a_code_is_not_opened_by_a_passkey(hosted: Site) -> None:
    session, who, key = await hosted.create(), "chair", Authenticator(hosted.origin)
    await let_in(await invited(hosted, session, who), key)
    organiser = hosted.device(session, "organiser")
    assert await code_of(begun(organiser)) == "passkey_not_asked"
    assert await code_of(completed(organiser, key.get("AAAA"))) == "passkey_not_expected"
    assert await code_of(organiser.post(BEGIN, {"secret": "of-nobody"})) == "invitation_unknown"


async def test_an_installation_without_a_host_name_says_so(site: Site) -> None:
    session = await site.create()
    device = site.device(session, "chair")
    assert await code_of(begun(device)) == "passkey_not_configured"
    organiser = await site.person(session, "organiser")
    asked = {"participant_id": "chair", "factor": "passkey"}
    refusal = await refusal_of(organiser.post(INVITE.format(session), asked))
    assert (refusal.status, refusal.refusal) == (409, "passkey_not_configured")


async def test_a_challenge_ends_after_six_minutes(
    hosted: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, key = await invited(hosted, *await somebody(hosted)), Authenticator(hosted.origin)
    passkeys = hosted.server.entrances.passkeys
    assert passkeys is not None
    now_s = time.monotonic()
    challenges = Challenges(passkeys._challenges.party, now=lambda: now_s)
    monkeypatch.setattr(passkeys, "_challenges", challenges)
    answer = key.answer((await begun(device))["options"])
    now_s += LIFETIME_S
    assert await code_of(completed(device, answer)) == "passkey_not_expected"
    answer = key.answer((await begun(device))["options"])
    now_s += LIFETIME_S - 1
    await completed(device, answer)


async def test_challenges_take_a_bounded_place() -> None:
    challenges = Challenges(RelyingParty("localhost", ("http://localhost",)))
    for number in range(MAX_CHALLENGES + 5):
        challenges.give(str(number), "jkt", "authentication")
    assert len(challenges._given) == MAX_CHALLENGES
    with pytest.raises(RequestError):
        challenges.answered("0", "jkt", {})
    last = challenges.answered(str(MAX_CHALLENGES + 4), "jkt", {})
    assert len(last.challenge) == 32


@pytest.mark.requirement("J1")
async def test_it_signs_its_person_in_at_a_station_and_nobody_else(hosted: Site) -> None:
    session, mine, theirs = (
        await hosted.create(),
        Authenticator(hosted.origin),
        Authenticator(hosted.origin),
    )
    await let_in(await invited(hosted, session, "chair"), mine)
    await let_in(await invited(hosted, session, "examiner-1"), theirs)
    station = await enrolled(hosted, await hosted.person(session, "invigilator"), session)
    chair = {"participant_id": "chair"}

    async def signed_in(key: Authenticator, who: str = "chair") -> dict[str, Any]:
        options = (await station.post(AT_STATION + "begin", chair))["options"]
        credential = key.get(options["challenge"])
        asked = {"participant_id": who, "credential": credential}
        return await station.post(AT_STATION + "complete", asked)

    assert await code_of(station.post(SIGN_IN, {**chair, "code": "1" * 8})) == PASSKEY_NEEDED
    assert await code_of(signed_in(theirs)) == "passkey_foreign"
    assert await code_of(signed_in(mine, "examiner-1")) == "passkey_not_expected"
    assert await signed_in(mine) == chair
    used = entries_of(hosted, session, "chair")[-1]
    assert (used.event.type, used.event.factor) == ("station.signed_in", "passkey")
    assert used.actor.authentication == "station+passkey"
    assert used.event.passkey.credential_id.encode() not in used.raw
    again = {**chair, "credential": mine.get("AAAA")}
    assert await code_of(station.post(AT_STATION + "complete", again)) == "passkey_not_expected"
    copied = replace(mine, sign_count=used.event.passkey.sign_count - 1)
    assert await code_of(signed_in(copied)) == "passkey_counter"

    # It was counted for the link too, and gave nobody access.
    await let_in(await invited(hosted, session, "chair"), mine)
    room = hosted.server.rooms.get(session)
    assert room is not None
    line = next(one for one in register(room.owner.state) if one.participant_id == "chair")
    assert (line.station_id, line.authentication) == ("station-1", "station+passkey")


async def test_what_no_passkey_opens_at_a_station(hosted: Site) -> None:
    session = await hosted.create()
    agent = await hosted.person(session, "invigilator")
    station = await enrolled(hosted, agent, session)
    begin = AT_STATION + "begin"
    await invited(hosted, session, "examiner-1")
    for who, expected in (
        ("chair", "passkey_not_asked"),
        ("examiner-1", "station_passkey_unknown"),
        ("candidate", "station_sign_in_not_theirs"),
        ("ghost", "participant_unknown"),
    ):
        assert await code_of(station.post(begin, {"participant_id": who})) == expected
    mine = {"participant_id": "examiner-1"}
    assert await code_of(agent.post(begin, mine)) == "not_allowed"


@pytest.mark.timeout(120)
async def test_an_organiser_chooses_it_and_the_person_enters_with_it_twice(hosted: Site) -> None:
    """The whole way in Chromium: the organiser's page, the join page, the room."""
    session = await hosted.create()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        office = await browser.new_page(base_url=hosted.origin)
        await opened(office, hosted.invitations[session]["organiser"])
        person = await (await browser.new_context(permissions=DEVICES)).new_page()
        device = await person.context.new_cdp_session(person)
        await device.send("WebAuthn.enable")
        made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
        first = await chosen(office, "chair")
        assert first.code is not None
        await opened(person, first)
        await expect(person.get_by_role("heading", level=1)).to_contain_text("Créez")
        await entered(person)
        told = person.get_by_test_id("own-access")
        await expect(told).to_contain_text("vient d’être enregistrée à votre nom")
        await office.get_by_test_id("register-open").click()
        line = office.get_by_test_id("line-chair")
        await expect(line).to_contain_text("clé d’accès enregistrée le")
        await expect(line).to_contain_text("depuis le")
        await office.get_by_test_id("register-open").click()
        held = await device.send("WebAuthn.getCredentials", made)
        assert [one["rpId"] for one in held["credentials"]] == ["localhost"]

        # Another link is another device key, as on another device; the passkey is the person's.
        second = await chosen(office, "chair")
        assert second.code is None
        await opened(person, second)
        await expect(person.get_by_role("heading", level=1)).to_contain_text("Utilisez")
        await device.send("WebAuthn.setUserVerified", {**made, "isUserVerified": False})
        await person.get_by_test_id("passkey-use").click()
        await expect(person.get_by_test_id("refusal")).to_contain_text("n’a pas répondu")
        await device.send("WebAuthn.setUserVerified", {**made, "isUserVerified": True})
        await entered(person)
        await expect(told).to_contain_text("est enregistrée à votre nom depuis")
        await expect(told).to_contain_text("Un autre appareil avait votre accès")
        await person.get_by_test_id("own-access-read").click()
        await expect(told).to_have_count(0)
        await at_the_station(office, person)
        await asked_for(office, "examiner-1", "totp")
        await expect(office.get_by_test_id("issued-qr")).to_be_visible()
        await browser.close()
    made_at, used, at_station = entries_of(hosted, session, "chair")
    assert at_station.event.type == "station.signed_in"
    assert at_station.event.passkey.sign_count > used.event.passkey.sign_count
    assert used.event.passkey.sign_count > made_at.event.passkey.sign_count
    assert used.event.device_key != made_at.event.device_key


async def opened(page: Page, invitation: Invitation) -> None:
    """Open a link, and give the code where it asks for one."""
    await page.goto("about:blank")
    await page.goto(invitation.link)
    if invitation.code is not None:
        await page.get_by_test_id("code-input").fill(invitation.code)
        await page.get_by_test_id("code-submit").click()


async def chosen(office: Page, who: str) -> Invitation:
    """Make a link that asks for a passkey, as the organiser does."""
    await asked_for(office, who, "passkey")
    link = await office.get_by_test_id("issued-link").inner_text()
    code = office.get_by_test_id("issued-code")
    shown = Invitation(who, "chair", link, await code.inner_text() if await code.count() else None)
    await office.get_by_role("button", name="Fermer", exact=True).click()
    return shown


async def asked_for(office: Page, who: str, factor: str) -> None:
    if not await office.get_by_test_id(f"factor-{who}").is_visible():
        await office.get_by_test_id(f"access-{who}").click()
    await office.get_by_test_id(f"factor-{who}").select_option(factor)
    for _ in range(2):  # It asks twice.
        await office.get_by_test_id(f"reissue-{who}").click()


async def at_the_station(office: Page, page: Page) -> None:
    """The agent opens a station, in whose page the chair signs in by their passkey."""
    link = await office.evaluate(
        """async (day) => {
          const { api } = document.querySelector("vj-app");
          await api.command({ command: "enrol_station", station: "Poste 1", room: "12", day });
          return (await api.reissue("station-1", "code")).link;
        }""",
        today(),
    )
    await opened(page, Invitation("station-1", "station", link, None))
    await page.get_by_test_id("enter-room").click()
    await page.get_by_test_id("sign-in-passkey").click()
    await expect(page.get_by_test_id("refusal")).to_contain_text("Choisissez d’abord votre nom")
    await page.get_by_test_id("sign-in-who").select_option("chair")
    await page.get_by_test_id("sign-in-passkey").click()
    await expect(page.get_by_test_id("here-chair")).to_contain_text("identifié au poste")


async def entered(person: Page) -> None:
    """Use the passkey, then check the devices and enter the room."""
    await person.get_by_test_id("passkey-use").click()
    await person.get_by_test_id("enter-room").click()
    await expect(person.get_by_test_id("link")).to_be_visible()
