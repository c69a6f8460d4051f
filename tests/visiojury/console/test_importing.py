"""`visiojury session import`, against a real server and without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.signaling.api.test_imports import HEADER, MORE, WHOLE, WRONG
from tests.signaling.site import Site, configured
from visiojury.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Shell:
    """Where the server runs, someone who can read its keys."""

    site: Site
    folder: Path

    async def run(self, name: str, lines: str, *options: str) -> int:
        path = self.folder / name
        path.write_text(f"{HEADER}\n{lines}\n", encoding="cp1252")
        config = ("--config", str(self.folder / "visiojury.toml"))
        return await asyncio.to_thread(main, ["session", "import", str(path), *config, *options])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    async with configured(folder) as site:
        yield Shell(site, folder)


@pytest.mark.requirement("B1")
async def test_a_file_becomes_a_session(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert await shell.run("whole.csv", WHOLE.format(session="shell-1")) == 0
    said = capsys.readouterr().out
    assert "Session shell-1 : fait. Un lien par personne :" in said
    assert said.count("#invitation=") == 5
    assert shell.site.server.rooms.get("shell-1") is not None


@pytest.mark.requirement("B1")
async def test_a_refused_line_is_told_in_french_and_nothing_is_written(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = f"{WHOLE.format(session='shell-2')}\n{WRONG}"
    assert await shell.run("wrong.csv", lines) == 1
    assert capsys.readouterr().out.splitlines() == [
        (
            "Ligne 11, colonne « service » : Ce service n’est pas dans les données de référence : "
            "donnez son nom ou sa région. [cell_office_unknown]"
        ),
        "Lignes lues : 10 ; services : 2, personnes : 5, épreuves : 1.",
        "Rien n’a été écrit.",
    ]
    assert shell.site.server.rooms.get("shell-2") is None
    assert await shell.run("wrong.csv", lines, "--partial") == 0
    assert shell.site.server.rooms.get("shell-2") is not None


async def test_a_dry_run_needs_no_server(
    shell: Shell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    alone = Shell(shell.site, tmp_path)
    (tmp_path / "visiojury.toml").write_text('data = "nowhere"\n', encoding="utf-8")
    lines = WHOLE.format(session="shell-3")
    assert await alone.run("whole.csv", lines, "--dry-run", "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["session_id"], told["is_done"], told["people"]) == ("shell-3", False, 5)
    assert await alone.run("whole.csv", lines) == 2
    assert "aucune clé d’installation" in capsys.readouterr().err


async def test_a_session_is_completed(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    session = await shell.site.create()
    assert await shell.run("more.csv", MORE, "--into", session, "--dry-run") == 0
    assert "Rien n’a été écrit." in capsys.readouterr().out
    assert await shell.run("more.csv", MORE, "--into", session, "--json") == 0
    assert json.loads(capsys.readouterr().out)["sittings"] == 1
    assert await shell.run("more.csv", MORE, "--into", "nulle-part") == 2
    assert "Cette session n’existe pas." in capsys.readouterr().err


async def test_a_long_file_says_how_far_it_is(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = "\n".join(f"candidat;;;;;Bretagne;;;Nom{n};Prénom;;;;;" for n in range(600))
    assert await shell.run("long.csv", f"{WHOLE.format(session='shell-4')}\n{crowd}") == 1
    assert capsys.readouterr().err.splitlines() == [
        "0 lignes sur 606",
        "250 lignes sur 606",
        "500 lignes sur 606",
        "606 lignes sur 606",
    ]


async def test_what_is_wrong_around_the_file_is_named(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("--config", str(shell.folder / "visiojury.toml"))
    assert main(["session", "import", str(shell.folder / "no.csv"), *config]) == 2
    assert "no.csv : fichier illisible" in capsys.readouterr().err
    far = ("--url", "http://127.0.0.1:9")
    assert await shell.run("whole.csv", WHOLE.format(session="shell-5"), *far) == 2
    assert "le serveur ne répond pas" in capsys.readouterr().err
