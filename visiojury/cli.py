"""The command line, and the one place where everything is built and joined.

Errors name the setting or file and what to do; never a traceback for a user's mistake.
Exit codes: 0 done, 1 what was checked does not hold, 2 the command cannot be carried out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from visiojury import __version__

FAILED = 1
UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="visiojury",
        description="Épreuves orales et délibérations de jurys d’État par visioconférence.",
    )
    parser.add_argument("--version", action="version", version=f"visiojury {__version__}")
    commands = parser.add_subparsers(metavar="COMMANDE", required=True)
    _add_serve(commands)
    _add_config(commands)
    _add_verify(commands)
    _add_rehearse(commands)
    return parser


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _add_serve(commands: Commands[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="démarrer le serveur")
    _add_config_option(serve)
    serve.add_argument(
        "--demo",
        action="store_true",
        help="ouvrir une session de démonstration et afficher un lien par rôle",
    )
    serve.add_argument("--port", type=int, help="port HTTP, à la place de http.port")
    serve.set_defaults(run=_serve)


def _add_config(commands: Commands[argparse.ArgumentParser]) -> None:
    config = commands.add_parser("config", help="configuration")
    actions = config.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser("check", help="vérifier une configuration sans démarrer")
    _add_config_option(check)
    check.set_defaults(run=_config_check)


def _add_verify(commands: Commands[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify", help="vérifier un registre, une archive ou un procès-verbal"
    )
    verify.add_argument("path", type=Path, metavar="CHEMIN")
    verify.add_argument(
        "--key", metavar="EMPREINTE", help="empreinte de la clé dont le scellé est attendu"
    )
    verify.set_defaults(run=_verify)


def _add_rehearse(commands: Commands[argparse.ArgumentParser]) -> None:
    rehearse = commands.add_parser(
        "rehearse", help="prouver que l’installation fonctionne, par une session d’essai"
    )
    rehearse.add_argument("--url", help="serveur à éprouver ; sans elle, un serveur est lancé")
    _add_config_option(rehearse)
    rehearse.add_argument("--json", action="store_true", help="n’afficher qu’un objet JSON")
    rehearse.add_argument("--keep", type=Path, metavar="DOSSIER", help="où garder les documents")
    rehearse.set_defaults(run=_rehearse)


def _add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FICHIER", help="fichier TOML (docs/configuration.md)"
    )


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return UNUSABLE


def _serve(options: argparse.Namespace) -> int:
    from signaling.errors import StartError
    from signaling.run import serve
    from signaling.settings import SettingsError, load

    try:
        settings = load(options.config)
        if options.port is not None:
            http = settings.http.model_copy(update={"port": options.port})
            settings = settings.model_copy(update={"http": http})
        serve(settings, demo=options.demo)
    except (SettingsError, StartError) as error:
        return _fail(str(error))
    return 0


def _config_check(options: argparse.Namespace) -> int:
    from signaling.settings import SettingsError, load

    try:
        settings = load(options.config)
    except SettingsError as error:
        return _fail(str(error))
    print("Configuration valable :")
    print(settings.model_dump_json(indent=2))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from visiojury.documents.verification import verify_path

    verdict = verify_path(options.path, key_thumbprint=options.key)
    print(f"{options.path} :", verdict.text(), sep="\n")
    if verdict.is_unreadable:
        return UNUSABLE
    return 0 if verdict.holds else FAILED


def _rehearse(options: argparse.Namespace) -> int:
    from visiojury.rehearsal.run import rehearse

    return rehearse(url=options.url, config=options.config, as_json=options.json, keep=options.keep)
