"""The command line, and the one place where everything is built and joined.

visiojury.console:

founding.py  init
serving.py  serve, config        session.py  session (importing.py: import)
documents.py  documents          relays.py   relay
access.py   admin, keys
storing.py  backup, restore, database             erasing.py  erase
proof.py    verify               trial.py    rehearse

One module a group: `add(commands)` declares its commands and what each runs. Errors name the
setting or file and what to do, in French; never a traceback for a user's mistake. `--json` prints
one object and nothing else. Exit codes: 0 done, 1 what was checked does not hold, 2 the command
cannot be carried out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from visiojury import __version__
from visiojury.console import (
    access,
    documents,
    erasing,
    founding,
    proof,
    relays,
    serving,
    session,
    storing,
    trial,
)
from visiojury.console.base import CommandError, fail

GROUPS = (founding, serving, relays, session, documents, proof, trial, storing, erasing, access)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except CommandError as error:
        return fail(options, error)
    except KeyboardInterrupt:
        return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command; docs/cli.md is made from it."""
    top = argparse.ArgumentParser(
        prog="visiojury",
        description="Épreuves orales et délibérations de jurys d’État par visioconférence.",
    )
    top.add_argument("--version", action="version", version=f"visiojury {__version__}")
    commands = top.add_subparsers(metavar="COMMANDE", required=True)
    for group in GROUPS:
        group.add(commands)
    return top
