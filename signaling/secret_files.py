"""Where a secret lies: in a file, a credential that systemd hands over, or the environment.

A setting that names a file of secrets takes three forms: `PATH`, relative to the configuration;
`credential:NAME`, a file of `$CREDENTIALS_DIRECTORY`, which systemd fills for the service alone
(`LoadCredential=`, `LoadCredentialEncrypted=`); `env:NAME`, a variable, as an `EnvironmentFile=`
sets it, where the secret is a text. Source: systemd.exec(5), "Credentials".
"""

from __future__ import annotations

import os
from pathlib import Path

from signaling.errors import SettingsError

DIRECTORY = "CREDENTIALS_DIRECTORY"
_CREDENTIAL, _VARIABLE = "credential:", "env:"


def located(folder: Path, path: Path) -> Path:
    """Return the path of a setting's file; a variable stays what it is, for `read`.

    Args:
        folder: of the configuration; what is relative is relative to it.
        path: as the setting says.

    Raises:
        SettingsError: no credential has that name, or systemd gave none.
    """
    text = str(path)
    if text.startswith(_VARIABLE):
        return path
    if not text.startswith(_CREDENTIAL):
        return folder / path
    name, directory = text.removeprefix(_CREDENTIAL), os.environ.get(DIRECTORY)
    if not directory:
        raise SettingsError(
            f"{text} : ${DIRECTORY} n’est pas défini. Lancez le serveur par son unité systemd, "
            f"avec LoadCredential={name}:FICHIER, ou indiquez un fichier."
        )
    if name != Path(name).name or name in {"", "..", "."}:
        raise SettingsError(f"{text} : un nom seul est attendu après « {_CREDENTIAL} ».")
    return Path(directory) / name


def is_handed_over(path: Path) -> bool:
    """Return whether systemd or the environment hands it over: no file of ours, by `located`."""
    directory = os.environ.get(DIRECTORY)
    is_credential = bool(directory) and path.parent == Path(directory or "")
    return is_credential or str(path).startswith(_VARIABLE)


def read(setting: str, path: Path) -> str:
    """Return the text that a file or a variable holds, its end of line left out.

    Args:
        setting: for the refusal.
        path: as `located` returned it.

    Raises:
        SettingsError: there is none, or it cannot be read.
    """
    if str(path).startswith(_VARIABLE):
        return _variable(setting, str(path).removeprefix(_VARIABLE))
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{setting} : {path} n’est pas lisible. "
            "Indiquez un fichier que le serveur peut lire, ou retirez ce réglage."
        ) from None


def _variable(setting: str, name: str) -> str:
    secret = os.environ.get(name, "").strip()
    if not secret:
        raise SettingsError(
            f"{setting} : la variable {name} est vide ou absente. "
            "Donnez-la au serveur (EnvironmentFile=), ou retirez ce réglage."
        )
    return secret
