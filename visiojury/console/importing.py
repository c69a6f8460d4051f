"""`session import`: a session from a file, each refused line told.

A file that describes a new session is read here first: what is wrong with it is said at once, and
`--dry-run` needs no server.
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visiojury.console.base import (
    FAILED,
    CommandError,
    Commands,
    add_json_option,
    answer,
    reason_of,
)
from visiojury.console.remote import Remote, add_server_options, settings_of

if TYPE_CHECKING:
    from signaling.settings import Settings

LONG = 500
"""Lines from which on it is said how far the reading is."""


def add(actions: Commands[argparse.ArgumentParser]) -> None:
    command = actions.add_parser("import", help="créer ou compléter une session par un fichier")
    command.add_argument("path", type=Path, metavar="FICHIER", help="docs/imports.md dit sa forme")
    command.add_argument("--format", choices=("csv", "odessa"), default="csv", dest="form")
    command.add_argument("--into", metavar="SESSION", help="la session à compléter")
    command.add_argument("--dry-run", action="store_true", help="dire seulement ce qui serait fait")
    command.add_argument(
        "--partial", action="store_true", help="prendre les lignes justes si d’autres sont refusées"
    )
    add_server_options(command)
    add_json_option(command)
    command.set_defaults(run=_import)


def _import(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    try:
        content = options.path.read_bytes()
    except OSError as error:
        raise CommandError(
            "file_unreadable", f"{options.path} : fichier illisible ({reason_of(error)})."
        ) from None
    if options.into is None:
        told = _read(content, options, settings)
        if options.dry_run or (told["refused"] and not options.partial):
            return _say(options, told)
    path = "/api/sessions" + ("" if options.into is None else f"/{options.into}") + "/import"
    body = {
        "content": base64.b64encode(content).decode(),
        "form": options.form,
        "is_partial": options.partial,
        "is_dry_run": options.dry_run,
    }
    return _say(options, Remote(settings, options.url).ask("POST", path, body))


def _read(content: bytes, options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Return what the file comes to by itself, in the words of the server."""
    from signaling.api.imports import told
    from signaling.importing import Outcome
    from visiojury.imports import read
    from visiojury.reference import Library, ReferenceDataError

    try:
        reference = Library.read(settings.reference).at(datetime.now(UTC).date())
    except ReferenceDataError as error:
        raise CommandError(error.code, str(error)) from error

    def progress(done: int, whole: int) -> None:
        if whole >= LONG and not options.json:
            print(f"{done} lignes sur {whole}", file=sys.stderr)

    imported = read(
        content,
        form=options.form,
        reference=reference,
        now_ms=int(time.time() * 1000),
        progress=progress,
    )
    made = imported.definition
    session_id = None if made is None else made.session_id
    outcome = Outcome(session_id=session_id, imported=imported, is_done=False, issued=[])
    return told(outcome).model_dump(mode="json")


def _say(options: argparse.Namespace, told: dict[str, Any]) -> int:
    answer(options, told, _lines(told))
    return FAILED if told["refused"] and not options.partial else 0


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for refused in told["refused"]:
        for fault in refused["faults"]:
            column = f", colonne « {fault['column']} »" if fault["column"] else ""
            yield f"Ligne {refused['line']}{column} : {fault['message']} [{fault['code']}]"
    if told["unknown_columns"]:
        yield f"Colonnes laissées de côté : {', '.join(told['unknown_columns'])}."
    counts = f"services : {told['offices']}, personnes : {told['people']}"
    yield f"Lignes lues : {told['lines']} ; {counts}, épreuves : {told['sittings']}."
    if told["is_done"]:
        yield f"Session {told['session_id']} : fait. Un lien par personne :"
    else:
        yield "Rien n’a été écrit."
    for invitation in told["invitations"]:
        code = "" if invitation["code"] is None else f" (code : {invitation['code']})"
        yield f"  {invitation['participant_id']} : {invitation['link']}{code}"
