"""`rehearse`: proof that an installation works."""

from __future__ import annotations

import argparse
from pathlib import Path

from visiojury.console.base import Commands, add_config_option, add_json_option


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    rehearse = commands.add_parser(
        "rehearse", help="prouver que l’installation fonctionne, par une session d’essai"
    )
    rehearse.add_argument(
        "--url", metavar="ADRESSE", help="serveur à éprouver ; sans elle, un serveur est lancé"
    )
    add_config_option(rehearse)
    add_json_option(rehearse)
    rehearse.add_argument("--keep", type=Path, metavar="DOSSIER", help="où garder les documents")
    rehearse.set_defaults(run=_rehearse)


def _rehearse(options: argparse.Namespace) -> int:
    from visiojury.rehearsal.run import rehearse

    return rehearse(url=options.url, config=options.config, as_json=options.json, keep=options.keep)
