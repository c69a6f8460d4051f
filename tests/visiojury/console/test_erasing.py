"""`visiojury erase` against a running server: said first, done when told to, and then over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.signaling.api.test_proofs import store_held_session
from tests.signaling.site import serving, settings_in
from visiojury.cli import main
from visiojury.reference.model import Retention


@pytest.mark.requirement("A2")
async def test_erasing_is_said_before_it_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path)
    await store_held_session(settings)
    async with serving(settings) as site:
        site.server.keeping._retention = lambda: Retention(record_days=-20_000, quality_days=0)
        configuration = tmp_path / "visiojury.toml"
        configuration.write_text(f'data = "{tmp_path}"\nhttp.port = {settings.http.port}\n')

        async def erase(*options: str) -> str:
            arguments = ["erase", "--config", str(configuration), *options]
            assert await asyncio.to_thread(main, arguments) == 0
            return capsys.readouterr().out.splitlines()[-1]

        assert await erase("--dry-run") == "deis-2026 : 8 personne(s) à effacer"
        done = json.loads(await erase("--yes", "--json"))
        assert done == {
            "sessions": [{"session_id": "deis-2026", "people": 8}],
            "carried_out": True,
        }
        assert await erase("--yes") == "Rien à effacer."


def test_erasing_asks_for_one_of_two_ways(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["erase"], ["erase", "--yes", "--dry-run"]):
        with pytest.raises(SystemExit):
            main(arguments)
    assert "--dry-run" in capsys.readouterr().err
