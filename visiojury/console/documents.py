"""`documents`: the documents of a session, listed and made into a directory."""

from __future__ import annotations

import argparse
from pathlib import Path

from visiojury.console.base import CommandError, Commands, add_json_option, answer, reason_of
from visiojury.console.remote import Remote, add_server_options, settings_of
from visiojury.console.session import address, write


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    documents = commands.add_parser("documents", help="documents d’une session")
    actions = documents.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="ceux qui existent")
    listed.set_defaults(run=_list)
    make = actions.add_parser("make", help="les enregistrer dans un dossier")
    make.set_defaults(run=_make)
    for action in (listed, make):
        action.add_argument("session", metavar="SESSION", help="son identifiant")
        add_server_options(action)
        add_json_option(action)
    make.add_argument("directory", type=Path, metavar="DOSSIER", help="créé s’il n’existe pas")
    make.add_argument("names", nargs="*", metavar="NOM", help="ceux-là seulement")


def _list(options: argparse.Namespace) -> int:
    remote = Remote(settings_of(options), options.url)
    listed = remote.ask("GET", address(options.session, "/documents"))
    lines = [f"{one['name']} : {one['title']}" for one in listed["documents"]]
    answer(options, listed, lines or ["Aucun document pour le moment."])
    return 0


def _make(options: argparse.Namespace) -> int:
    remote = Remote(settings_of(options), options.url)
    listed = remote.ask("GET", address(options.session, "/documents"))["documents"]
    found = {one["name"]: one["path"] for one in listed}
    if unknown := sorted(set(options.names) - set(found)):
        raise CommandError("document_unknown", f"Aucun document de ce nom : {', '.join(unknown)}.")
    try:
        options.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{options.directory} : {reason_of(error)}."
        raise CommandError("file_unwritable", message) from None
    made = []
    for name in options.names or found:
        path = options.directory / found[name].rsplit("/", 1)[-1]
        write(path, remote.download(found[name]))
        made.append(str(path))
    answer(options, {"paths": made}, made or ["Aucun document pour le moment."])
    return 0
