"""`serve` and `config`: the server, and its configuration without it."""

from __future__ import annotations

import argparse

from visiojury.console.base import (
    CommandError,
    Commands,
    add_config_option,
    add_json_option,
    answer,
)


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="démarrer le serveur")
    add_config_option(serve)
    serve.add_argument(
        "--demo",
        action="store_true",
        help="ouvrir une session de démonstration et afficher un lien par rôle",
    )
    serve.add_argument(
        "--port", type=int, metavar="PORT", help="port HTTP, à la place de http.port"
    )
    serve.set_defaults(run=_serve)
    config = commands.add_parser("config", help="configuration")
    actions = config.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser("check", help="vérifier une configuration sans démarrer")
    add_config_option(check)
    add_json_option(check)
    check.set_defaults(run=_check)


def _serve(options: argparse.Namespace) -> int:
    from signaling.errors import SettingsError, StartError
    from signaling.run import serve
    from signaling.settings import load

    try:
        settings = load(options.config)
        if options.port is not None:
            http = settings.http.model_copy(update={"port": options.port})
            settings = settings.model_copy(update={"http": http})
        serve(settings, demo=options.demo)
    except (SettingsError, StartError) as error:
        raise CommandError(error.code, str(error)) from error
    return 0


def _check(options: argparse.Namespace) -> int:
    from signaling.errors import SettingsError
    from signaling.preflight import faults
    from signaling.settings import load

    try:
        settings = load(options.config)
    except SettingsError as error:
        raise CommandError(error.code, str(error)) from error
    if found := faults(settings):
        raise CommandError(SettingsError.code, "\n".join(found))
    shown = settings.model_dump_json(indent=2)
    answer(options, settings.model_dump(mode="json"), ["Configuration valable :", shown])
    return 0
