"""`visiojury admin` and `keys`, as from a shell of the server's machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from auth.rotation import PUBLISHED_BEFORE_S
from tests.signaling.site import Site, configured
from visiojury.cli import main
from visiojury.rehearsal.client import Client, Invitation

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNUSABLE = 2


class Shell:
    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder

    async def run(self, *arguments: str) -> int:
        config = ("--config", str(self.folder / "visiojury.toml"))
        return await asyncio.to_thread(main, [*arguments, *config])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    async with configured(folder) as site:
        yield Shell(site, folder)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.requirement("B3")
async def test_the_first_organisers_link_is_made_and_opens(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    session, site = await shell.site.create(), shell.site
    assert await shell.run("admin", "invite", session, "--json") == 0
    made = said(capsys)
    assert made["participant_id"] == "organiser"
    invitation = Invitation("organiser", made["role"], made["link"], made["code"])
    device = Client(site.http, site.origin, invitation)
    await device.redeem()
    await device.post("/api/ws-ticket", {})


async def test_an_authenticator_is_told_beside_the_link(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await shell.site.create()
    assert await shell.run("admin", "invite", session, "chair", "--totp") == 0
    out = capsys.readouterr().out
    assert "#invitation=" in out
    assert "otpauth://totp/VisioJury:" in out
    assert await shell.run("admin", "invite", session, "ghost") == UNUSABLE
    assert "inscrite" in capsys.readouterr().err


async def test_the_next_key_is_made_and_told(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, now_s = shell.site.server.key_ring, shell.site.server.instants.now_ms() / 1000
    first = ring.signing().kid
    assert await shell.run("keys", "rotate", "--json") == 0
    told = said(capsys)
    assert told["kid"] != first
    monkeypatch.setattr(ring, "_now", lambda: now_s + PUBLISHED_BEFORE_S + 2)
    assert ring.signing().kid == told["kid"]
    session = await shell.site.create()
    assert await shell.run("admin", "invite", session, "--json") == 0
    assert said(capsys)["role"] == "organiser"


async def test_keys_that_others_can_read_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "keys").mkdir(parents=True, mode=0o755)
    (tmp_path / "data" / "keys").chmod(0o755)
    (tmp_path / "c.toml").write_text('data = "data"\n', encoding="utf-8")
    code = await asyncio.to_thread(main, ["keys", "rotate", "--config", str(tmp_path / "c.toml")])
    assert code == UNUSABLE
    assert "chmod" in capsys.readouterr().err
