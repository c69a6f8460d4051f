"""Invitations by mail: a real mail server over real TLS, and what becomes of one that fails."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from playwright.async_api import expect
from structlog.testing import capture_logs

from signaling import settings as s
from signaling.errors import StartError
from signaling.mailing import mailer_of
from signaling.qr import qr_code
from signaling.refusals import RequestError
from tests.certificates import Identity, make_identity
from tests.e2e.images import photograph
from tests.e2e.inspection import AXE, problems
from tests.e2e.people import new_cast
from tests.signaling.site import Site, refusal_of, serving, settings_in
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.errors import RefusedError
from visiojury.rehearsal.ports import LOCAL, free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = "aya.attendue@personne.example"
REFUSED = "nobody@personne.example"
SENDER, USER, PASSWORD = "visiojury@office.example", "visiojury", "a-password-of-the-test"
LATE_S = 1.0


@dataclass
class Post:
    """A mail server with one account, and what it was given."""

    identity: Identity
    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    is_silent: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address == REFUSED:
            return f"550 5.1.1 no mailbox {address} here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.is_silent:
            await asyncio.sleep(10 * LATE_S)
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert envelope.rcpt_tos == [message["To"]]
        self.received.append(message)
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, how: str, data: Any) -> Any:
        is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known and how in {"LOGIN", "PLAIN"})


@asynccontextmanager
async def delivering(folder: Path) -> AsyncIterator[Post]:
    """A mail server that takes nothing before STARTTLS and a password."""
    post = Post(make_identity(folder), port=free_port())
    loop = asyncio.get_running_loop()
    context = context_of(post.identity)
    server = await loop.create_server(
        lambda: SMTP(
            post,
            hostname="mail.example",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=post.authenticate,
            loop=loop,
        ),
        LOCAL,
        post.port,
    )
    try:
        yield post
    finally:
        server.close()
        await server.wait_closed()


def context_of(identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    return context


def settings_for(post: Post, **changes: Any) -> s.SMTP:
    given: dict[str, Any] = {
        "host": "localhost",
        "port": post.port,
        "sender": SENDER,
        "user": USER,
        "password_file": Path("smtp.secret"),
        "certificates": post.identity.certificate,
    }
    return s.SMTP(**{**given, **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def post(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    async with delivering(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mailing_site(post: Post, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("mailing-site")
    (folder / "smtp.secret").write_text(PASSWORD + "\n", encoding="utf-8")
    smtp = settings_for(post, password_file=folder / "smtp.secret", timeout_s=LATE_S)
    async with serving(settings_in(folder).model_copy(update={"smtp": smtp})) as running:
        yield running


async def invited(client: Client, who: str) -> dict[str, Any]:
    body = {"participant_id": who}
    return await client.post(f"/api/sessions/{client._session_id}/invitations", body)


async def mailed(client: Client, who: str, link: str, address: str = ADDRESS) -> dict[str, Any]:
    secret = link.partition("#invitation=")[2]
    body = {"participant_id": who, "secret": secret, "address": address}
    return await client.post(f"/api/sessions/{client._session_id}/invitations/mail", body)


def code_of(refusal: RefusedError) -> tuple[int, str]:
    return refusal.status, refusal.refusal


# --- the mail ---------------------------------------------------------------------------------


@pytest.mark.requirement("B3", "T3")
async def test_a_link_goes_by_mail_encrypted_and_the_address_is_kept_nowhere(
    mailing_site: Site, post: Post
) -> None:
    session_id = await mailing_site.create()
    organiser = await mailing_site.person(session_id, "organiser")
    issued = await invited(organiser, "chair")
    assert issued["can_mail"] is True
    post.received.clear()
    with capture_logs() as logs:
        assert await mailed(organiser, "chair", issued["link"]) == {}
    (message,) = post.received
    assert post.encrypted[-1]
    assert (message["From"], message["To"]) == (SENDER, ADDRESS)
    text = message.get_content()
    assert message.get_content_type() == "text/plain"
    assert issued["link"] in text.splitlines()
    assert "DEIS par la VAE, session de juin 2026" in text
    assert "heure de Paris" in text
    assert issued["code"] not in message.as_string(), "a mailbox would hold both factors"
    assert "un code" in text
    assert "jamais par courriel" in text

    room = mailing_site.server.rooms.get(session_id)
    assert room is not None
    assert ADDRESS not in repr(room.owner.entries)
    assert ADDRESS not in repr(logs)
    (line,) = [one for one in logs if one["event"] == "invitation.mailed"]
    assert (line["participant_id"], line["by"]) == ("chair", "organiser")
    everything = b"".join(
        path.read_bytes() for path in mailing_site.settings.data.rglob("*") if path.is_file()
    )
    assert ADDRESS.encode() not in everything

    chair = Client(mailing_site.http, mailing_site.origin, Invitation.of(issued))
    await chair.redeem()
    refusal = await refusal_of(mailed(organiser, "chair", issued["link"]))
    assert code_of(refusal) == (409, "mail_link_foreign"), "a link that was used is no link"


@pytest.mark.requirement("B3")
async def test_only_a_link_that_waits_for_that_person_is_sent(
    mailing_site: Site, post: Post
) -> None:
    session_id, other_id = await mailing_site.create(), await mailing_site.create()
    organiser = await mailing_site.person(session_id, "organiser")
    old = (await invited(organiser, "candidate"))["link"]
    await invited(organiser, "candidate")
    other = await mailing_site.person(other_id, "organiser")
    elsewhere = (await invited(other, "candidate"))["link"]
    anothers = (await invited(organiser, "examiner-1"))["link"]
    post.received.clear()
    for link in (old, elsewhere, anothers, "#invitation=anything"):
        refusal = await refusal_of(mailed(organiser, "candidate", link))
        assert code_of(refusal) == (409, "mail_link_foreign")
    assert post.received == []


@pytest.mark.requirement("A4")
async def test_who_may_not_invite_may_not_send(mailing_site: Site, post: Post) -> None:
    session_id = await mailing_site.create()
    organiser = await mailing_site.person(session_id, "organiser")
    link = (await invited(organiser, "candidate"))["link"]
    post.received.clear()
    for who in ("invigilator", "chair", "manager"):
        client = await mailing_site.person(session_id, who)
        refusal = await refusal_of(mailed(client, "candidate", link))
        assert code_of(refusal) == (403, "not_allowed")
    assert post.received == []


@pytest.mark.parametrize(
    "address",
    ["", "aya", "aya@example", "a@b.example\r\nBcc: c@d.example", "<a@b.example>", "é@b.example"],
)
async def test_what_is_no_address_is_refused(mailing_site: Site, post: Post, address: str) -> None:
    organiser = await mailing_site.person(await mailing_site.create(), "organiser")
    link = (await invited(organiser, "candidate"))["link"]
    post.received.clear()
    refusal = await refusal_of(mailed(organiser, "candidate", link, address))
    assert code_of(refusal) == (400, "body_malformed")
    assert post.received == []


# --- when it fails ----------------------------------------------------------------------------


async def test_a_failure_is_told_the_link_stays_good_and_nobody_else_waits(
    mailing_site: Site, post: Post
) -> None:
    organiser = await mailing_site.person(await mailing_site.create(), "organiser")
    link = (await invited(organiser, "candidate"))["link"]
    with capture_logs() as logs:
        refusal = await refusal_of(mailed(organiser, "candidate", link, REFUSED))
        assert code_of(refusal) == (424, "mail_refused")
        post.is_silent = True
        waiting = asyncio.create_task(refusal_of(mailed(organiser, "candidate", link)))
        await asyncio.sleep(LATE_S / 5)
        assert (await organiser.get(f"/api/sessions/{organiser._session_id}"))["session"]
        assert not waiting.done(), "somebody else's answer waited for the mail server"
        assert code_of(await waiting) == (424, "mail_unavailable")
        post.is_silent = False
    assert REFUSED not in repr(logs)
    assert ADDRESS not in repr(logs)
    post.received.clear()
    assert await mailed(organiser, "candidate", link) == {}
    assert len(post.received) == 1


async def test_without_a_mail_server_it_is_not_offered(site: Site) -> None:
    organiser = await site.person(await site.create(), "organiser")
    issued = await invited(organiser, "candidate")
    assert issued["can_mail"] is False
    refusal = await refusal_of(mailed(organiser, "candidate", issued["link"]))
    assert code_of(refusal) == (409, "mail_not_configured")


def message() -> EmailMessage:
    plain = EmailMessage()
    plain["From"], plain["To"] = SENDER, ADDRESS
    plain.set_content("Bonjour")
    return plain


async def test_a_server_that_the_authorities_do_not_vouch_for_gets_nothing(
    post: Post, tmp_path: Path
) -> None:
    other = make_identity(tmp_path)
    mailer = mailer_of(settings_for(post, certificates=other.certificate), PASSWORD)
    assert mailer is not None
    post.received.clear()
    with pytest.raises(RequestError, match="mail_unavailable"):
        await mailer.send(message())
    assert post.received == []


async def test_a_wrong_password_is_told_as_a_failure_and_not_as_a_wrong_address(post: Post) -> None:
    mailer = mailer_of(settings_for(post), "wrong")
    assert mailer is not None
    with pytest.raises(RequestError, match="mail_unavailable"):
        await mailer.send(message())


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    post = Post(make_identity(tmp_path), port=free_port())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(post, hostname="mail.example", loop=loop),
        LOCAL,
        post.port,
        ssl=context_of(post.identity),
    )
    async with server:
        settings = settings_for(post, security="tls", user=None, password_file=None)
        mailer = mailer_of(settings, "")
        assert mailer is not None
        await mailer.send(message())
    assert [one["To"] for one in post.received] == [ADDRESS]


async def test_authorities_that_are_none_are_named_at_the_start(tmp_path: Path) -> None:
    nonsense = tmp_path / "none.pem"
    nonsense.write_text("not a certificate", encoding="utf-8")
    for path in (nonsense, tmp_path / "missing.pem"):
        settings = s.SMTP(host="mail.example", sender=SENDER, certificates=path)
        with pytest.raises(StartError, match=r"smtp\.certificates"):
            mailer_of(settings, "")


# --- its page ---------------------------------------------------------------------------------


@pytest.mark.requirement("B3")
async def test_the_page_hands_a_link_over_by_code_and_by_mail_and_says_what_became_of_it(
    mailing_site: Site, post: Post, tmp_path: Path
) -> None:
    session_id = await mailing_site.create()
    invitation = mailing_site.invitations[session_id]["organiser"]
    post.received.clear()
    async with new_cast(tmp_path) as cast:
        cast.window = (1280, 900)
        person = await cast.enter("organiser")
        page = person.page
        await page.add_init_script(path=AXE)
        await page.goto(invitation.link)
        await page.get_by_test_id("code-input").fill(invitation.code or "")
        await page.get_by_test_id("code-submit").click()
        await page.get_by_test_id("access-chair").click()
        await person.click("reissue-chair")
        issued = page.get_by_test_id("issued")
        link = await issued.get_by_test_id("issued-link").inner_text()
        await issued.get_by_test_id("handover-qr").press("Enter")
        drawn = issued.get_by_test_id("link-qr").locator("path")
        assert await drawn.get_attribute("d") == qr_code(link).path
        await issued.get_by_test_id("handover-mail").press("Enter")
        await issued.get_by_test_id("mail-address").fill(REFUSED)
        await issued.get_by_test_id("mail-send").press("Enter")
        await expect(issued.get_by_test_id("refusal")).to_contain_text("refuse cette adresse")
        await issued.get_by_test_id("mail-address").fill(ADDRESS)
        await issued.get_by_test_id("mail-send").press("Enter")
        await expect(issued.get_by_test_id("mail-sent")).to_contain_text(ADDRESS)
        await page.evaluate("scrollTo(0, 0)")
        await photograph(page, "handover")
        assert await problems(page) == []
        assert person.errors == []
    assert [one["To"] for one in post.received] == [ADDRESS]
    assert link in post.received[0].get_content()
