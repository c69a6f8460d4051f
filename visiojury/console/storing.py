"""`backup`, `restore` and `database`: the record's database, while servers run or not."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from visiojury.console.base import (
    CommandError,
    Commands,
    add_config_option,
    add_json_option,
    answer,
    reason_of,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from visiojury.record.backup_file import Contents

MESSAGES = {
    "backup_damaged": "La sauvegarde est incomplète ou abîmée ; rien n’a été restauré.",
    "backup_of_other_version": "La sauvegarde vient d’une autre version ; restaurez-la avec celle "
    "qui l’a écrite, puis mettez la base à niveau.",
    "backup_unwritable": "La sauvegarde n’a pas pu être écrite ; choisissez un dossier existant, "
    "avec de la place. Aucun fichier n’a été laissé.",
    "database_not_empty": "La base contient déjà des registres ; restaurez dans une base vide.",
    "database_unusable": "La base de données ne peut pas être utilisée ; vérifiez le réglage "
    "« database » et que la base est là. Rien n’a été fait.",
    "durability_refused": "La base de données ne garantit pas que ce qui est validé est sur le "
    "disque ; corrigez sa configuration.",
    "files_unwritable": "Un fichier de la sauvegarde n’a pas pu être remis dans le dossier des "
    "données ; libérez de la place ou corrigez les droits. La base reste vide.",
    "record_tampered": "La chaîne d’un registre ne tient pas ; lancez « visiojury verify » sur la "
    "base. Rien n’a été fait.",
    "schema_unknown": "La base vient d’une version plus récente ; utilisez cette version.",
}

Result = TypeVar("Result")


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser(
        "backup", help="sauvegarder tous les registres en un fichier, serveur en marche ou non"
    )
    backup.add_argument("path", type=Path, metavar="FICHIER", help="le fichier à écrire")
    restore = commands.add_parser("restore", help="restaurer une sauvegarde dans une base vide")
    restore.add_argument("path", type=Path, metavar="FICHIER", help="la sauvegarde à lire")
    database = commands.add_parser("database", help="base de données")
    actions = database.add_subparsers(metavar="ACTION", required=True)
    upgrade = actions.add_parser(
        "upgrade", help="mettre la base au niveau de ce programme ; le serveur le fait au départ"
    )
    for command, run in ((backup, _backup), (restore, _restore), (upgrade, _upgrade)):
        add_config_option(command)
        add_json_option(command)
        command.set_defaults(run=run)


def _backup(options: argparse.Namespace) -> int:
    from visiojury.record.backup import backup, check

    contents = _with_database(
        options, lambda engine, files: backup(engine, options.path, files=files), must_exist=True
    )
    read = _explained(lambda: check(options.path))
    assert read == contents, "what was written is what is read again"
    _say(options, contents, "sauvegardés et relus")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from visiojury.record.backup import restore

    try:
        options.path.open("rb").close()
    except OSError as error:  # Else it would be called damaged.
        raise CommandError("file_unreadable", f"{options.path} : {reason_of(error)}.") from None
    contents = _with_database(
        options, lambda engine, files: restore(engine, options.path, files=files)
    )
    _say(options, contents, "restaurés, chaînes vérifiées")
    return 0


def _upgrade(options: argparse.Namespace) -> int:
    from visiojury.record.migrate import migrate

    found, now = _with_database(options, lambda engine, _: migrate(engine))
    said = f"Base au niveau {now}" + (
        "." if found == now else f" (auparavant : {found or 'vide'})."
    )
    answer(options, {"found": found, "now": now}, [said])
    return 0


def _say(options: argparse.Namespace, contents: Contents, done: str) -> None:
    counts = (
        f"{contents.sessions} registre(s), {contents.entries} écriture(s),"
        f" {contents.files} fichier(s)"
    )
    data = {
        "path": str(options.path),
        "sessions": contents.sessions,
        "entries": contents.entries,
        "files": contents.files,
        "sha256": contents.sha256,
    }
    keys = "Le dossier des clés (keys/) se sauvegarde à part : sans lui, les noms sont illisibles."
    answer(options, data, [f"{options.path} : {counts} {done}.", keys])


def _with_database(
    options: argparse.Namespace,
    work: Callable[[AsyncEngine, Path], Awaitable[Result]],
    *,
    must_exist: bool = False,
) -> Result:
    from signaling.errors import SettingsError
    from signaling.settings import load
    from visiojury.record.engines import open_engine

    async def run() -> Result:
        engine = open_engine(settings.record, password=settings.database_password())
        try:
            return await work(engine, settings.data / "files")
        finally:
            await engine.dispose()

    try:
        settings = load(options.config)
        if must_exist and isinstance(settings.record, Path) and not settings.record.exists():
            raise CommandError("database_unusable", f"{settings.record} : cette base n’existe pas.")
        return _explained(lambda: asyncio.run(run()))
    except SettingsError as error:
        raise CommandError(error.code, str(error)) from error


def _explained(work: Callable[[], Result]) -> Result:
    """Do `work`. Raises: CommandError: what became of it, in French."""
    from visiojury.record.errors import StoreError

    try:
        return work()
    except StoreError as error:
        raise CommandError(error.code, f"{MESSAGES[error.code]} ({error.message})") from error
