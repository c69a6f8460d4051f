"""`session`: what the organising office does with sessions from a shell."""

from __future__ import annotations

import argparse
import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from visiojury.console import importing
from visiojury.console.base import CommandError, Commands, add_json_option, answer, reason_of
from visiojury.console.remote import Remote, add_server_options, settings_of


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    session = commands.add_parser("session", help="sessions d’un serveur en marche")
    actions = session.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="créer une session et afficher un lien par personne")
    create.add_argument("path", type=Path, metavar="FICHIER", help="la session, en TOML ou en JSON")
    create.set_defaults(run=_create)
    importing.add(actions)
    listed = actions.add_parser("list", help="les sessions de l’installation")
    listed.set_defaults(run=_list)
    show = actions.add_parser("show", help="une session : personnes, épreuves, état")
    show.add_argument("session", metavar="SESSION", help="son identifiant")
    show.set_defaults(run=_show)
    archive = actions.add_parser("archive", help="enregistrer l’archive scellée d’une session")
    archive.add_argument("session", metavar="SESSION", help="son identifiant")
    archive.add_argument(
        "--output", type=Path, metavar="FICHIER", help="par défaut, SESSION.zip dans ce dossier"
    )
    archive.set_defaults(run=_archive)
    for action in (create, listed, show, archive):
        add_server_options(action)
        add_json_option(action)


def address(session: str, rest: str = "") -> str:
    return f"/api/sessions/{quote(session, safe='')}{rest}"


def write(path: Path, content: bytes) -> None:
    """Raises: CommandError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError("file_unwritable", f"{path} : {reason_of(error)}.") from None


def _create(options: argparse.Namespace) -> int:
    definition = _read(options.path)
    made = Remote(settings_of(options), options.url).ask("POST", "/api/sessions", definition)
    answer(
        options,
        made,
        [
            f"Session {made['session_id']} : créée. Un lien par personne, affiché cette fois-ci :",
            *(
                f"  {i['participant_id']} : {i['link']}"
                + ("" if i["code"] is None else f" (code : {i['code']})")
                for i in made["invitations"]
            ),
        ],
    )
    return 0


def _read(path: Path) -> Any:  # noqa: ANN401 - the server checks it
    """Return what the file says. Raises: CommandError."""
    try:
        text = path.read_text("utf-8")
        told = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        message = f"{path} : fichier illisible ({reason_of(error)})."
        raise CommandError("file_unreadable", message) from None
    except (ValueError, RecursionError) as error:
        message = f"{path} : ni TOML ni JSON valable ({error})."
        raise CommandError("file_malformed", message) from None
    return _plain(told, path)


def _plain(told: Any, path: Path) -> Any:  # noqa: ANN401
    """Turn instants, which TOML writes with their offset, into milliseconds (UTC)."""
    if isinstance(told, dict):
        return {key: _plain(value, path) for key, value in told.items()}
    if isinstance(told, list):
        return [_plain(value, path) for value in told]
    if isinstance(told, datetime):
        if told.tzinfo is None:
            message = f"{path} : {told.isoformat()} : ajoutez le décalage, par exemple +02:00."
            raise CommandError("file_malformed", message)
        return round(told.timestamp() * 1000)
    return told


def _list(options: argparse.Namespace) -> int:
    listed = Remote(settings_of(options), options.url).ask("GET", "/api/sessions")
    lines = [f"{s['session_id']} : {s['title']} ({s['diploma']})" for s in listed["sessions"]]
    answer(options, listed, lines or ["Aucune session."])
    return 0


def _show(options: argparse.Namespace) -> int:
    told = Remote(settings_of(options), options.url).ask("GET", address(options.session))
    session, people = told["session"], told["people"]
    answer(
        options,
        told,
        [
            f"{session['session_id']} : {session['title']} ({session['diploma']})",
            f"Services : {', '.join(office['name'] for office in told['offices'].values())}",
            "Personnes :",
            *(f"  {who} : {one['name']} ({one['role']})" for who, one in people.items()),
            "Épreuves :",
            *(
                f"  {sitting_id} : {people[one['candidate_id']]['name']}, {one['state']}"
                for sitting_id, one in told["sittings"].items()
            ),
        ],
    )
    return 0


def _archive(options: argparse.Namespace) -> int:
    path = options.output or Path(f"{Path(options.session).name}.zip")
    remote = Remote(settings_of(options), options.url)
    write(path, remote.download(address(options.session, "/archive.zip")))
    answer(options, {"path": str(path)}, [f"{path} : enregistrée. À vérifier : visiojury verify"])
    return 0
