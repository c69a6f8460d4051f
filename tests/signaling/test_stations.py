"""Stations over HTTP: enrolled, opened, shared, watched for the network they ask from."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pyotp
import pytest

from signaling.messages import CLOSE_CODES
from signaling.stage import group_of, place_of
from signaling.views import view_for
from tests.signaling.site import Site, line_of, refusal_of
from visiojury.exam import events as ev
from visiojury.exam.people import Role
from visiojury.exam.register import register
from visiojury.exam.state import Session
from visiojury.rehearsal.client import Client, Invitation

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T1", "J1")]

SIGN_IN = "/api/stations/sign-in"
ELSEWHERE = "127.0.9.1"
"""Another /24 than the one everybody else asks from."""


def today(zone: str = "Europe/Paris", *, days: int = 0) -> str:
    return (datetime.now(ZoneInfo(zone)) + timedelta(days=days)).date().isoformat()


def state_of(site: Site, session_id: str) -> Session:
    owner = site.server.rooms.owner(session_id)
    assert owner is not None
    return owner.state


async def enrolled(site: Site, agent: Client, session_id: str, day: str = "") -> Client:
    """Have `agent` enrol a station and open its link on another device; return that device."""
    await agent.act("enrol_station", station="Poste 1", room="Salle 12", day=day or today())
    station_id = list(state_of(site, session_id).stations.known)[-1]
    station = await opened(site, agent, session_id, station_id)
    await station.redeem()
    return station


async def opened(site: Site, agent: Client, session_id: str, station_id: str) -> Client:
    path = f"/api/sessions/{session_id}/invitations"
    issued = Invitation.of(await agent.post(path, {"participant_id": station_id}))
    assert (issued.role, issued.code) == (Role.STATION, None)
    return Client(site.http, site.origin, issued)


@asynccontextmanager
async def moved(site: Site, device: Client) -> AsyncIterator[None]:
    """The device asks from another network meanwhile."""
    connector = aiohttp.TCPConnector(local_addr=(ELSEWHERE, 0))
    async with aiohttp.ClientSession(connector=connector) as elsewhere:
        device._http = elsewhere
        yield
    device._http = site.http


async def test_a_station_is_opened_by_its_offices_agents_on_its_day_and_by_one_device(
    site: Site,
) -> None:
    session = await site.create()
    invigilator, organiser = (
        await site.person(session, "invigilator"),
        await site.person(session, "organiser"),
    )
    station = await enrolled(site, invigilator, session)
    path, asked = f"/api/sessions/{session}/invitations", {"participant_id": "station-1"}
    assert (await refusal_of(organiser.post(path, asked))).refusal == "foreign_station"
    person = {"participant_id": "candidate"}
    assert (await refusal_of(invigilator.post(path, person))).refusal == "not_allowed"
    other = Client(site.http, site.origin, station.invitation)
    assert (await refusal_of(other.redeem())).refusal == "invitation_used"

    assert await station.post("/api/ws-ticket", {})
    await invigilator.act("withdraw_station", station_id="station-1")
    assert (await refusal_of(station.post("/api/ws-ticket", {}))).refusal == "access_revoked"
    assert (await refusal_of(invigilator.post(path, asked))).refusal == "station_withdrawn"

    await invigilator.act("enrol_station", station="Poste 1", room="12", day=today(days=1))
    early = await opened(site, invigilator, session, "station-2")
    assert (await refusal_of(early.redeem())).refusal == "invitation_not_yet_valid"


async def test_withdrawing_a_station_closes_its_connection(site: Site) -> None:
    session = await site.create()
    invigilator = await site.person(session, "invigilator")
    station = await enrolled(site, invigilator, session)
    async with line_of(site, station) as line:
        state = (await line.next("snapshot"))["state"]
        assert state["stations"]["station-1"]["name"] == "Salle 12, Poste 1"
        assert state["sittings"] == {}
        assert "duty" not in state
        since_s = time.monotonic()
        await invigilator.act("withdraw_station", station_id="station-1")
        assert await line.closed() == CLOSE_CODES["access_revoked"]
        assert time.monotonic() - since_s < 2


async def test_each_signs_in_at_a_station_by_their_own_code_and_gets_no_access_by_it(
    site: Site,
) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    station = await enrolled(site, organiser, session)
    code = site.invitations[session]["chair"].code
    assert code is not None
    wrong = f"{(int(code) + 1) % 10**8:08}"
    refused = await refusal_of(station.post(SIGN_IN, {"participant_id": "chair", "code": wrong}))
    assert refused.refusal == "invitation_code_wrong"
    answer = await station.post(SIGN_IN, {"participant_id": "chair", "code": code})
    assert answer == {"participant_id": "chair"}

    state = state_of(site, session)
    (access,) = state.standing_access("chair").values()
    assert (access.device_key, access.failures) == (None, 1)
    entry = next(
        e
        for e in site.server.rooms.owner(session).entries  # type: ignore[union-attr]
        if isinstance(e.event, ev.StationSignedIn)
    )
    assert entry.actor is not None
    assert (entry.actor.participant_id, entry.actor.authentication) == ("chair", "station+code")
    assert entry.actor.device_key is not None
    (line,) = [line for line in register(state) if line.participant_id == "chair"]
    assert (line.authentication, line.station_id) == ("station+code", "station-1")

    # A vote is the person's own: the station may not, and the chair's link still opens elsewhere.
    vote = station.act("cast_vote", candidate_id="candidate", ballot="for")
    assert (await refusal_of(vote)).refusal == "not_allowed"
    own = await site.person(session, "chair")
    assert await own.post("/api/ws-ticket", {})
    assert (await refusal_of(own.media_token("AB:" * 31 + "AB"))).refusal == "media_not_for_role"

    await organiser.act("revoke_invitation", participant_id="examiner-1")
    for who, expected in (
        ("candidate", "station_sign_in_not_theirs"),
        ("organiser", "role_not_at_station"),
        ("ghost", "participant_unknown"),
        ("examiner-1", "station_factor_missing"),
    ):
        asked = {"participant_id": who, "code": code}
        assert (await refusal_of(station.post(SIGN_IN, asked))).refusal == expected
        assert all(access.failures == 0 for access in state.invitations_of(who))
    mine = {"participant_id": "chair", "code": code}
    assert (await refusal_of(organiser.post(SIGN_IN, mine))).refusal == "not_allowed"
    # Nobody at it signs the station out: it is its office's to withdraw.
    assert (await refusal_of(station.post("/api/sign-out", {}))).refusal == "not_allowed"


async def test_codes_guessed_at_a_station_lock_the_link_as_codes_guessed_elsewhere(
    site: Site,
) -> None:
    session = await site.create()
    station = await enrolled(site, await site.person(session, "organiser"), session)
    code = site.invitations[session]["chair"].code
    wrong = f"{(int(code or 0) + 1) % 10**8:08}"
    for _ in range(5):
        await refusal_of(station.post(SIGN_IN, {"participant_id": "chair", "code": wrong}))
    last = station.post(SIGN_IN, {"participant_id": "chair", "code": code})
    assert (await refusal_of(last)).refusal == "invitation_locked"
    assert state_of(site, session).stations.at == {}


async def test_an_authenticators_code_serves_once_at_a_station_and_then_not_for_the_link(
    site: Site,
) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    path = f"/api/sessions/{session}/invitations"
    issued = await organiser.post(path, {"participant_id": "chair", "factor": "totp"})
    code = pyotp.parse_uri(issued["totp_uri"]).now()  # type: ignore[attr-defined]
    station = await enrolled(site, organiser, session)
    asked = {"participant_id": "chair", "code": code}
    await station.post(SIGN_IN, asked)
    assert (await refusal_of(station.post(SIGN_IN, asked))).refusal == "invitation_code_replayed"
    link = Invitation.of(issued)
    own = Client(
        site.http, site.origin, Invitation(link.participant_id, link.role, link.link, code)
    )
    assert (await refusal_of(own.redeem())).refusal == "invitation_code_replayed"


async def test_a_station_that_asks_from_another_network_is_shown_and_recorded(site: Site) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    await organiser.act("check_identity", participant_id="chair", document="passport")
    station = await enrolled(site, organiser, session)
    await station.post("/api/ws-ticket", {})
    await organiser.act("attest_presence", station_id="station-1", participant_id="chair")

    def shown(to: str) -> tuple[str, bool]:
        seen = view_for(state_of(site, session), to, now_ms=0).stations["station-1"]
        return seen.state, seen.people["chair"].is_stale

    async with line_of(site, organiser) as line:
        await line.next("snapshot")
        async with moved(site, station):
            asked_s = time.monotonic()
            await station.post("/api/ws-ticket", {})
            delta = await line.next("delta")
            assert delta["patch"]["stations"]["station-1"]["state"] == "away"
            assert time.monotonic() - asked_s < 2
            for to in ("organiser", "chair", "station-1"):
                assert shown(to) == ("away", True)
            await station.post("/api/ws-ticket", {})
    await station.post("/api/ws-ticket", {})
    assert shown("organiser") == ("silent", True)

    owner = site.server.rooms.owner(session)
    assert owner is not None
    told = [e.event for e in owner.entries if e.event.type.startswith("station.")]
    assert [event.type for event in told] == [
        "station.enrolled",
        "station.placed",
        "station.network_left",
        "station.network_returned",
    ]
    assert not any("127.0" in entry.raw.decode() for entry in owner.entries)


async def test_a_station_is_where_all_who_are_at_it_may_be(site: Site) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    await enrolled(site, organiser, session)
    state = state_of(site, session)
    assert place_of(state, "station-1") == ("waiting", None)
    for who in ("chair", "examiner-1"):
        await organiser.act("check_identity", participant_id=who, document="passport")
        await organiser.act("attest_presence", station_id="station-1", participant_id=who)
    assert group_of(state, "station-1") == "jury"
    assert group_of(state, "chair") is None, "seen by the station, and by nothing of their own"

    invigilator = await site.person(session, "invigilator")
    await invigilator.act("check_identity", participant_id="candidate", document="passport")
    await organiser.act("attest_presence", station_id="station-1", participant_id="candidate")
    assert group_of(state, "station-1") is None, "a candidate among the jury: nobody is heard"


async def test_a_station_names_who_is_expected_or_at_it_and_shows_nothing_of_the_decision(
    site: Site,
) -> None:
    session = await site.create()
    organiser = await site.person(session, "organiser")
    await enrolled(site, organiser, session)
    view = view_for(state_of(site, session), "station-1", now_ms=0)
    assert set(view.people) == {"chair", "organiser", "manager", "invigilator"}
    assert (view.sittings, view.deliberation, view.documents, view.helps) == ({}, None, {}, {})
    assert view_for(state_of(site, session), "candidate", now_ms=0).stations == {}
