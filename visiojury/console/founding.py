"""`init`: a new installation, from nothing to the link that its first organiser opens."""

from __future__ import annotations

import argparse
import asyncio
import json
import string
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from visiojury.console.base import CommandError, Commands, add_json_option, answer, reason_of

if TYPE_CHECKING:
    from signaling.inviting import Issued
    from signaling.settings import Settings

NAME = "visiojury.toml"
LOCAL = "127.0.0.1"
DIRECTORY_MODE = 0o750
FILE_MODE = 0o640
DATA_MODE = 0o700


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    init = commands.add_parser(
        "init", help="créer une installation : configuration, clés, lien du premier organisateur"
    )
    init.add_argument("directory", type=Path, metavar="DOSSIER", help=f"où écrire {NAME}")
    init.add_argument(
        "--office", required=True, metavar="DIRECTION", help="sa direction (« grand-est »)"
    )
    init.add_argument(
        "--organiser", required=True, nargs=2, metavar=("PRÉNOM", "NOM"), help="qui organise"
    )
    init.add_argument(
        "--data", default="data", metavar="DOSSIER", help="du registre et des clés ; à côté, sinon"
    )
    init.add_argument(
        "--origin",
        default=f"http://{LOCAL}:8080",
        metavar="ADRESSE",
        help="adresse publique, https://… ; sans elle, un essai sur cette machine",
    )
    init.add_argument(
        "--announce",
        default=LOCAL,
        metavar="ADRESSE",
        help="adresse IP à laquelle les navigateurs atteignent le relais",
    )
    add_json_option(init)
    init.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    _check_names(options.organiser)
    path = options.directory / NAME
    _write(path, _configuration(options))
    try:
        settings = _read(path)
        _refuse_keys(settings)
        issued = _found(settings, options)
    except CommandError:
        path.unlink()  # So that the command, put right, can be given again.
        raise
    told = {
        "config": str(path),
        "keys": str(settings.keys),
        "session_id": _session_id(),
        "participant_id": issued.participant_id,
        "link": issued.link,
        "code": issued.code,
    }
    lines = [
        f"Configuration : {path}",
        f"Clés : {settings.keys}, à sauvegarder à part ; sans elles, le registre ne se lit plus.",
        f"Démarrer : visiojury serve --config {path}",
        f"Lien du premier organisateur, affiché cette fois-ci, bon sept jours : {issued.link}",
    ]
    if issued.code is not None:
        lines.append(f"Code, à donner séparément : {issued.code}")
    answer(options, told, lines)
    return 0


def _check_names(names: list[str]) -> None:
    """Raises: CommandError."""
    from pydantic import TypeAdapter, ValidationError

    from visiojury.exam.people import PersonName

    try:
        TypeAdapter(tuple[PersonName, PersonName]).validate_python(tuple(names))
    except ValidationError:
        raise CommandError(
            "name_refused", "--organiser : un prénom puis un nom, ni vides ni trop longs."
        ) from None


def _configuration(options: argparse.Namespace) -> str:
    # TOML's basic strings are JSON's.
    values = {
        "data": options.data,
        "origin": options.origin,
        "announce": options.announce,
        "listen": LOCAL if options.announce == LOCAL else "0.0.0.0",  # noqa: S104 - people come in by it
    }
    sample = resources.files("visiojury.console").joinpath(NAME).read_text(encoding="utf-8")
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    return string.Template(sample).substitute(quoted)


def _write(path: Path, text: str) -> None:
    """Raises: CommandError: there is one already, or it cannot be written."""
    try:
        path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        path.touch(FILE_MODE, exist_ok=False)
        path.write_text(text, encoding="utf-8")
    except FileExistsError:
        raise CommandError(
            "already_there",
            f"{path} existe déjà : rien n’a été changé. Choisissez un autre dossier.",
        ) from None
    except OSError as error:
        raise CommandError("unwritable", f"{path} : {reason_of(error)}.") from None


def _read(path: Path) -> Settings:
    from signaling.errors import SettingsError
    from signaling.settings import load

    try:
        return load(path)
    except SettingsError as error:
        raise CommandError(error.code, str(error)) from error


def _refuse_keys(settings: Settings) -> None:
    """Raises: CommandError: these keys, or this record, are another installation's."""
    from auth.keys import KEY_FILE

    for there in (settings.keys / KEY_FILE, settings.data / "record.db"):
        if there.exists():
            raise CommandError(
                "already_there",
                f"{there} existe déjà : rien n’a été changé. Choisissez un autre --data.",
            )


def _found(settings: Settings, options: argparse.Namespace) -> Issued:
    from auth.errors import AuthError
    from signaling.founding import OfficeUnknownError, found
    from visiojury.exam.errors import ExamError
    from visiojury.record.errors import RecordError

    given_name, family_name = options.organiser
    try:
        settings.data.mkdir(mode=DATA_MODE, parents=True, exist_ok=True)
        return asyncio.run(
            found(
                settings,
                office_id=options.office,
                given_name=given_name,
                family_name=family_name,
            )
        )
    except OfficeUnknownError as error:
        known = ", ".join(error.known)
        raise CommandError(
            "office_unknown", f"{options.office} : direction inconnue. Connues : {known}."
        ) from None
    except (AuthError, RecordError, OSError) as error:
        raise CommandError("unwritable", f"{settings.data} : {error}") from error
    except ExamError as error:
        raise CommandError(error.code, f"session refusée : {error}") from error


def _session_id() -> str:
    from signaling.founding import SESSION_ID

    return SESSION_ID
