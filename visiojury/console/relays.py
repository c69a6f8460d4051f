"""`relay`: a relay that runs alone, and those of a running server."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from visiojury.console.base import (
    CommandError,
    Commands,
    add_config_option,
    add_json_option,
    answer,
)
from visiojury.console.remote import Remote, add_server_options, settings_of


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    relay = commands.add_parser("relay", help="relais des images et des voix")
    actions = relay.add_subparsers(metavar="ACTION", required=True)
    run = actions.add_parser(
        "run", help="faire tourner un relais seul ; le serveur le trouve par relay.sockets"
    )
    run.add_argument("socket", type=Path, metavar="CHEMIN", help="sa prise de commande")
    run.add_argument("--port", type=int, metavar="PORT", help="port UDP, à la place de relay.port")
    run.set_defaults(run=_run)
    listed = actions.add_parser("list", help="les relais du serveur")
    listed.set_defaults(run=_list)
    drain = actions.add_parser(
        "drain", help="déplacer les salles d’un relais vers les autres et ne plus lui en donner"
    )
    drain.add_argument("number", type=int, metavar="NUMÉRO", help="voir « relay list »")
    drain.add_argument("--undo", action="store_true", help="lui donner de nouveau des salles")
    drain.set_defaults(run=_drain)
    add_config_option(run)
    for action in (listed, drain):
        add_server_options(action)
        add_json_option(action)


def _run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    port = settings.relay.port if options.port is None else options.port
    command = [sys.executable, "-P", "-m", "media", "--control-socket", str(options.socket)]
    command += ["--listen", f"{settings.relay.host}:{port}", "--log-level", settings.log_level]
    for address in settings.relay.announce:
        command += ["--announce", address]
    try:
        os.execv(sys.executable, command)  # noqa: S606 - this very program, no shell wanted
    except OSError as error:
        raise CommandError("relay_failed", f"le relais ne démarre pas : {error}") from error


def _list(options: argparse.Namespace) -> int:
    return _show(options, Remote(settings_of(options), options.url).ask("GET", "/api/relays"))


def _drain(options: argparse.Namespace) -> int:
    path, body = f"/api/relays/{options.number}/drain", {"is_drained": not options.undo}
    return _show(options, Remote(settings_of(options), options.url).ask("POST", path, body))


def _show(options: argparse.Namespace, said: Any) -> int:  # noqa: ANN401 - the server's JSON
    answer(options, said, [_line(relay) for relay in said["relays"]])
    return 0


def _line(relay: dict[str, Any]) -> str:
    state = "en marche" if relay["is_up"] else "arrêté"
    if relay["is_drained"]:
        state += ", vidé"
    return f"relais {relay['number']} : {state}, salles : {relay['rooms']}"
