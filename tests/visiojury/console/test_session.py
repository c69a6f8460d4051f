"""`visiojury session` and `documents`, against a real server, as from a shell of its machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import TypeAdapter

from tests.builders import definition, sealed_story
from tests.signaling.site import Site, configured
from visiojury.cli import main
from visiojury.exam.commands import SessionDefinition

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNUSABLE = 2


class Shell:
    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder

    async def run(self, *arguments: str) -> int:
        config = ("--config", str(self.folder / "visiojury.toml"))
        return await asyncio.to_thread(main, [*arguments, *config])

    def definition(self, name: str, **changes: Any) -> Path:
        plan = replace(definition(), session_id=name)
        told = TypeAdapter(SessionDefinition).dump_python(plan, mode="json") | changes
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(told), encoding="utf-8")
        return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    async with configured(folder) as site:
        yield Shell(site, folder)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """The answer: the last line, as the server of this process prints its log before."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.requirement("B1", "B3")
async def test_a_session_is_created_and_shown(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shell.definition("by-hand")
    assert await shell.run("session", "create", str(path), "--json") == 0
    links = {i["participant_id"]: i["link"] for i in said(capsys)["invitations"]}
    assert "#invitation=" in links["candidate"]
    assert await shell.run("session", "show", "by-hand", "--json") == 0
    assert set(said(capsys)["people"]) == set(links)
    assert await shell.run("session", "list") == 0
    assert "by-hand : DEIS" in capsys.readouterr().out


async def test_a_refusal_of_the_server_is_said_in_words(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shell.definition("twice")
    assert await shell.run("session", "create", str(path)) == 0
    assert await shell.run("session", "create", str(path)) == UNUSABLE
    assert "déjà" in capsys.readouterr().err
    assert await shell.run("session", "show", "ghost", "--json") == UNUSABLE
    assert said(capsys)["code"] == "session_unknown"


@pytest.mark.parametrize("content", ["{", "x = 2026-06-15T11:00:00", "[" * 3000])
async def test_a_file_that_is_no_session_is_named(
    shell: Shell, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = shell.folder / "wrong.toml"
    path.write_text(content, encoding="utf-8")
    assert await shell.run("session", "create", str(path)) == UNUSABLE
    assert "wrong.toml" in capsys.readouterr().err


async def test_instants_may_be_written_as_toml_has_them(shell: Shell) -> None:
    from visiojury.console.session import _read

    path = shell.folder / "instants.toml"
    path.write_text("[[sittings]]\nplanned_ms = 2026-06-15T11:00:00+02:00\n", encoding="utf-8")
    assert _read(path) == {"sittings": [{"planned_ms": 1_781_514_000_000}]}


@pytest.mark.requirement("A2")
async def test_documents_and_archive_are_kept_where_wanted(
    shell: Shell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    session = await shell.site.tell(sealed_story())
    assert await shell.run("documents", "make", session, str(tmp_path / "kept"), "minutes") == 0
    capsys.readouterr()
    assert (tmp_path / "kept" / "minutes.pdf").read_bytes().startswith(b"%PDF")
    path = tmp_path / "archive.zip"
    assert await shell.run("session", "archive", session, "--output", str(path), "--json") == 0
    assert said(capsys) == {"path": str(path)}
    assert await asyncio.to_thread(main, ["verify", str(path), "--json"]) == 0
    assert said(capsys)["holds"]


async def test_a_document_that_is_not_there_is_named(
    shell: Shell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    session = await shell.site.create()
    assert await shell.run("documents", "make", session, str(tmp_path), "minutes") == UNUSABLE
    assert "minutes" in capsys.readouterr().err
    assert await shell.run("documents", "list", session, "--json") == 0
    assert "convocation-sitting-1" in {one["name"] for one in said(capsys)["documents"]}
