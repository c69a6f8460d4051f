"""`verify`: does a record, an archive or a document hold?"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from visiojury.console.base import (
    FAILED,
    UNUSABLE,
    CommandError,
    Commands,
    add_json_option,
    answer,
    reason_of,
)


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify", help="vérifier un registre, une archive, un dossier de candidat ou un document"
    )
    verify.add_argument("path", type=Path, metavar="CHEMIN", help="le fichier à vérifier")
    verify.add_argument(
        "--key", metavar="EMPREINTE", help="empreinte de la clé dont le scellé est attendu"
    )
    verify.add_argument(
        "--record",
        type=Path,
        metavar="REGISTRE",
        help="registre de la session, pour un fichier qui ne le porte pas (record.jsonl)",
    )
    add_json_option(verify)
    verify.set_defaults(run=_verify)


def _record(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError("file_unreadable", f"{path} : {reason_of(error)}") from error


def _verify(options: argparse.Namespace) -> int:
    from visiojury.documents.verification import verify_path

    verdict = verify_path(options.path, key_thumbprint=options.key, record=_record(options.record))
    said = {"path": str(options.path), "holds": verdict.holds, **asdict(verdict)}
    answer(options, said, [f"{options.path} :", verdict.text()])
    if verdict.is_unreadable:
        return UNUSABLE
    return 0 if verdict.holds else FAILED
