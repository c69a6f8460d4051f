"""Check a file of ours: database, record, archive or document. Says what is wrong, and where.

What is read comes from anybody: sizes are bounded, nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from visiojury.documents import archiving
from visiojury.documents.appeal_check import verify_appeal
from visiojury.documents.appeals import EXTRACT
from visiojury.documents.house import PLAIN, House
from visiojury.documents.rebuilding import UNTELLABLE, edition_of, verify_document
from visiojury.documents.verdict import Kind, Problem, Verdict
from visiojury.documents.zips import MOST_BYTES, ForeignZipError, compare, is_ours, unzip
from visiojury.exam.events import MinutesSigned
from visiojury.record.database import MAGIC, verify_database
from visiojury.record.entry import Entry
from visiojury.record.errors import StoreError
from visiojury.record.findings import finding
from visiojury.record.lines import check_lines
from visiojury.record.signatures import signatures_of


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
        return _verify_zip(content, record)
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


def _verify_zip(content: bytes, record: bytes | None) -> Verdict:
    try:
        files = unzip(content)
    except ForeignZipError as error:
        message = f"Archive endommagée, ou qui n’est pas la nôtre : {error}."
        return _failed("archive", Problem(code="file_unreadable", message=message))
    if EXTRACT in files and archiving.RECORD not in files:
        return verify_appeal(files, record)
    return _verify_archive(files)


def _verify_archive(files: dict[str, bytes]) -> Verdict:
    if archiving.RECORD not in files:
        message = f"L’archive ne contient pas {archiving.RECORD}."
        return _failed("archive", Problem(code="file_missing", message=message))
    report, entries = check_lines(files[archiving.RECORD])
    verdict = Verdict(kind="archive", reports=(report,))
    if not report.is_intact:
        return verdict
    minutes = files.get(archiving.MINUTES, b"")
    try:
        due = archiving.members(entries, edition_of(minutes))
    except UNTELLABLE:
        message = "Le registre de l’archive n’est pas celui d’une session scellée."
        return replace(verdict, problems=(Problem(code="record_unsealed", message=message),))
    changed = compare(files, due, is_own=is_ours(files.get(archiving.NOTICE, b"")))
    return replace(verdict, problems=(*changed, *_other_minutes(entries, minutes)))


def _other_minutes(entries: Sequence[Entry], minutes: bytes) -> Iterator[Problem]:
    """Name who signed other bytes than the minutes of the archive."""
    digest = sha256(minutes).hexdigest()
    for one in signatures_of(entries):
        if isinstance(one.event, MinutesSigned) and one.event.minutes_sha256 != digest:
            message = (
                f"La signature de {one.name} ({one.event.participant_id}), écriture n° {one.seq},"
                " porte sur un autre fichier que le procès-verbal de l’archive : son empreinte est"
                f" {one.event.minutes_sha256}."
            )
            yield Problem(code="minutes_not_signed", message=message)
