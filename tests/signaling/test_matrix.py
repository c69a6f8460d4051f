"""Every command and every message × every role × every stage of a session: 100 % of cells.

Commands come by HTTP, messages by the WebSocket: both are the product's own lists, so that a new
one without its line here or in `tests.written` fails. The stages are every state of a session and
every state of a sitting. What a person may do, they do: a stage moves on under its permitted
cells. A denied cell is denied wherever its stage has come to, so the order of the tests does not
matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from typing import Any, get_args

import pytest
import pytest_asyncio

from signaling import messages as m
from signaling.refusals import TABLE
from tests.builders import Story
from tests.signaling.site import Line, Site, bare_line, hello_of, line_of
from tests.signaling.test_rights import Session, by_command
from tests.signaling.test_socket import FINGERPRINT, offer_of
from tests.signaling.test_stations import enrolled
from tests.stages import BEYOND, brought
from tests.stages import CAST as EVERYBODY
from tests.written import RIGHTS
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.transitions import SessionState, SittingState
from visiojury.rehearsal.client import Client

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("A4", "T1"),
]

CUT = "cut"
"""A running sitting with an outage that goes on."""
STAGES = (
    *("draft-cancelled", "open-scheduled", "open-withdrawn", "in_progress-admitted"),
    *("in_progress-running", f"in_progress-{CUT}", "suspended-paused", "deliberating-voided"),
    *("closed-closed", "archived-postponed", "cancelled-absent", "moved-expelled"),
)
FORBIDDEN = (401, 403)
NOT_YOURS = {"foreign_office", "not_a_member"}
NOT_NOW = {
    "draft": "session_not_open",
    "suspended": "session_suspended",
    "deliberating": "illegal_transition",
    "closed": "record_sealed",
    "archived": "record_sealed",
    "cancelled": "session_given_up",
    "moved": "session_given_up",
}
"""By state of the session: how anybody's act on a sitting may be refused, before reach is asked."""
CAST = {who: role for who, role in EVERYBODY.items() if role is not Role.STATION}
"""People. A station comes in by its own link, in a test of its own."""
OF_EACH_ROLE = tuple({CAST[who]: who for who in reversed(CAST) if who not in BEYOND}.values())
"""Nobody else of a role may what its first may not: reach only takes away."""
MEDIA_ROLES = {"chair", "examiner", "candidate", "assistant"}
"""Whose picture and voice are part of an exam."""
STAFF = {"organiser", "invigilator", "session_manager", "technician"}
"""Who has media only in a technical test: another test of the same room may have opened one."""


def told(stage: str) -> Story:
    whole, one = stage.split("-")
    story = brought(whole, "running" if one == CUT else one)
    if one == CUT:
        story.cut("candidate", 5)
    return story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(open_site: Site) -> AsyncIterator[dict[str, Session]]:
    rooms = {stage: await open_site.hold(told(stage)) for stage in STAGES}
    yield {
        stage: Session(room.session_id, await open_site.seat(room)) for stage, room in rooms.items()
    }


async def test_the_stages_are_every_state_there_is() -> None:
    wholes, ones = zip(*(stage.split("-") for stage in STAGES), strict=True)
    assert set(wholes) == set(SessionState)
    assert set(ones) == {*SittingState, CUT}


# --- commands, over HTTP --------------------------------------------------------------------


def is_denied(who: str, command: cmd.Command) -> bool:
    return CAST[who].value not in RIGHTS[command.command]


def beyond_reach(stage: str, who: str, command: cmd.Command) -> set[str] | None:
    """Return how an act on a sitting that the person has nothing to do with is refused."""
    if who not in BEYOND or not isinstance(command, cmd.SittingCommand):
        return None
    return NOT_YOURS | {NOT_NOW.get(stage.partition("-")[0], "")} - {""}


