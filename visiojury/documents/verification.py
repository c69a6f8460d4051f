"""Check a file of ours: database, record, archive or document. Says what is wrong, and where.

What is read comes from anybody: sizes are bounded, nothing raises.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from visiojury.documents import archiving
from visiojury.documents.house import PLAIN, VERSION, House
from visiojury.documents.rebuilding import (
    UNTELLABLE,
    differs,
    edition_of,
    verify_document,
    version_of,
)
from visiojury.documents.verdict import Kind, Problem, Verdict
from visiojury.record.database import MAGIC, verify_database
from visiojury.record.errors import StoreError
from visiojury.record.findings import finding
from visiojury.record.lines import check_lines

MOST_BYTES = 256 * 2**20
"""Larger files are refused unread: the record of a long session is a few megabytes."""
MOST_MEMBERS = 1000


def verify_path(
    path: Path, *, key_thumbprint: str | None = None, record: bytes | None = None
) -> Verdict:
    """Return what a check of the file found.

    Args:
        path: a file of any kind.
        record: the session's record as JSON lines, for a document that carries none.
        key_thumbprint: RFC 7638 thumbprint of the key that the seal must be of, if known.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
            content = b"" if start == MAGIC else start + file.read(MOST_BYTES + 1 - len(start))
    except OSError as error:
        return _failed("unknown", Problem(code="file_unreadable", message=_os_words(error)))
    if len(content) > MOST_BYTES:
        message = f"Le fichier dépasse {MOST_BYTES // 2**20} Mio : il n’est pas lu."
        return _failed("unknown", Problem(code="file_too_large", message=message))
    verdict = _verify_database(path) if start == MAGIC else verify_bytes(content, record)
    return verdict if key_thumbprint is None else _with_key(verdict, key_thumbprint)


def verify_bytes(content: bytes, record: bytes | None = None, house: House = PLAIN) -> Verdict:
    """Return what a check of a record, archive or document found."""
    if content.startswith(b"%PDF-"):
        return verify_document(content, record, house)
    if content.startswith(b"PK\x03\x04"):
        return _verify_archive(content)
    if content.startswith(b"{"):
        report, _ = check_lines(content)
        return Verdict(kind="record", reports=(report,))
    message = "Ni registre, ni archive, ni document de VisioJury."
    return _failed("unknown", Problem(code="unknown_file", message=message))


def _failed(kind: Kind, *problems: Problem) -> Verdict:
    return Verdict(kind=kind, problems=problems)


def _os_words(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "Ce fichier n’existe pas."
        case IsADirectoryError():
            return "C’est un dossier : indiquez un fichier."
        case PermissionError():
            return "Vous n’avez pas le droit de lire ce fichier."
        case _:
            return "Le fichier ne se lit pas."


def _with_key(verdict: Verdict, key_thumbprint: str) -> Verdict:
    """Add a finding to each sealed record whose key is not the one expected."""
    reports = tuple(
        replace(report, findings=(*report.findings, finding("seal_key_unexpected", report.entries)))
        if report.is_sealed and report.key_thumbprint != key_thumbprint
        else report
        for report in verdict.reports
    )
    return replace(verdict, reports=reports)


def _verify_database(path: Path) -> Verdict:
    try:
        return Verdict(kind="database", reports=tuple(verify_database(path)))
    except StoreError:
        message = "Base de données endommagée, ou qui n’est pas celle d’un registre."
        return _failed("database", Problem(code="file_unreadable", message=message))


# --- archive ----------------------------------------------------------------------------------


def _verify_archive(content: bytes) -> Verdict:
    try:
        files = _unzip(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        message = f"Archive endommagée, ou qui n’est pas la nôtre : {error}."
        return _failed("archive", Problem(code="file_unreadable", message=message))
    if archiving.RECORD not in files:
        message = f"L’archive ne contient pas {archiving.RECORD}."
        return _failed("archive", Problem(code="file_missing", message=message))
    report, entries = check_lines(files[archiving.RECORD])
    verdict = Verdict(kind="archive", reports=(report,))
    if not report.is_intact:
        return verdict
    try:
        edition = edition_of(files.get(archiving.MINUTES, b""))
        due = archiving.members(entries, edition)
    except UNTELLABLE:
        message = "Le registre de l’archive n’est pas celui d’une session scellée."
        return replace(verdict, problems=(Problem(code="record_unsealed", message=message),))
    notice = files.get(archiving.NOTICE, b"")
    return replace(verdict, problems=tuple(_compare(files, due, is_ours=_is_ours(notice))))


def _is_ours(notice: bytes) -> bool:
    """Return whether the notice says, in its second line, that this version made the archive."""
    return any(VERSION.encode() in line for line in notice.splitlines()[1:2])


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


def _compare(files: dict[str, bytes], due: dict[str, bytes], *, is_ours: bool) -> list[Problem]:
    problems: list[Problem] = []
    for name, content in due.items():
        if name not in files:
            message = f"L’archive ne contient pas {name}."
            problems.append(Problem(code="file_missing", message=message))
        elif files[name] != content:
            problems.append(_changed(name, files[name], is_ours=is_ours))
    for name in sorted(files.keys() - due.keys()):
        message = f"{name!r} n’a pas sa place dans l’archive."
        problems.append(Problem(code="file_unexpected", message=message))
    return problems


def _changed(name: str, content: bytes, *, is_ours: bool) -> Problem:
    if name.endswith(".pdf"):
        return differs(f"Le document {name}", version_of(content))
    if name in {archiving.NOTICE, archiving.VERIFIER} and not is_ours:
        return differs(f"Le fichier {name}", "")
    return Problem(
        code="file_changed", message=f"{name} n’est pas celui que donne le registre : il a changé."
    )
