"""The command line: a mistake of the user's names the file or setting, and is no traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

UNUSABLE = 2


def visiojury(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "visiojury", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def refused(*arguments: str, named: str, **environment: str) -> str:
    """Assert that the command cannot be carried out, and return what it says."""
    done = visiojury(*arguments, **environment)
    assert "Traceback" not in done.stderr
    assert done.returncode == UNUSABLE, (done.returncode, done.stdout, done.stderr)
    said = done.stderr + done.stdout
    assert named in said
    return said


@pytest.mark.parametrize("command", [("serve",), ("config", "check")])
def test_a_configuration_that_is_missing_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    refused(*command, "--config", str(tmp_path / "missing.toml"), named="missing.toml")


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text('[http]\nport = "s3cr3t"\n', encoding="utf-8")
    said = refused("config", "check", "--config", str(path), named="http.port")
    assert "s3cr3t" not in said


def test_a_refusal_can_be_had_as_json(tmp_path: Path) -> None:
    done = visiojury("config", "check", "--json", "--config", str(tmp_path / "missing.toml"))
    assert (done.returncode, done.stderr) == (UNUSABLE, "")
    assert json.loads(done.stdout)["code"] == "settings_invalid"


def test_a_wrong_variable_is_no_traceback() -> None:
    refused("config", "check", named="http", VISIOJURY_HTTP__ORIGINS="https://exam.example")


def test_wrong_reference_data_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "reference" / "2026-03-01").mkdir(parents=True)
    data = tmp_path / "reference" / "2026-03-01" / "offices.toml"
    data.write_text("[corse]\nphone = 1\n", encoding="utf-8")
    path = tmp_path / "visiojury.toml"
    path.write_text('reference = "reference"\n', encoding="utf-8")
    for command in (("serve",), ("config", "check")):
        refused(*command, "--config", str(path), named="offices.toml, ligne 2")


def test_a_right_configuration_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text("[http]\nport = 8443\n", encoding="utf-8")
    done = visiojury("config", "check", "--config", str(path))
    assert done.returncode == 0, done.stderr
    assert '"port": 8443' in done.stdout


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_named(port: str, tmp_path: Path) -> None:
    refused("serve", "--port", port, named="port", VISIOJURY_DATA=str(tmp_path))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused("serve", "--port", port, named=port, VISIOJURY_DATA=str(tmp_path))


def test_what_is_verified_must_be_there(tmp_path: Path) -> None:
    refused("verify", str(tmp_path / "missing.db"), named="missing.db")


def test_a_verdict_can_be_had_as_json(tmp_path: Path) -> None:
    done = visiojury("verify", "--json", str(tmp_path / "missing.db"))
    assert (done.returncode, done.stderr) == (UNUSABLE, "")
    said = json.loads(done.stdout)
    assert (said["holds"], said["problems"][0]["code"]) == (False, "file_unreadable")


def test_what_is_no_record_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Bonjour", encoding="utf-8")
    refused("verify", str(path), named="notes.txt")


@pytest.mark.parametrize("arguments", [(), ("dance",), ("config",), ("verify",)])
def test_a_command_that_is_none_shows_how(arguments: tuple[str, ...]) -> None:
    refused(*arguments, named="usage: visiojury")


def test_help_names_every_command() -> None:
    done = visiojury("--help")
    assert done.returncode == 0
    assert [c for c in ("serve", "config", "verify", "rehearse") if c not in done.stdout] == []


@pytest.mark.parametrize("command", [("serve",), ("config", "check")])
def test_everything_that_is_wrong_is_said_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text(
        """
reference = "no-reference"
[turn]
urls = ["turn:turn.example"]
secret_file = "no-secret"
[timestamp]
url = "https://stamps.example"
certificates = "no-roots.pem"
[documents]
certificate = "no-seal.p12"
templates = "no-templates"
[http]
certificate = "no-chain.pem"
key = "no-key.pem"
""",
        encoding="utf-8",
    )
    said = refused(*command, "--config", str(path), named="turn.secret_file")
    wrong = ("no-roots.pem", "no-seal.p12", "no-templates", "no-chain.pem", "no-reference")
    assert [name for name in wrong if name not in said] == []