@pytest.mark.parametrize("stage", STAGES)
async def test_what_a_role_may_not_do_is_forbidden_at_every_stage(
    stages: dict[str, Session], stage: str
) -> None:
    cells = list(product(OF_EACH_ROLE, by_command()))
    assert {command.command for _, command in cells} == set(RIGHTS)
    denied = [cell for cell in cells if is_denied(*cell)]
    for who, command in denied:
        code, facts = await stages[stage].code_of(who, command)
        assert (code, facts.get("role")) == ("not_allowed", CAST[who].value), (who, command, code)
        assert TABLE[code][0] in FORBIDDEN
    print(f"{stage}: {len(denied)} of {len(cells)} cells denied")


@pytest.mark.parametrize("stage", ["open-scheduled", "in_progress-running", "deliberating-voided"])
async def test_a_station_may_call_for_help_let_go_of_who_is_at_it_check_its_device_and_nothing_else(
    open_site: Site, stage: str
) -> None:
    room = await open_site.hold(told(stage))  # of its own: in those of the others anything is done
    organiser = (await open_site.seat(room))["organiser"]
    station = await enrolled(open_site, organiser, room.session_id)
    at_it = Session(room.session_id, {"station": station})
    denied = [c for c in by_command() if "station" not in RIGHTS[c.command]]
    for command in denied:
        code, facts = await at_it.code_of("station", command)
        assert (code, facts.get("role")) == ("not_allowed", "station"), command.command
    assert len(denied) == len(RIGHTS) - 3
    own = cmd.LeaveStation(station_id=station.invitation.participant_id, participant_id="candidate")
    assert await at_it.code_of("station", own) == ("", {})


@pytest.mark.parametrize("stage", STAGES)
async def test_what_a_role_may_do_is_refused_for_no_want_of_it_and_only_within_reach(
    stages: dict[str, Session], stage: str
) -> None:
    permitted = [(w, c) for w, c in product(CAST, by_command()) if not is_denied(w, c)]
    permitted.sort(key=lambda cell: beyond_reach(stage, *cell) is None)
    done = 0
    for who, command in permitted:
        code, facts = await stages[stage].code_of(who, command)
        done += not code
        if (expected := beyond_reach(stage, who, command)) is not None:
            assert code in expected, (who, command.command, code)
        assert not (code == "not_allowed" and facts.get("role")), (who, command.command)
    print(f"{stage}: {len(permitted)} cells permitted, {done} done")
    assert done


# --- messages, over the WebSocket -----------------------------------------------------------

SOUND = {"packets": 1, "silent_ms": 0}
PLAIN: dict[str, dict[str, Any]] = {
    "switch": {"audio": True, "video": True},
    "received": {"at_ms": 0, "audio": SOUND},
    "shown": {"heights": {"8": 360}},
    "ping": {"id": 1},
}
"""Every message but those that carry a token, as a page sends it."""
OFFERS = ("expired", "of_another_person", "of_another_session", "good", "echo")
"""The last for a call with oneself, which everybody but operations may make."""


async def test_every_kind_of_message_is_asked() -> None:
    kinds = {kind.model_fields["type"].default for kind in (m.Hello, *get_args(m.InRoom))}
    assert kinds == {"hello", "offer", *PLAIN}


def media_token(site: Site, client: Client, what: str) -> str:
    """Return a media token that the person's own key may use, but for what is said of it."""
    tokens, now = site.server.gate.tokens, site.server.gate.tokens._now
    claims = tokens.verify_access(client._token)
    if what == "expired":
        tokens._now = lambda: now() - 120
    try:
        return tokens.media(
            "somebody" if what == "of_another_person" else claims.subject,
            room="elsewhere" if what == "of_another_session" else claims.session,
            role=claims.role,
            jkt=claims.jkt,
            fingerprint=FINGERPRINT,
        )
    finally:
        tokens._now = now


async def refusals(line: Line) -> list[tuple[int | None, str]]:
    """Return what was refused of all that was sent, by the number it had."""
    await line.send(type="ping", id=99)
    said: list[tuple[int | None, str]] = []
    while (message := await line.next("error", "pong")).get("id") != 99:
        if message["type"] == "error":
            said.append((message["id"], message["code"]))
    return said


