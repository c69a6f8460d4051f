"""What the commands have in common: options, answers, refusals."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FAILED = 1
UNUSABLE = 2

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


class CommandError(Exception):
    """The command cannot be carried out; the text says what is wrong and what to do (French)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FICHIER", help="fichier TOML (docs/configuration.md)"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="n’afficher qu’un objet JSON")


def answer(options: argparse.Namespace, data: Any, lines: Iterable[str]) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print `data` with `--json`, else the same said in words."""
    if options.json:
        print(json.dumps(data, ensure_ascii=False))
        return
    for line in lines:
        print(line)


def fail(options: argparse.Namespace, error: CommandError) -> int:
    """Say why the command was not carried out, and return its exit code."""
    if getattr(options, "json", False):
        print(json.dumps({"code": error.code, "message": str(error)}, ensure_ascii=False))
    else:
        print(error, file=sys.stderr)
    return UNUSABLE
