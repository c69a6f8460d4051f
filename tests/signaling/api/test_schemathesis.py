"""The running server is asked all that its own description allows, and what it does not."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signaling.openapi import describe
from tests.builders import sealed_story
from tests.signaling.site import Site
from tests.signaling.test_stations import enrolled
from visiojury.rehearsal.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = Path(__file__).parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
MOST_S = 150
PDF = "%PDF-1.7 a file"
ELSEWHERE = {"/api/ws", "/api/openapi.json"}
"""A WebSocket; and what the run itself begins with."""
DOMAIN = {409, 412, 422}
"""Refusals of the rules, and not of who asks or of what is not there."""


async def test_nothing_that_the_description_allows_breaks_the_server(
    open_site: Site, tmp_path: Path
) -> None:
    told = tmp_path / "people.json"
    told.write_text(json.dumps(await people_of(open_site)), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{open_site.origin}/api/openapi.json"),
        *("--checks", f"{CHECKS},response_schema_conformance", "--max-examples", "3"),
        *("--phases", "examples,coverage,fuzzing", "--exclude-path", "/api/ws", "--seed", "1"),
    ]
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.signaling.api.schemathesis_people",
        "VISIOJURY_PEOPLE": str(told),
    }
    run = await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
        cwd=HERE.parents[2],
        env=os.environ | hooks,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    check_answers(json.loads(told.with_suffix(".answers").read_text("utf-8")))


def check_answers(answers: dict[str, list[int]]) -> None:
    """Each operation was done at least once, or refused by a rule."""
    operations = {
        f"{method.upper()} {path}"
        for path, methods in describe()["paths"].items()
        for method in methods
        if path not in ELSEWHERE
    }
    met = {
        name
        for name, statuses in answers.items()
        if any(status < 300 or status in DOMAIN for status in statuses)
    }
    assert {name: answers.get(name) for name in operations - met} == {}


async def people_of(site: Site) -> dict[str, Any]:
    """Return what the hooks need: a session that is over, and devices of people in it.

    The station is another's, of today; its chair has no link whose code would do.
    """
    session_id = await site.tell(sealed_story())
    asking = ("organiser", "candidate", "invigilator", "manager")
    devices = {who: await site.person(session_id, who) for who in asking}
    await send_extract(site, session_id, devices["organiser"])
    devices["examiner-2"] = site.device(session_id, "examiner-2")
    other = await site.create()
    agent = await site.person(other, "organiser")
    devices["station"] = await enrolled(site, agent, other)
    await agent.act("revoke_invitation", participant_id="chair")
    invitation = devices["examiner-2"].invitation
    return {
        "origin": site.origin,
        "admin": site.server.gate.tokens.admin(),
        "session_id": session_id,
        "pdf": PDF,
        "sha256": hashlib.sha256(PDF.encode()).hexdigest(),
        "redeem": {"secret": invitation.secret, "code": invitation.code},
        "people": {who: _told(device) for who, device in devices.items()},
    }


async def send_extract(site: Site, session_id: str, organiser: Client) -> None:
    """Have the host office sent the file, so that there is one that it may read."""
    path = f"/api/sessions/{session_id}/files"
    headers = {**organiser.headers("POST", path), "Content-Type": "application/pdf"}
    async with site.http.post(site.origin + path, data=PDF.encode(), headers=headers) as response:
        kept = await response.json()
    files = [{"name": "Lauréats", **kept}]
    await organiser.act("send_extract", office_id="bretagne", files=files)


def _told(device: Client) -> dict[str, str]:
    key = device._key._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"key": key.decode(), "token": device._token}
