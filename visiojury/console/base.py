"""What the commands have in common: options, answers, refusals."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FAILED = 1
UNUSABLE = 2

_REASONS = {
    errno.ENOENT: "fichier ou dossier introuvable",
    errno.EACCES: "accès refusé",
    errno.EPERM: "accès refusé",
    errno.EISDIR: "c’est un dossier : indiquez un fichier",
    errno.ENOTDIR: "un fichier tient la place d’un dossier",
    errno.EEXIST: "un fichier de ce nom existe déjà",
    errno.ENOSPC: "le disque est plein",
    errno.EROFS: "ce disque ne peut pas être écrit",
}

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


class CommandError(Exception):
    """The command cannot be carried out; the text says what is wrong and what to do (French)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def reason_of(error: OSError) -> str:
    """Return in French why the system refused a file; what is rare stays in its own words."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


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
