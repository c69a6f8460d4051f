"""`visiojury init`, and the configuration it writes."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from signaling import settings as s
from tests.signaling.site import serving
from visiojury.cli import main
from visiojury.console import founding
from visiojury.rehearsal.client import Client, Invitation
from visiojury.rehearsal.ports import free_port

SAMPLE = Path(founding.__file__).with_name(founding.NAME)
UNUSABLE = 2
WHO = ("--office", "grand-est", "--organiser", "Odile", "Schmitt")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def assert_safe(config: Path, data: Path, keys: Path) -> None:
    assert mode(data) == mode(keys) == 0o700
    assert {mode(path) for path in keys.iterdir()} == {0o600}
    assert mode(config) & stat.S_IRWXO == 0


@pytest.mark.requirement("B3", "T5")
async def test_a_new_installation_serves_its_first_organiser(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, folder = free_port(), tmp_path / "etc"
    made = await_main(["init", str(folder), *WHO, "--origin", f"http://127.0.0.1:{port}"], capsys)
    config = Path(made["config"])
    assert_safe(config, folder / "data", Path(made["keys"]))
    settings = s.load(config).model_copy(
        update={
            "http": s.load(config).http.model_copy(update={"port": port}),
            "metrics": s.Metrics(port=free_port()),
            "relay": s.Relay(port=free_port()),
        }
    )
    invitation = Invitation(made["participant_id"], "organiser", made["link"], made["code"])
    async with serving(settings) as site:
        organiser = Client(site.http, site.origin, invitation)
        await organiser.redeem()
        shown = await organiser.get(f"/api/sessions/{made['session_id']}")
    assert shown["session"]["title"] == "Première répétition"
    assert shown["people"][made["participant_id"]]["name"] == "Odile Schmitt"


def await_main(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Run a command that has a loop of its own beside the test's."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(main, [*arguments, "--json"]).result(60) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_nothing_that_is_there_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["init", str(tmp_path / "etc"), *WHO]
    assert main(arguments) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(arguments) == UNUSABLE
    assert "existe déjà" in capsys.readouterr().err
    data = str(tmp_path / "etc" / "data")
    assert main(["init", str(tmp_path / "other"), "--data", data, *WHO]) == UNUSABLE
    assert "installation-key.pem" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (("--office", "atlantide"), "office_unknown"),
        (("--origin", "exam.example"), "settings_invalid"),
        (("--organiser", "", "Schmitt"), "name_refused"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing(
    tmp_path: Path, changed: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["init", str(tmp_path / "etc"), *WHO, *changed, "--json"]
    assert main(arguments) == UNUSABLE
    assert json.loads(capsys.readouterr().out)["code"] == code
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def named(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Return every setting, as `section.key`; an allowance is one."""
    found: set[str] = set()
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, s.Section) and kind is not s.Allowance:
            found |= named(kind, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def test_the_configuration_shows_every_setting_and_each_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    text = SAMPLE.read_text("utf-8").replace("$data", '"data"').replace("$listen", '"127.0.0.1"')
    text = text.replace("$origin", '"https://exam.example"')
    text = re.sub(r"\[\$\w+\]", "[]", text)
    whole = re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
    sections = tomllib.loads(whole)
    shown = {
        f"{section}.{key}" if isinstance(value, dict) else section
        for section, value in sections.items()
        for key in (value if isinstance(value, dict) else [section])
    }
    assert shown == named(s.Settings)
    (tmp_path / "whole.toml").write_text(whole, "utf-8")
    assert s.load(tmp_path / "whole.toml").openid.acr == ("eidas1",)
