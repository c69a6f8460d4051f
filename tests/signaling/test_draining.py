"""A server that is asked to stop while a sitting runs: a real process, real media, real signals."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc.rtcdtlstransport import RTCCertificate

from auth.keys import InstallationKeys
from loadtests.attendants import Attendants, attending
from tests.builders import Story
from tests.e2e.site import (
    ABSENT_EXAMINER,
    CANDIDATE,
    CHAIR,
    EXAMINER,
    INVIGILATOR,
    ORGANISER,
    SITTING,
    Site,
)
from tests.signaling.site import refusal_of
from visiojury.record.store import RecordStore
from visiojury.rehearsal.client import Client

SECOND = "epreuve-2"
PATIENT_S = 1.0

pytestmark = pytest.mark.timeout(120)


async def receive(people: Attendants | Mapping[str, Client]) -> None:
    """Bring the first sitting to its start, and start it."""
    for agent in (ORGANISER, INVIGILATOR):
        await people[agent].act("take_duty")
    for agent, who in ((ORGANISER, CHAIR), (ORGANISER, EXAMINER), (INVIGILATOR, CANDIDATE)):
        await people[agent].act("check_identity", participant_id=who, document="passport")
    await people[INVIGILATOR].act("sign_attestation", sitting_id=SITTING)
    await people[INVIGILATOR].act("admit", sitting_id=SITTING)
    await people[CHAIR].until(lambda state: flows(state, CANDIDATE), "the candidate's media")
    await people[CHAIR].act("start", sitting_id=SITTING)


def flows(state: dict[str, Any], who: str) -> bool:
    person = state["people"][who]
    return bool(person["audio"] == person["video"] == "on")


def readiness(site: Site) -> tuple[int, dict[str, bool]]:
    try:
        with urllib.request.urlopen(f"{site.origin()}/readyz", timeout=5) as response:
            return response.status, json.load(response)["checks"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["checks"]


async def told(http: aiohttp.ClientSession, site: Site, client: Client) -> dict[str, Any]:
    """Return what a page that connects now is told of the server's end."""
    url = f"{site.origin()}/api/ws"
    async with http.ws_connect(url, headers={"Origin": site.origin()}) as socket:
        await socket.send_json(await client.hello())
        async with asyncio.timeout(5):
            async for message in socket:
                said: dict[str, Any] = json.loads(message.data)
                if said["type"] == "draining":
                    return said
    raise AssertionError("not told")


@pytest.mark.requirement("T4")
async def test_sigterm_waits_for_the_sitting_that_runs_and_lets_no_other_start(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    site.start()
    assert site.process is not None
    try:
        invitations = site.create_session(sittings=2)
        present = [i for who, i in invitations.items() if who != ABSENT_EXAMINER]
        certificate = RTCCertificate.generateCertificate()
        async with (
            aiohttp.ClientSession() as http,
            attending(http, site.origin(), present, certificate) as (people, _),
        ):
            await receive(people)
            refusal = await refusal_of(people[CHAIR].act("start", sitting_id=SECOND))
            assert refusal.refusal != "server_draining"

            site.process.send_signal(signal.SIGTERM)
            asked_ms = time.time() * 1000
            await people[ORGANISER].until(
                lambda _: people[ORGANISER].drains_until_ms is not None, "the notice"
            )
            status, checks = readiness(site)
            assert status == 503
            assert [name for name, holds in checks.items() if not holds] == ["accepting"]
            refusal = await refusal_of(people[CHAIR].act("start", sitting_id=SECOND))
            assert (refusal.status, refusal.refusal) == (409, "server_draining")
            late = Client(http, site.origin(), invitations[ABSENT_EXAMINER])
            await late.redeem()
            limit_ms = (await told(http, site, late))["until_ms"] - asked_ms
            assert limit_ms == pytest.approx(5_400_000, abs=20_000)

            # What runs goes on as before, until it is closed.
            await people[CHAIR].act("pause", sitting_id=SITTING, reason="Malaise")
            await people[CHAIR].act("resume", sitting_id=SITTING)
            assert site.process.poll() is None
            await people[CHAIR].act("close", sitting_id=SITTING)
            assert await asyncio.to_thread(site.process.wait, 15) == 0
    finally:
        site.stop()


async def test_a_second_sigterm_stops_at_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    story = Story()
    story.open_sitting()
    keys = InstallationKeys.load_or_create(tmp_path / "data" / "keys")
    store = await RecordStore.open(
        site.database, wrapping_key=keys.derive(b"visiojury-person-keys-v1")
    )
    await store.append("deis-2026", story.drafts)
    await store.close()
    site.start()
    assert site.process is not None
    try:
        async with asyncio.timeout(20):
            while 'visiojury_sittings{state="running"} 1.0' not in metrics(site):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
        site.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(PATIENT_S)
        assert site.process.poll() is None
        assert "visiojury_draining 1.0" in metrics(site)
        site.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(site.process.wait, 10) == 0
    finally:
        site.stop()


def metrics(site: Site) -> str:
    url = f"http://127.0.0.1:{site.metrics_port}/metrics"
    with urllib.request.urlopen(url, timeout=5) as response:
        return str(response.read().decode())
