"""Sessions listed and shown to whom they concern, and acts meant for one version of them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from tests.builders import BRITTANY, DEIS, MARTINIQUE, SITTING, definition, people
from tests.signaling.site import Site, refusal_of
from visiojury.exam.people import Role
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Day:
    site: Site
    session: str
    people: dict[str, Client]

    async def admin(self, path: str) -> tuple[int, dict[str, Any], str | None]:
        url = self.site.origin + path
        async with self.site.http.get(url, headers=self.site.admin()) as response:
            return response.status, await response.json(), response.headers.get("ETag")

    async def act(self, who: str, version: str | None, **act: object) -> tuple[int, dict[str, Any]]:
        path = f"/api/sessions/{self.session}/commands"
        headers = self.people[who].headers("POST", path)
        if version is not None:
            headers["If-Match"] = version
        body = {"id": str(uuid.uuid4()), "act": act}
        async with self.site.http.post(
            self.site.origin + path, json=body, headers=headers
        ) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(site: Site) -> AsyncIterator[Day]:
    session = await site.create()
    people = {who: await site.person(session, who) for who in ("candidate", "invigilator")}
    yield Day(site, session, people)


async def test_who_holds_the_key_sees_every_session_and_a_person_their_own(
    day: Day, site: Site
) -> None:
    other = await site.create()
    _, listed, _ = await day.admin("/api/sessions")
    assert {day.session, other} <= {line["session_id"] for line in listed["sessions"]}
    own = await day.people["candidate"].get("/api/sessions")
    assert [line["session_id"] for line in own["sessions"]] == [day.session]


async def test_a_session_is_shown_as_far_as_it_concerns_the_caller(day: Day) -> None:
    path = f"/api/sessions/{day.session}"
    status, all_of_it, version = await day.admin(path)
    assert status == 200
    assert version is not None
    assert {"organiser", "candidate", "chair"} <= set(all_of_it["people"])
    seen = await day.people["candidate"].get(path)
    assert set(seen["sittings"]) == {SITTING}
    assert set(seen["people"]) <= set(all_of_it["people"])


async def test_a_session_nobody_knows_is_not_found(day: Day) -> None:
    status, said, _ = await day.admin("/api/sessions/ghost")
    assert (status, said["code"]) == (404, "session_unknown")


@pytest.mark.requirement("S5")
async def test_the_calendar_tells_each_sitting_on_both_clocks(day: Day) -> None:
    _, calendar, _ = await day.admin(f"/api/sessions/{day.session}/calendar")
    ((date, line),) = [(d["date"], s) for d in calendar["days"] for s in d["sittings"]]
    assert (calendar["time_zone"], date) == ("Europe/Paris", "2026-06-15")
    assert line["starts"] == "2026-06-15T11:00:00+02:00"
    assert line["host_starts"] == "2026-06-15T11:00:00+02:00"
    assert (line["sitting_id"], line["duration_s"]) == (SITTING, 1800)


async def test_an_act_meant_for_an_earlier_version_is_refused(day: Day) -> None:
    path = f"/api/sessions/{day.session}"
    _, _, version = await day.admin(path)
    act = {"command": "check_identity", "participant_id": "candidate", "document": "passport"}
    status, _ = await day.act("invigilator", version, **act)
    assert status == 200
    status, said = await day.act("invigilator", version, **act)
    assert (status, said["code"]) == (412, "version_moved")
    _, _, now = await day.admin(path)
    assert f'"{said["details"]["version"]}"' == now != version


@pytest.mark.parametrize("version", ["*", None])
async def test_an_act_meant_for_any_version_is_carried_out(day: Day, version: str | None) -> None:
    status, _ = await day.act("candidate", version, command="call_help")
    assert status == 200


@pytest.mark.parametrize("version", ['"999999"', "57", 'W/"1"', "x"])
async def test_no_other_version_is_this_one(day: Day, version: str) -> None:
    status, said = await day.act("candidate", version, command="call_help")
    assert (status, said["code"]) == (412, "version_moved")


async def test_an_act_repeated_is_answered_the_same_though_the_version_moved(
    day: Day, site: Site
) -> None:
    _, _, version = await day.admin(f"/api/sessions/{day.session}")
    path = f"/api/sessions/{day.session}/commands"
    body = {"id": "if-match-repeated", "act": {"command": "call_help"}}
    answers = []
    for _ in range(2):
        headers = day.people["candidate"].headers("POST", path) | {"If-Match": str(version)}
        async with site.http.post(site.origin + path, json=body, headers=headers) as response:
            answers.append((response.status, await response.json()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200


async def test_what_is_not_json_is_refused_as_such(day: Day, site: Site) -> None:
    path = "/api/ws-ticket"
    headers = day.people["candidate"].headers("POST", path) | {"Content-Type": "text/plain"}
    async with site.http.post(site.origin + path, data=b"{}", headers=headers) as response:
        said = await response.json()
    assert (response.status, said["code"]) == (415, "media_type_unsupported")


async def test_who_holds_the_key_invites_again(day: Day, site: Site) -> None:
    session = await site.create()
    url = f"{site.origin}/api/sessions/{session}/invitations"
    body = {"participant_id": "candidate"}
    async with site.http.post(url, json=body, headers=site.admin()) as response:
        answer = await response.json()
    assert response.status == 200
    assert answer["link"] != site.invitations[session]["candidate"].link
    refusal = await refusal_of(site.device(session, "candidate").redeem())
    assert refusal.refusal == "invitation_revoked"


async def test_a_problem_leads_to_what_describes_it(day: Day, site: Site) -> None:
    _, said, _ = await day.admin("/api/sessions/ghost")
    address, _, code = said["type"].partition("#")
    async with site.http.get(site.origin + address) as response:
        kinds = (await response.json())["problems"]
    assert kinds[code] == {k: said[k] for k in ("status", "title", "detail")}


async def test_who_is_not_known_is_told_how_to_be(site: Site) -> None:
    async with site.http.get(f"{site.origin}/api/sessions") as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("DPoP ")


async def test_a_wrong_method_is_told_the_right_ones(site: Site) -> None:
    async with site.http.delete(f"{site.origin}/api/sessions") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, POST")


async def test_the_address_of_the_socket_asks_for_one(site: Site) -> None:
    async with site.http.get(f"{site.origin}/api/ws", headers={"Origin": site.origin}) as response:
        assert (response.status, (await response.json())["code"]) == (426, "upgrade_required")


@pytest.mark.requirement("S7")
async def test_warnings_come_with_the_session_and_block_nothing(day: Day, site: Site) -> None:
    path = f"/api/sessions/{day.session}"
    _, shown, _ = await day.admin(path)
    told = {warning["code"]: warning["message"] for warning in shown["warnings"]}
    assert "20" in told["session_below_minimum"]
    assert "set_up_late" in told
    assert (await day.people["candidate"].get(path))["warnings"] == []


@pytest.mark.requirement("D12")
async def test_a_session_is_planned_by_acts_from_draft_to_open(site: Site) -> None:
    draft = definition(session_id="draft", participants=people()[:1], sittings=(), is_open=False)
    await site.create(draft)
    organiser = await site.person("draft", "organiser")

    refusal = await refusal_of(organiser.act("open_session"))
    assert refusal.refusal == "chair_not_one"
    for person in people()[1:]:
        await organiser.act("enrol_participant", participant=asdict(person))
    await organiser.act("schedule_sitting", plan=asdict(definition().sittings[0]))
    await organiser.act("open_session")
    seen = await organiser.get("/api/sessions/draft")
    assert seen["session"]["state"] == "open"
    assert set(seen["sittings"]) == {SITTING}


@pytest.mark.requirement("S5", "S6")
async def test_what_is_added_later_is_held_against_the_same_data(site: Site) -> None:
    plan = replace(definition(diploma=replace(DEIS, code="DETISF", blocks=())), session_id="detisf")
    session = await site.create(plan)
    organiser = await site.person(session, "organiser")
    tahiti = replace(MARTINIQUE, office_id="tahiti", time_zone="Pacific/Tahiti")
    late = replace(people()[3], participant_id="late")
    assert late.role is Role.CANDIDATE
    corse = replace(BRITTANY, office_id="corse")

    refusal = await refusal_of(organiser.act("add_office", office=asdict(tahiti)))
    assert refusal.refusal == "office_out_of_scope"
    assert "Polynésie française est hors du champ" in str(refusal)
    await organiser.act("add_office", office=asdict(corse))
    of_corse = asdict(replace(late, office_id="corse"))
    refusal = await refusal_of(organiser.act("enrol_participant", participant=of_corse))
    assert refusal.refusal == "session_pooled_elsewhere"
    assert "Occitanie" in str(refusal)
    await organiser.act("enrol_participant", participant=asdict(late))
    room = site.server.rooms.get(session)
    assert room is not None
    assert room.owner.state.participants["late"] == late
    assert [office.office_id for office in room.owner.state.info.offices][-1] == "corse"
