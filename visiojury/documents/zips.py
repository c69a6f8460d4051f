"""The ZIP files of ours that are checked: opened with every doubt, compared file by file."""

from __future__ import annotations

import io
import zipfile
import zlib

from visiojury.documents.archiving import NOTICE, VERIFIER
from visiojury.documents.house import VERSION
from visiojury.documents.rebuilding import differs, version_of
from visiojury.documents.verdict import Problem

MOST_BYTES = 256 * 2**20
"""Larger files are refused unread: the record of a long session is a few megabytes."""
MOST_MEMBERS = 1000


class ForeignZipError(Exception):
    """Damaged, encrypted, too large, or with two files of one name."""


def is_ours(notice: bytes) -> bool:
    """Return whether the notice says, in its second or third line, that this version made it."""
    return any(VERSION.encode() in line for line in notice.splitlines()[1:3])


def unzip(content: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP, never more than `MOST_BYTES` of them. Raises: ForeignZipError."""
    try:
        return _unzip(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ForeignZipError(str(error)) from error


def _unzip(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive, never more than `MOST_BYTES` of them.

    Raises:
        ValueError: too many files, too large, or two of one name.
        zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError: damaged or encrypted.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        infos = file.infolist()
        if len(infos) > MOST_MEMBERS or sum(info.file_size for info in infos) > MOST_BYTES:
            raise ValueError("contenu trop volumineux")
        if len({info.filename for info in infos}) != len(infos):
            raise ValueError("deux fichiers du même nom")
        files: dict[str, bytes] = {}
        for info in infos:
            with file.open(info) as member:  # The size announced bounds what is read.
                files[info.filename] = member.read(info.file_size)
        return files


def compare(files: dict[str, bytes], due: dict[str, bytes], *, is_own: bool) -> list[Problem]:
    """Return what differs from what is due; `is_own`: this very version made the ZIP."""
    problems: list[Problem] = []
    for name, content in due.items():
        if name not in files:
            message = f"L’archive ne contient pas {name}."
            problems.append(Problem(code="file_missing", message=message))
        elif files[name] != content:
            problems.append(_changed(name, files[name], is_own=is_own))
    for name in sorted(files.keys() - due.keys()):
        message = f"{name!r} n’a pas sa place dans l’archive."
        problems.append(Problem(code="file_unexpected", message=message))
    return problems


def _changed(name: str, content: bytes, *, is_own: bool) -> Problem:
    if name.endswith(".pdf"):
        return differs(f"Le document {name}", version_of(content))
    if name in {NOTICE, VERIFIER} and not is_own:
        return differs(f"Le fichier {name}", "")
    return Problem(
        code="file_changed", message=f"{name} n’est pas celui que donne le registre : il a changé."
    )
