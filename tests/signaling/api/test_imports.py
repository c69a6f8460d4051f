"""Files sent to a real server: a session made, a session added to, nothing done by halves."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from tests.signaling.site import Site, refusal_of
from visiojury.exam.people import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEADER = "ligne;identifiant;intitulé;diplôme;voie;service;adresse;contact;nom;prénom;examinateurs"
HEADER += ";candidat;date;heure;durée"
WHOLE = """\
session;{session};DEIS par la VAE;DEIS;VAE;Grand Est;;;;;;;;;
service;;;;;Grand Est;6 rue Hirn, Strasbourg;03 00;;;;;;;
service;;;;;Bretagne;Cesson-Sévigné;02 00;;;;;;;
organisatrice;;;;;Grand Est;;;Schmitt;Odile;;;;;
référent;;;;;Bretagne;;;Le Goff;Yann;;;;;
présidente;;;;;Grand Est;;;Keller;Hélène;;;;;
examinateur;;;;;Grand Est;;;Nguyen;Paul;;;;;
candidate;;;;;Bretagne;;;Morvan;Maëlle;;;;;
épreuve;;;;;;;;;;Keller Hélène, Nguyen Paul;Morvan Maëlle;15/06/2027;14h05;45"""
WRONG = "candidat;;;;;Lorraine;;;Sans;Service;;;;;"
MORE = """\
candidat;;;;;Bretagne;;;Bihan;Loïc;;;;;
épreuve;;;;;;;;;;chair, examiner-1;Bihan Loïc;15/06/2027;9h;45"""


async def send(
    site: Site, lines: str, path: str = "/api/sessions/import", **options: object
) -> tuple[int, dict[str, Any]]:
    content = base64.b64encode(f"{HEADER}\n{lines}\n".encode("cp1252")).decode()
    body = io.BytesIO(json.dumps({"content": content, **options}).encode())
    headers = {**site.admin(), "Content-Type": "application/json"}
    async with site.http.post(site.origin + path, data=body, headers=headers) as response:
        return response.status, await response.json()


@pytest.mark.requirement("B1")
async def test_a_session_is_made_from_a_file_and_its_people_invited(site: Site) -> None:
    status, told = await send(site, WHOLE.format(session="import-1"))
    assert status == 201
    invited = [invitation.pop("participant_id") for invitation in told["invitations"]]
    assert invited == [
        "organisateur-1",
        "referent-1",
        "president-1",
        "examinateur-1",
        "candidat-1",
    ]
    assert all(invitation["link"] for invitation in told.pop("invitations"))
    assert told == {
        "session_id": "import-1",
        "is_done": True,
        "lines": 9,
        "offices": 2,
        "people": 5,
        "sittings": 1,
        "refused": [],
        "unknown_columns": [],
    }
    room = site.server.rooms.get("import-1")
    assert room is not None
    assert room.owner.state.info.reference == site.server.reference().day.isoformat()
    assert list(room.owner.state.sittings) == ["epreuve-1"]


@pytest.mark.requirement("B1")
async def test_one_wrong_line_and_nothing_is_done_unless_asked_for(site: Site) -> None:
    lines = f"{WHOLE.format(session='import-2')}\n{WRONG}"
    status, told = await send(site, lines)
    assert (status, told["is_done"], told["invitations"]) == (200, False, [])
    assert told["refused"] == [
        {
            "line": 11,
            "faults": [
                {
                    "column": "service",
                    "code": "cell_office_unknown",
                    "message": "Ce service n’est pas dans les données de référence : "
                    "donnez son nom ou sa région.",
                }
            ],
        }
    ]
    assert site.server.rooms.get("import-2") is None
    status, told = await send(site, lines, is_partial=True)
    assert (status, told["is_done"], told["people"]) == (201, True, 5)
    assert site.server.rooms.get("import-2") is not None


async def test_a_dry_run_writes_nothing(site: Site) -> None:
    status, told = await send(site, WHOLE.format(session="import-3"), is_dry_run=True)
    assert (status, told["is_done"], told["people"], told["sittings"]) == (200, False, 5, 1)
    assert site.server.rooms.get("import-3") is None


@pytest.mark.requirement("B1")
async def test_a_file_adds_to_a_session_and_only_by_its_organiser(site: Site) -> None:
    session = await site.create()
    path = f"/api/sessions/{session}/import"
    status, told = await send(site, MORE, path)
    assert (status, told["is_done"], told["people"], told["sittings"]) == (201, True, 1, 1)
    assert [i["participant_id"] for i in told["invitations"]] == ["candidat-2"]
    room = site.server.rooms.get(session)
    assert room is not None
    assert room.owner.state.participants["candidat-2"].role is Role.CANDIDATE
    again = await send(site, MORE, path)
    assert again[1]["refused"][0]["faults"][0]["code"] == "line_person_enrolled"
    body = {"content": base64.b64encode(b"x;y").decode()}
    organiser = await site.person(session, "organiser")
    assert (await organiser.post(path, body))["refused"][0]["line"] == 1
    candidate = await site.person(session, "candidate")
    assert (await refusal_of(candidate.post(path, body))).refusal == "not_allowed"


async def test_a_session_is_not_made_twice(site: Site) -> None:
    lines = WHOLE.format(session="import-4")
    await send(site, lines)
    status, told = await send(site, lines)
    assert (status, told["code"]) == (409, "session_exists")


async def test_a_long_file_is_taken_and_a_longer_one_is_not(site: Site) -> None:
    crowd = "\n".join(f"candidat;;;;;Bretagne;;;Nom{n};Prénom;;;;;" for n in range(5000))
    status, told = await send(site, f"{WHOLE.format(session='import-5')}\n{crowd}")
    assert (status, told["lines"], told["is_done"]) == (200, 5009, False)
    status, told = await send(site, "x" * 7_000_000)
    assert status == 413
