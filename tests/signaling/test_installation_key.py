"""The installation's key from a file, a systemd credential, a variable: the same key, none made."""

from __future__ import annotations

from pathlib import Path

import pytest

from auth.errors import KeysInvalidError, KeysUnsafeError
from auth.keys import KEY_FILE, InstallationKeys
from auth.rotation import rotate
from signaling import installation_key, secret_files
from signaling.errors import SettingsError
from signaling.settings import Settings, load

pytestmark = pytest.mark.requirement("T5")

FORMS = ("key.pem", "credential:visiojury.key", "env:THE_KEY")


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key in a file, in a credential and in a variable; return the file."""
    made = InstallationKeys.load_or_create(tmp_path / "elsewhere")
    text = (tmp_path / "elsewhere" / KEY_FILE).read_text("ascii")
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o700)
    for path in (tmp_path / "key.pem", credentials / "visiojury.key"):
        path.write_text(text, "ascii")
        path.chmod(0o600)
    monkeypatch.setenv(secret_files.DIRECTORY, str(credentials))
    monkeypatch.setenv("THE_KEY", text)
    assert made.kid == InstallationKeys.read(tmp_path / "key.pem").kid
    return tmp_path / "key.pem"


def settings_with(folder: Path, form: str) -> Settings:
    path = folder / "visiojury.toml"
    path.write_text(f'installation_key = "{form}"\n', "utf-8")
    return load(path)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_key_and_none_is_made(pem: Path, form: str) -> None:
    wanted, settings = InstallationKeys.read(pem), settings_with(pem.parent, form)
    keys, ring = installation_key.made_or_read(settings)
    assert keys.derive(b"purpose") == wanted.derive(b"purpose")
    assert ring.signing().kid == wanted.kid
    assert list(settings.keys.iterdir()) == []
    following = rotate(settings.keys, keys, now_s=0)
    found = installation_key.read(settings)
    assert found is not None
    assert [one.kid for one in found[1].published()][-1] == following.keys.kid
    assert "PRIVATE" not in repr(settings)


def test_what_is_not_there_or_no_key_is_refused_by_name(
    pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_KEY", "s3cr3t-and-no-key")
    with pytest.raises(KeysInvalidError) as refusal:
        installation_key.made_or_read(settings_with(pem.parent, "env:NO_KEY"))
    assert "installation_key" in str(refusal.value)
    assert "s3cr3t" not in str(refusal.value)
    for form in ("env:NOT_THERE", "credential:not-there"):
        with pytest.raises(SettingsError, match="installation_key"):
            installation_key.made_or_read(settings_with(pem.parent, form))
    pem.chmod(0o644)
    with pytest.raises(KeysUnsafeError):
        installation_key.made_or_read(settings_with(pem.parent, "key.pem"))


def test_by_default_the_server_makes_one_and_a_command_does_not(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    assert installation_key.read(settings) is None
    made, _ = installation_key.made_or_read(settings)
    found = installation_key.read(settings)
    assert found is not None
    assert found[0].kid == made.kid
