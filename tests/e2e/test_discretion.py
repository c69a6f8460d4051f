"""What a run lets out: no secret and no name in logs, metrics or errors, none in clear on the disk.

A server and its relay as an operator starts them, told to log all they can. Everybody gets in,
acts, fails at what they may not do; then a whole rehearsal with media. Everything that was secret
or personal in it is looked for in everything that came out.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from signaling import demonstration
from tests.e2e.site import CANDIDATE, INVIGILATOR, ORGANISER, SITTING, Site
from tests.e2e.test_rehearsal import rehearse_once
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.errors import RefusedError

REMARK = "Une remarque que personne d’autre ne doit lire"
FINGERPRINT = ":".join(["7A"] * 32)
SHAPES = {
    "a token or a proof": r"eyJ[A-Za-z0-9_-]{8,}",
    "SDP": r"a=(fingerprint|ice-pwd|candidate)|candidate:\d",
    "a private key": r"PRIVATE KEY",
    "a link": r"#invitation=",
    "an address of somebody": r"\"(peer|remote|client|address|ip)\"",
}
"""What no output may look like, whoever it is of."""

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300), pytest.mark.requirement("T3")]


@dataclass
class Run:
    secrets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    log: str = ""
    metrics: str = ""
    errors: list[str] = field(default_factory=list)
    data: Path = Path()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    site = Site(tmp_path_factory.mktemp("discreet"))
    site.config.write_text(f'log_level = "debug"\n{site.config.read_text()}')
    run = Run(data=site.directory / "data")
    try:
        site.start()
        people = demonstration.definition("any", now_ms=0, duration_s=600).participants
        run.names |= {name for one in people for name in (one.family_name, one.given_name)}
        run.secrets.add(site.admin_token())
        asyncio.run(_everybody(site, site.create_session(), run))
        _, report = rehearse_once("--url", site.origin(), "--config", str(site.config))
        assert report["relay"]["packets_out"] > 1000, report["failures"]
        with urllib.request.urlopen(f"http://127.0.0.1:{site.metrics_port}/metrics") as page:
            run.metrics = page.read().decode()
    finally:
        site.stop()
    run.log = site.log.read_text()
    keys = [*(run.data / "keys").rglob("*")]
    run.secrets |= {line for path in keys if path.is_file() for line in _lines_of_key(path)}
    return run


def _lines_of_key(path: Path) -> list[str]:
    lines = path.read_bytes().decode("latin-1").splitlines()
    return [line for line in lines if len(line) > 20 and not line.startswith("-----")]


async def _everybody(site: Site, invitations: dict[str, Invitation], run: Run) -> None:
    async with aiohttp.ClientSession() as http:
        clients = {who: Client(http, site.origin(), one) for who, one in invitations.items()}
        for client in clients.values():
            await _get_in(client, run)
        await _fail(clients[CANDIDATE], run)
        invigilator = clients[INVIGILATOR]
        await invigilator.act("record_arrival", participant_id=CANDIDATE)
        await invigilator.act("withdraw_candidate", sitting_id=SITTING, cause="ill", reason=REMARK)
        await clients[ORGANISER].get(f"/api/sessions/{site.session_id}")
        run.names.add(REMARK)


async def _get_in(client: Client, run: Run) -> None:
    invitation = client.invitation
    run.secrets.add(invitation.secret)
    if invitation.code is not None:
        run.secrets.add(invitation.code)
        await _refused(client, run, "/api/invitations/redeem", {"secret": invitation.secret})
    await client.redeem()
    run.secrets.add(client.headers("GET", "/")["Authorization"].removeprefix("DPoP "))
    hello = await client.hello()
    run.secrets |= {str(hello["ticket"]), str(hello["proof"])}
    with contextlib.suppress(RefusedError):  # An agent has no media.
        run.secrets.add(await client.media_token(FINGERPRINT))
    ready = asyncio.Event()
    connected = asyncio.create_task(client.run(ready=ready))
    await asyncio.wait_for(ready.wait(), 10)
    connected.cancel()
    await asyncio.wait([connected])


async def _fail(client: Client, run: Run) -> None:
    """What comes back as an error repeats nothing of what it was asked."""
    run.secrets.add("a-secret-nobody-gave-1234567890")
    for path, body in (
        ("/api/invitations/redeem", {"secret": "a-secret-nobody-gave-1234567890"}),
        ("/api/media-token", {"fingerprint": REMARK}),
        ("/api/sessions/elsewhere/commands", {"id": "1", "act": {"command": "start"}}),
        ("/api/access-token", {"name": REMARK}),
    ):
        await _refused(client, run, path, body)


async def _refused(client: Client, run: Run, path: str, body: object) -> None:
    try:
        await client.post(path, body)
    except RefusedError as refusal:
        run.errors.append(f"{refusal} {refusal.details}")


def leaks(text: str, words: set[str]) -> list[str]:
    """Return what of `words` stands in `text`, or what looks as if it should not."""
    found = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return found + [what for what, shape in SHAPES.items() if re.search(shape, text)]


def test_logs_metrics_and_errors_tell_nobody(run: Run) -> None:
    assert len(run.secrets) > 25
    assert len(run.errors) > 3
    outputs = {"log": run.log, "metrics": run.metrics, "errors": "\n".join(run.errors)}
    assert {where: leaks(text, run.secrets | run.names) for where, text in outputs.items()} == {
        "log": [],
        "metrics": [],
        "errors": [],
    }


def test_every_act_and_connection_has_its_line(run: Run) -> None:
    lines = [json.loads(line) for line in run.log.splitlines()]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    events = {line["event"] for line in lines}
    assert {"server.started", "relay.up", "request.refused"} <= events, events
    (act,) = [line for line in lines if line.get("command") == "withdraw_candidate"]
    assert (act["event"], act["participant_id"]) == ("act.recorded", INVIGILATOR)
    for event in ("socket.opened", "socket.closed"):
        told = [line["participant_id"] for line in lines if line["event"] == event]
        assert told.count(CANDIDATE) == 1, event
        assert told.count("candidate-1") == 1, event  # of the rehearsal


def test_the_disk_holds_no_secret_and_no_name_in_clear(run: Run) -> None:
    files = [path for path in run.data.rglob("*") if path.is_file()]
    files = [path for path in files if "keys" not in path.relative_to(run.data).parts]
    assert {path.name for path in files} >= {"record.db"}
    words = {word.encode() for word in run.secrets | run.names}
    found = {(path.name, word) for path in files for word in words if word in path.read_bytes()}
    assert found == set()


def test_a_leak_would_be_found(run: Run) -> None:
    secret, name = min(run.secrets), min(run.names)
    for word in (secret, name, "eyJhbGciOiJFUzI1NiJ9", "a=ice-pwd:x"):
        assert leaks(f'{run.log}{{"event": "x", "y": "{word}"}}\n', run.secrets | run.names)
