"""`session`: what the organising office does with sessions from a shell."""

from __future__ import annotations

import argparse

from visiojury.cli import importing
from visiojury.cli.base import Commands


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    session = commands.add_parser("session", help="sessions d’un serveur en marche")
    actions = session.add_subparsers(metavar="ACTION", required=True)
    importing.add(actions)
