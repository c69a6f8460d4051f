"""Check the complete file of a candidate (appeals.py) like an archive: what is wrong, and where.

By itself the file proves its entries, not that they are all, nor that its pages are told from
the whole record: both take the record, which the file may not carry (A4). With the record, the
file is made again and compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from visiojury.documents.appeals import EXTRACT, NOTICE, appeal_file, notice
from visiojury.documents.paper import PLAIN_EDITION
from visiojury.documents.rebuilding import UNTELLABLE, edition_of, verify_document
from visiojury.documents.verdict import Problem, Verdict
from visiojury.documents.zips import compare, is_ours, unzip
from visiojury.exam.events import ParticipantEnrolled
from visiojury.exam.people import Role
from visiojury.record.entry import Entry
from visiojury.record.extracts import check_extract
from visiojury.record.lines import check_lines
from visiojury.record.proofs import PROOFS, seal_files


def verify_appeal(files: Mapping[str, bytes], record: bytes | None = None) -> Verdict:
    """Return what a check of a candidate's file found; nothing raises.

    Args:
        files: by name, at least the extract.
        record: the session's record as JSON lines, where it is at hand.
    """
    report, entries = check_extract(files[EXTRACT], files.get(PROOFS, b""))
    verdict = Verdict(kind="appeal", reports=(report,))
    if not entries:
        return verdict
    if record is None:
        return replace(verdict, problems=tuple(_alone(files, entries)))
    whole, told = check_lines(record)
    verdict = replace(verdict, reports=(report, whole))
    if not whole.is_intact:
        return verdict
    return replace(verdict, problems=tuple(_compared(files, entries, told)))


def _alone(files: Mapping[str, bytes], entries: Sequence[Entry]) -> Iterator[Problem]:
    """Compare what the extract gives, and the pages with their own data."""
    pages = {name: content for name, content in files.items() if name.endswith(".pdf")}
    as_they_are = {name: files.get(name, b"") for name in (EXTRACT, PROOFS)}
    told = {NOTICE: notice(entries[0].session_id, _candidate(entries), list(pages))}
    due = {**told, **as_they_are, **seal_files(entries), **pages}
    yield from compare(dict(files), due, is_own=is_ours(files.get(NOTICE, b"")))
    for name, content in pages.items():
        for problem in verify_document(content).problems:
            if problem.code != "record_not_given":
                yield replace(problem, message=f"{name} : {problem.message}")
    yield Problem(
        code="record_not_given",
        message="Chaque écriture est sous le scellé, et les pages sont celles de leurs données."
        " Pour savoir si le dossier est complet et si ces données viennent du registre, donnez"
        " celui-ci avec --record.",
    )


def _candidate(entries: Sequence[Entry]) -> str:
    """Return whose file it is: the one candidate that it names; none where it names several."""
    enrolled = [e.event.participant for e in entries if isinstance(e.event, ParticipantEnrolled)]
    candidates = [one.participant_id for one in enrolled if one.role is Role.CANDIDATE]
    return candidates[0] if len(candidates) == 1 else ""


def _compared(
    files: Mapping[str, bytes], entries: Sequence[Entry], told: Sequence[Entry]
) -> Iterator[Problem]:
    """Make the file again from as much of the record as there was when it was made."""
    pages = [content for name, content in files.items() if name.endswith(".pdf")]
    edition = edition_of(pages[0]) if pages else PLAIN_EDITION
    try:
        made = unzip(appeal_file(told[: entries[-1].seq], _candidate(entries), edition))
    except UNTELLABLE:
        message = "Le registre donné n’est pas celui de ce dossier."
        yield Problem(code="record_unsealed", message=message)
        return
    yield from compare(dict(files), made, is_own=is_ours(files.get(NOTICE, b"")))
