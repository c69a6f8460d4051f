"""Where the installation's key comes from: its own file, or what `installation_key` names.

By default the server makes it at its first start, in `keys/`. Named in the configuration it is
given from outside, as a file, a systemd credential or a variable, and none is ever made.
"""

from __future__ import annotations

from pathlib import Path

from auth.keys import KEY_FILE, InstallationKeys
from auth.rotation import KeyRing
from signaling import secret_files
from signaling.settings import Settings

SETTING = "installation_key"

PEOPLE, SECRETS = b"visiojury-person-keys-v1", b"visiojury-secrets-v1"
NEIGHBOURS = b"visiojury-neighbours-v1"
"""Labels of what is derived from the key: the wrapping of people's keys, the box of secrets, what
servers that work together know each other by."""


def made_or_read(settings: Settings) -> tuple[InstallationKeys, KeyRing]:
    """Return the installation's key, made if none is named and none is there, and the token keys.

    Raises:
        SettingsError: the one that is named is not there.
        KeysUnsafeError, KeysInvalidError, OSError: it cannot be used.
    """
    keys = _named(settings) or InstallationKeys.load_or_create(settings.keys)
    return keys, KeyRing(settings.keys, keys)


def read(settings: Settings) -> tuple[InstallationKeys, KeyRing] | None:
    """Return them as a running server has them; None: there is no key. Raises: as above."""
    if settings.installation_key is None and not (settings.keys / KEY_FILE).exists():
        return None
    return made_or_read(settings)


def _named(settings: Settings) -> InstallationKeys | None:
    path = settings.installation_key
    if path is None:
        return None
    if secret_files.is_handed_over(path):
        text = secret_files.read(SETTING, path)
        return InstallationKeys.of_pem(Path(SETTING), text.encode())
    return InstallationKeys.read(path)
