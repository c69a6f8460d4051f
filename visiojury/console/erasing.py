"""`erase`: what the server erases by itself once a day, asked for now. Source: requirement A2."""

from __future__ import annotations

import argparse

from visiojury.console.base import Commands, add_json_option, answer
from visiojury.console.remote import Remote, add_server_options, settings_of


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    erase = commands.add_parser(
        "erase", help="effacer les données personnelles des sessions conservées assez longtemps"
    )
    how = erase.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--dry-run", action="store_true", help="dire ce qui serait effacé, sans rien faire"
    )
    how.add_argument("--yes", action="store_true", help="effacer ; c’est définitif")
    add_server_options(erase)
    add_json_option(erase)
    erase.set_defaults(run=_erase)


def _erase(options: argparse.Namespace) -> int:
    server = Remote(settings_of(options), options.url)
    done = server.ask("POST", "/api/erasures", {"carry_out": options.yes})
    verb = "effacée(s)" if options.yes else "à effacer"
    lines = [f"{s['session_id']} : {s['people']} personne(s) {verb}" for s in done["sessions"]]
    answer(options, {**done, "carried_out": options.yes}, lines or ["Rien à effacer."])
    return 0
