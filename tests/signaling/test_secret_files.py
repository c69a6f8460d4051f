"""Secrets from a file, from a systemd credential, from a variable: read, or refused by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signaling import secret_files
from signaling.errors import SettingsError
from signaling.settings import load

SECRET = "s3cr3t-of-sixteen-characters"
ROOT = Path(__file__).resolve().parents[2]
TURN = """[turn]
urls = ["turn:turn.example"]
secret_file = "{}"
"""
NOBODY = 65_534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory like the one that systemd makes for a unit."""
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "turn").write_text(SECRET + "\n", encoding="utf-8")
    (credentials / "turn").chmod(0o400)
    return tmp_path


def written(folder: Path, secret_file: str) -> Path:
    path = folder / "visiojury.toml"
    path.write_text(TURN.format(secret_file), encoding="utf-8")
    return path


@pytest.mark.requirement("T5")
def test_a_secret_comes_from_a_file_a_credential_or_a_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secret_files.DIRECTORY, str(folder / "credentials"))
    monkeypatch.setenv("TURN_SECRET", SECRET)
    for form in ("credentials/turn", "credential:turn", "env:TURN_SECRET"):
        settings = load(written(folder, form))
        assert settings.shared_secrets().turn == SECRET.encode()
        assert SECRET not in repr(settings)


def test_keys_and_certificates_may_be_credentials_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secret_files.DIRECTORY, str(folder / "credentials"))
    path = folder / "visiojury.toml"
    path.write_text('[http]\ncertificate = "chain.pem"\nkey = "credential:tls"\n', "utf-8")
    http = load(path).http
    assert (http.certificate, http.key) == (folder / "chain.pem", folder / "credentials/tls")


@pytest.mark.parametrize("form", ["credential:../turn", "credential:", "credential:a/b"])
def test_a_credential_is_a_name_and_no_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv(secret_files.DIRECTORY, str(folder / "credentials"))
    with pytest.raises(SettingsError, match="un nom seul"):
        load(written(folder, form))


def test_what_is_not_given_is_said_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(secret_files.DIRECTORY, raising=False)
    with pytest.raises(SettingsError, match="LoadCredential=turn"):
        load(written(folder, "credential:turn"))
    monkeypatch.setenv(secret_files.DIRECTORY, str(folder / "credentials"))
    for form in ("credential:other", "env:NOT_THERE"):
        settings = load(written(folder, form))
        with pytest.raises(SettingsError, match=r"turn\.secret_file"):
            settings.shared_secrets()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_credential_of_another_user_is_refused_and_nothing_of_it_is_said(folder: Path) -> None:
    path = written(folder, "credential:turn")
    program = (
        "import os, sys; from pathlib import Path; from signaling.settings import load\n"
        f"settings = load(Path(sys.argv[1])); os.setuid({NOBODY})\n"
        "settings.shared_secrets()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={secret_files.DIRECTORY: str(folder / "credentials"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "turn.secret_file" in done.stderr
    assert SECRET not in done.stdout + done.stderr