def expected_of(*, has_media: bool, has_echo: bool) -> list[tuple[int | None, str]]:
    """Return the refusals of all messages, in the order they are sent."""
    return [
        (None, "message_unexpected"),
        *([] if has_media else [(None, "media_not_for_role")]),
        (0, "token_expired"),
        (1, "token_foreign"),
        (2, "token_foreign"),
        (3, "offer_malformed" if has_media else "media_not_for_role"),
        (4, "offer_malformed" if has_echo else "media_not_for_role"),
    ]


@pytest.mark.parametrize("stage", STAGES)
async def test_every_message_of_everybody_at_every_stage(
    open_site: Site, stages: dict[str, Session], stage: str
) -> None:
    for who, role in CAST.items():
        client = stages[stage].people[who]
        async with line_of(open_site, client) as line:
            place = (await line.next("snapshot"))["state"]["place"]
            await line.send(**await hello_of(client))
            for kind, fields in PLAIN.items():
                await line.send(type=kind, **fields)
            for number, what in enumerate(OFFERS):
                token = media_token(open_site, client, what)
                await line.send(
                    type="offer",
                    id=number,
                    sdp=offer_of(),
                    media_token=token,
                    is_echo=what == "echo",
                )
            has_media = role.value in MEDIA_ROLES or (role.value in STAFF and place == "test")
            expected = expected_of(has_media=has_media, has_echo=role is not Role.OPS)
            assert await refusals(line) == expected, who
    print(f"{stage}: {len(CAST) * (1 + len(PLAIN) + len(OFFERS))} cells")


STRANGERS = {
    "no_ticket": ("ticket_unknown", 4401),
    "ticket_used": ("ticket_unknown", 4401),
    "ticket_over": ("ticket_unknown", 4401),
    "another_device": ("proof_mismatch", 4401),
    "proof_for_elsewhere": ("proof_invalid", 4401),
    "proof_of_another_ticket": ("proof_invalid", 4401),
    "revoked": ("access_revoked", 4403),
}
"""What is wrong with a hello that is good otherwise, and how it is refused."""


async def strange_hello(site: Site, client: Client, stranger: str) -> dict[str, Any]:
    hello, url = await hello_of(client), f"{site.origin}/api/ws"
    ticket, tickets = hello["ticket"], site.server.gate.tickets
    match stranger:
        case "no_ticket":
            hello["ticket"] = "x" * len(ticket)
        case "ticket_used":
            tickets.redeem(ticket)
        case "ticket_over":
            _, claims = tickets._open[ticket]
            tickets._open[ticket] = (tickets._now(), claims)
        case "another_device":
            thief = Client(site.http, site.origin, client.invitation)
            hello["proof"] = thief._key.proof("GET", url, token=ticket)
        case "proof_for_elsewhere":
            hello["proof"] = client._key.proof("GET", f"{url}-not", token=ticket)
        case "proof_of_another_ticket":
            hello["proof"] = client._key.proof("GET", url, token="x" * len(ticket))
    return hello


@pytest.mark.requirement("B3")
async def test_no_stranger_gets_a_line_in_anybodys_name(open_site: Site) -> None:
    room = await open_site.hold(told("in_progress-running"))
    people = await open_site.seat(room)
    hellos = {
        (who, stranger): await strange_hello(open_site, client, stranger)
        for who, client in people.items()
        for stranger in STRANGERS
    }
    for (who, stranger), hello in hellos.items():
        if stranger == "revoked":
            (access,) = room.owner.state.standing_access(who)
            over = ev.InvitationRevoked(
                at_ms=room.owner.entries[-1].event.at_ms, invitation_id=access
            )
            await room.owner.record(lambda _, over=over: [over], actor=None)  # type: ignore[misc]
        async with bare_line(open_site) as line:
            await line.send(**hello)
            said = (await line.next())["code"], await line.closed()
            assert said == STRANGERS[stranger], (who, stranger)
    assert room.hub.connected() == []
    print(f"{len(hellos)} cells")
