"""`admin` and `keys`: the first link of an installation, and the keys that sign its tokens."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from visiojury.console.base import (
    CommandError,
    Commands,
    add_config_option,
    add_json_option,
    answer,
)
from visiojury.console.remote import Remote, add_server_options, settings_of
from visiojury.console.session import address


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    admin = commands.add_parser("admin", help="accès, avec la clé de l’installation")
    actions = admin.add_subparsers(metavar="ACTION", required=True)
    invite = actions.add_parser(
        "invite", help="faire un lien, le premier d’une session par exemple ; l’ancien s’éteint"
    )
    invite.add_argument("session", metavar="SESSION", help="son identifiant")
    invite.add_argument(
        "person", nargs="?", metavar="PERSONNE", help="par défaut, l’agent organisateur"
    )
    factor = invite.add_mutually_exclusive_group()
    factor.add_argument(
        "--totp",
        dest="factor",
        action="store_const",
        const="totp",
        help="demander le code d’une application d’authentification",
    )
    factor.add_argument(
        "--openid",
        dest="factor",
        action="store_const",
        const="openid",
        help="demander une connexion avec un compte d’agent (OpenID Connect)",
    )
    factor.add_argument(
        "--passkey",
        dest="factor",
        action="store_const",
        const="passkey",
        help="demander une clé d’accès ; un code d’abord, si la personne n’en a pas encore",
    )
    add_server_options(invite)
    add_json_option(invite)
    invite.set_defaults(run=_invite)
    keys = commands.add_parser("keys", help="clés qui signent les accès")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    rotate = actions.add_parser(
        "rotate", help="en faire une autre, publiée d’abord, utilisée cinq minutes après"
    )
    add_config_option(rotate)
    add_json_option(rotate)
    rotate.set_defaults(run=_rotate)


def _invite(options: argparse.Namespace) -> int:
    remote = Remote(settings_of(options), options.url)
    person = options.person or _organiser(remote, options.session)
    body = {"participant_id": person, "factor": options.factor or "code"}
    made = remote.ask("POST", address(options.session, "/invitations"), body)
    answer(options, made, _lines(made))
    return 0


def _organiser(remote: Remote, session: str) -> str:
    """Return who organises the session. Raises: CommandError."""
    told = remote.ask("GET", address(session))
    office_id = told["session"]["organising_office_id"]
    for who, one in told["people"].items():
        if one["role"] == "organiser" and one["office_id"] == office_id:
            return str(who)
    raise CommandError("organiser_missing", f"{session} : aucun agent organisateur inscrit.")


def _lines(made: dict[str, Any]) -> Iterator[str]:
    yield f"Lien de {made['participant_id']}, affiché cette fois-ci : {made['link']}"
    if made["code"] is not None:
        yield f"Code, à donner séparément : {made['code']}"
    if made["totp_uri"] is not None:
        yield f"Pour l’application d’authentification, à donner séparément : {made['totp_uri']}"


def _rotate(options: argparse.Namespace) -> int:
    from auth.errors import AuthError
    from auth.rotation import rotate
    from signaling import installation_key
    from signaling.errors import SettingsError

    settings = settings_of(options)
    try:
        installation, _ = installation_key.made_or_read(settings)
        turn = rotate(settings.keys, installation, now_s=time.time())
    except (AuthError, SettingsError, OSError) as error:
        raise CommandError("keys_unreadable", f"{settings.keys} : {error}") from error
    start = datetime.fromtimestamp(turn.signs_from_s, UTC).isoformat()
    told = {"kid": turn.keys.kid, "signs_from": start}
    answer(options, told, [f"Clé {turn.keys.kid} : publiée, signe à partir de {start}."])
    return 0
