"""Configuration: what is wrong is named, what was written is not repeated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from signaling.errors import SettingsError
from signaling.settings import load

SECRET = "s3cr3t-value"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "visiojury.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.requirement("T5")
def test_nothing_needs_to_be_set() -> None:
    settings = load(None)
    assert (settings.http.port, settings.relay.port, settings.metrics.port) == (8080, 40_000, 9464)
    assert settings.record == Path("var/record.db")


def test_a_relative_directory_is_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, 'data = "here"\n[http]\nport = 0\n'))
    assert settings.data == tmp_path / "here"
    assert settings.http.port == 0


def test_relays_are_counted_or_one_a_core(tmp_path: Path) -> None:
    assert load(None).relay.count() == 1
    path = written(tmp_path, '[relay]\nprocesses = "auto"\nsockets = ["alone.sock"]\n')
    settings = load(path)
    assert settings.relay.count() == len(os.sched_getaffinity(0))
    assert settings.relay.sockets == (tmp_path / "alone.sock",)


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISIOJURY_HTTP__PORT", "8443")
    monkeypatch.setenv("VISIOJURY_HTTP__ORIGINS", '["https://exam.example"]')
    settings = load(written(tmp_path, '[http]\nport = 1\nhost = "127.0.0.2"\n'))
    assert (settings.http.port, settings.http.host) == (8443, "127.0.0.2")
    assert settings.http.origins == ("https://exam.example",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f'[http]\nport = "{SECRET}"\n', "http.port"),
        ("[http]\nport = 65536\n", "http.port"),
        ("[metrics]\nport = -1\n", "metrics.port"),
        (f'log_level = "{SECRET}"\n', "log_level"),
        (f'[http]\norigins = ["https://{SECRET}/page"]\n', "http.origins"),
        (f'[http]\norigins = ["ftp://{SECRET}"]\n', "http.origins"),
        (f'[http]\norigins = ["{SECRET}"]\n', "http.origins"),
        (f'[http]\norigins = ["https://host?{SECRET}"]\n', "http.origins"),
        (f'[relay]\nannounce = "{SECRET}"\n', "relay.announce"),
        (f'[relay]\nprocesses = "{SECRET}"\n', "relay.processes"),
        ("[relay]\nprocesses = 0\n", "relay"),
        ("[relay]\nport = 65535\nprocesses = 2\n", "relay"),
        (f'[openid]\nissuer = "http://{SECRET}"\n', "openid.issuer"),
        (f'[openid]\nissuer = "https://{SECRET}"\n', "openid"),
        (f'[openid]\nalgorithm = "{SECRET}"\n', "openid.algorithm"),
        (f'[openid]\nacr = ["{SECRET} with a space"]\n', "openid.acr"),
        (f'[smtp]\nhost = "{SECRET}"\n', "smtp"),
        (f'[smtp]\nuser = "{SECRET}"\n', "smtp"),
        (f'[smtp]\nsender = "{SECRET}"\n', "smtp.sender"),
        (f'[smtp]\nsecurity = "{SECRET}"\n', "smtp.security"),
        (f'data = ["{SECRET}"]\n', "data"),
        (f'colour = "{SECRET}"\n', "colour"),
        (f'[http]\nprot = "{SECRET}"\n', "http.prot"),
        (f'http = "{SECRET}"\n', "http"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    tmp_path: Path, text: str, named: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as refusal:
        load(path)
    message = str(refusal.value)
    assert f"réglage {named}" in message
    assert str(path) in message
    assert SECRET not in message


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("VISIOJURY_HTTP__PORT", "http.port"),
        ("VISIOJURY_HTTP__ORIGINS", "http"),
        ("VISIOJURY_HTTP", "http"),
        ("VISIOJURY_RELAY__ANNOUNCE", "relay"),
        ("VISIOJURY_LOG_LEVEL", "log_level"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, named: str
) -> None:
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(SettingsError) as refusal:
        load(None)
    assert named in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_the_secret_of_the_openid_client_is_in_a_file_beside_the_configuration(
    tmp_path: Path,
) -> None:
    given = """[openid]
issuer = "https://agents.example"
client_id = "visiojury"
client_secret_file = "client.secret"
acr = ["eidas1"]
"""
    settings = load(written(tmp_path, given))
    with pytest.raises(SettingsError, match=r"openid\.client_secret_file"):
        settings.shared_secrets()
    (tmp_path / "client.secret").write_text(SECRET + "\n", encoding="utf-8")
    assert settings.shared_secrets().openid == SECRET
    assert SECRET not in repr(settings.shared_secrets())


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, '[http]\nport = "x"\n[relay]\nport = "y"\n')
    with pytest.raises(SettingsError) as refusal:
        load(path)
    assert len(str(refusal.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml.*--config"):
        load(tmp_path / "missing.toml")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="illisible"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"data = \xff", b"[http\n", b"data = 1 2"])
def test_what_is_no_toml_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="TOML"):
        load(path)


@pytest.mark.requirement("T5")
def test_a_database_is_a_file_beside_the_configuration_or_a_url(tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text('database = "kept/record.db"\n')
    assert load(path).record == tmp_path / "kept" / "record.db"
    path.write_text('database = "postgresql://visiojury@db.example/record"\n')
    assert load(path).record == "postgresql://visiojury@db.example/record"


def test_the_password_of_the_database_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "visiojury.toml"
    path.write_text('database = "postgresql://visiojury:s3cr3t@db.example/record"\n')
    with pytest.raises(SettingsError, match="database_password_file") as refusal:
        load(path)
    assert "s3cr3t" not in str(refusal.value)
    path.write_text('database_password_file = "password"\n')
    with pytest.raises(SettingsError, match="database_password_file"):
        load(path).database_password()
    (tmp_path / "password").write_text("s3cr3t\n")
    assert load(path).database_password() == "s3cr3t"
