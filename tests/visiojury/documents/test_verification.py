"""`visiojury verify` on files as they come: whole, altered, cut, foreign, hostile."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import (
    SITTING,
    WRAPPING_KEY,
    SealingKey,
    definition,
    entry_ids,
    eventful_story,
    key_of,
    sealed_story,
)
from visiojury.documents import (
    archive,
    house,
    incident_sheet,
    make,
    minutes,
    names,
    verification,
    zips,
)
from visiojury.documents.archiving import file_name
from visiojury.documents.paper import Edition
from visiojury.documents.rebuilding import _read_document
from visiojury.documents.typesetting import typeset
from visiojury.documents.verdict import Verdict
from visiojury.documents.verification import verify_bytes, verify_path
from visiojury.exam import events as ev
from visiojury.record.entry import Draft
from visiojury.record.lines import to_lines
from visiojury.record.link import link
from visiojury.record.seal import thumbprint
from visiojury.record.store import RecordStore

STORY = eventful_story()
CHECKED = next(
    seq
    for seq, draft in enumerate(STORY.drafts, 1)
    if isinstance(draft.event, ev.IdentityChecked) and draft.event.document == "passport"
)
ENTRIES = STORY.entries
MINUTES = minutes(ENTRIES)
SHEET = incident_sheet(ENTRIES, SITTING)
ARCHIVE = archive(ENTRIES)
RECORD = to_lines(ENTRIES)


def codes(verdict: Verdict) -> set[str]:
    found = {problem.code for problem in verdict.problems}
    return found | {f.code for report in verdict.reports for f in report.findings if f.is_error}


def rezipped(change: Callable[[dict[str, bytes]], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(ARCHIVE)) as file:
        files = {name: file.read(name) for name in file.namelist()}
    change(files)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


def with_other_page(pdf: bytes) -> bytes:
    """Change what a page shows and leave the attachment as it is."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    writer.pages[0].rotate(90)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(MINUTES, "minutes"), (ARCHIVE, "archive"), (RECORD, "record")],
    ids=["minutes", "archive", "record"],
)
def test_a_file_as_it_was_made_holds(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    verdict = verify_path(path)
    assert verdict.kind == kind
    assert codes(verdict) == set()
    assert verdict.holds
    assert not verdict.is_unreadable
    assert "Vérifié : rien n’a été modifié." in verdict.text()


@pytest.mark.parametrize("pdf", [MINUTES, SHEET], ids=["minutes", "sheet"])
def test_a_page_changed_beside_an_intact_attachment_is_found(pdf: bytes) -> None:
    verdict = verify_bytes(with_other_page(pdf))
    assert codes(verdict) == {"document_changed"}
    assert all(report.is_intact for report in verdict.reports)
    assert "ses pages ont été modifiées" in verdict.text()
    assert "NON CONFORME" in verdict.text()


@pytest.mark.parametrize("name", [name for name in names(STORY.session) if name != "minutes"])
def test_a_document_without_the_record_is_compared_with_one_that_is_given(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(make(name, ENTRIES, Edition(origin="https://jury.example")))
    alone = verify_path(path)
    assert alone.kind == name.partition("-")[0]
    assert codes(alone) == {"record_not_given"}
    assert "pages intactes, registre à comparer" in alone.text()
    assert not alone.holds
    assert verify_path(path, record=RECORD).holds


def test_a_document_made_of_other_data_holds_alone_and_not_with_the_record() -> None:
    """Anybody can set a page; only the record can say whether it is true."""
    document = _read_document(SHEET)
    assert document is not None
    forged = document.raw_statement.replace(b"Camille", b"Nobody!")
    assert forged != document.raw_statement
    statement = json.loads(forged)
    pdf = typeset(
        statement["template"], statement["data"], statement=forged, at_ms=statement["at_ms"]
    )
    assert codes(verify_bytes(pdf)) == {"record_not_given"}
    assert codes(verify_bytes(pdf, RECORD)) == {"document_changed"}


@pytest.mark.parametrize("statement", [b"{}", b"[]", b"not json", b'{"document":1}'])
def test_a_pdf_with_a_statement_that_is_none_of_ours_is_foreign(statement: bytes) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("document.json", statement)
    buffer = io.BytesIO()
    writer.write(buffer)
    assert codes(verify_bytes(buffer.getvalue())) == {"unknown_file"}


def test_an_appended_comment_is_found() -> None:
    assert codes(verify_bytes(MINUTES + b"% nothing")) == {"document_changed"}


def test_a_changed_record_inside_the_minutes_names_the_entry() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(MINUTES))
    forged = RECORD.replace(b'"granted_s":7', b'"granted_s":9')
    assert forged != RECORD
    embedded = next(file for file in writer.attachment_list if file.name == "record.jsonl")
    embedded.content = forged
    buffer = io.BytesIO()
    writer.write(buffer)
    verdict = verify_bytes(buffer.getvalue())
    assert codes(verdict) == {"entry_changed"}
    assert verdict.kind == "minutes"


def test_a_document_of_another_version_is_not_called_a_forgery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(house, "VERSION", "visiojury-documents-0-typst-0.1")
    old = minutes(ENTRIES)
    monkeypatch.undo()
    verdict = verify_bytes(old)
    assert codes(verdict) == {"document_version"}
    assert not verdict.holds
    assert "registre intact" in verdict.text()
    assert "NON CONFORME" not in verdict.text()


def test_a_record_resealed_with_another_key_shows_by_its_thumbprint(tmp_path: Path) -> None:
    """Whoever rewrites everything and seals it anew can only do it with a key of their own."""
    path = tmp_path / "minutes.pdf"
    path.write_bytes(MINUTES)
    own = thumbprint(SealingKey().jwk)
    assert verify_path(path, key_thumbprint=own).holds
    verdict = verify_path(path, key_thumbprint=thumbprint(SealingKey(7).jwk))
    assert codes(verdict) == {"seal_key_unexpected"}
    assert own in verdict.text()


# --- archive -----------------------------------------------------------------------------------


@pytest.mark.requirement("A2")
def test_an_archive_has_the_same_bytes_each_time_and_everything_in_it() -> None:
    assert archive(ENTRIES) == ARCHIVE
    with zipfile.ZipFile(io.BytesIO(ARCHIVE)) as file:
        listed = file.namelist()
        assert listed[:7] == [
            "LISEZMOI.txt",
            "record.jsonl",
            "verifier.py",
            "key.pem",
            "seal-1.bin",
            "seal-1.sig",
            "proofs.json",
        ]
        assert {"minutes.pdf", "incident-sitting-1.pdf", "incident-sitting-2.pdf"} <= {*listed[7:]}
        assert file.read("record.jsonl") == RECORD
        assert file.read("minutes.pdf") == MINUTES
        proofs = json.loads(file.read("proofs.json"))
        assert proofs["seals"][0]["key_thumbprint"] == thumbprint(SealingKey().jwk)
        notice = file.read("LISEZMOI.txt").decode()
    assert "visiojury verify archive.zip" in notice
    assert "incident-sitting-2.pdf" in notice


@pytest.mark.parametrize(
    ("change", "expected", "named"),
    [
        (lambda files: None, set(), "Vérifié"),
        (lambda files: files.pop("minutes.pdf"), {"file_missing"}, "minutes.pdf"),
        (lambda files: files.pop("record.jsonl"), {"file_missing"}, "record.jsonl"),
        (lambda files: files.update(extra=b"x"), {"file_unexpected"}, "extra"),
        (
            lambda files: files.update({"seal-1.sig": b"{}"}),
            {"file_changed"},
            "seal-1.sig",
        ),
        (
            lambda files: files.update({"minutes.pdf": with_other_page(MINUTES)}),
            {"document_changed"},
            "minutes.pdf",
        ),
        (
            lambda files: files.update({"incident-sitting-1.pdf": MINUTES}),
            {"document_changed"},
            "incident-sitting-1.pdf",
        ),
        (
            lambda files: files.update({"minutes.pdf": b"%PDF-1.7 cut"}),
            {"document_changed"},
            "minutes.pdf",
        ),
        (
            lambda files: files.update({"record.jsonl": RECORD.replace(b"remote", b"on_site", 1)}),
            {"entry_changed"},
            "n° 7",
        ),
        (
            lambda files: files.update({"record.jsonl": to_lines(ENTRIES[:40])}),
            {"record_unsealed"},
            "scellée",
        ),
        (lambda files: files.update({"record.jsonl": b""}), {"record_unsealed"}, "scellée"),
    ],
    ids=[
        "repacked",
        "no minutes",
        "no record",
        "extra",
        "seal",
        "page",
        "exchanged",
        "cut",
        "entry",
        "unsealed",
        "empty",
    ],
)
def test_an_archive_says_what_is_wrong_in_it(
    change: Callable[[dict[str, bytes]], object], expected: set[str], named: str
) -> None:
    verdict = verify_bytes(rezipped(change))
    assert codes(verdict) == expected
    assert named in verdict.text()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_files_of_one_name_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("record.jsonl", RECORD)
        file.writestr("record.jsonl", b"other")
    assert codes(verify_bytes(buffer.getvalue())) == {"file_unreadable"}


def test_an_archive_that_swells_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_BYTES", 2**20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("record.jsonl", bytes(2**21))
    verdict = verify_bytes(buffer.getvalue())
    assert codes(verdict) == {"file_unreadable"}
    assert "trop volumineux" in verdict.text()


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("record.jsonl", bytes(2**20))
    lying = buffer.getvalue().replace((2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert not verify_bytes(lying).holds


def test_a_sitting_may_be_called_anything() -> None:
    name = file_name("incident-../../é\x00/..")
    assert "/" not in name
    assert "\x00" not in name


# --- files that are not ours -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "unknown_file"),
        (b"hello", "unknown_file"),
        (MINUTES[:4000], "file_unreadable"),
        (MINUTES[: len(MINUTES) // 2], "file_unreadable"),
        (b"%PDF-1.7\n", "file_unreadable"),
        (ARCHIVE[:3000], "file_unreadable"),
        (b"PK\x03\x04" + b"\xff" * 100, "file_unreadable"),
    ],
    ids=["empty", "text", "short pdf", "half a pdf", "no pdf", "half a zip", "no zip"],
)
def test_a_file_that_cannot_be_checked_is_said_to_be_so(content: bytes, expected: str) -> None:
    verdict = verify_bytes(content)
    assert codes(verdict) == {expected}
    assert verdict.is_unreadable
    assert "Non vérifié" in verdict.text()


def test_a_pdf_of_somebody_else_is_not_one_of_ours() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    buffer = io.BytesIO()
    writer.write(buffer)
    assert codes(verify_bytes(buffer.getvalue())) == {"unknown_file"}


def test_a_folder_or_a_missing_file_is_said_to_be_so(tmp_path: Path) -> None:
    assert "dossier" in verify_path(tmp_path).text()
    assert "n’existe pas" in verify_path(tmp_path / "none").text()


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_BYTES", 1000)
    path = tmp_path / "large"
    path.write_bytes(RECORD)
    assert codes(verify_path(path)) == {"file_too_large"}


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_reported_and_never_crashes(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([MINUTES, SHEET, ARCHIVE])))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] ^= data.draw(st.integers(1, 255))
    if bytes(content) in {MINUTES, SHEET, ARCHIVE}:
        return
    verdict = verify_bytes(bytes(content))
    assert verdict.text()
    # In an archive, dates and attributes of a file may change: what the files hold may not.
    assert not verdict.holds or bytes(content[:2]) == b"PK"


@settings(max_examples=25, deadline=None)
@given(kept=st.lists(st.booleans(), min_size=len(ENTRIES) - 1, max_size=len(ENTRIES) - 1))
def test_a_forged_record_that_is_no_session_is_reported_and_never_crashes(
    kept: list[bool],
) -> None:
    """Any selection of real entries, chained anew and sealed with the forger's key."""
    story = sealed_story()
    story.drafts = [
        Draft(
            event=entry.event,
            actor=entry.actor,
            received_ms=entry.received_ms,
            monotonic_ms=entry.monotonic_ms,
            boot_id=entry.boot_id,
        )
        for entry, is_kept in zip(ENTRIES[:-1], kept, strict=True)
        if is_kept
    ]
    story.seal(SealingKey(9)) if story.drafts else None
    entries = link(definition().session_id, story.drafts, new_id=entry_ids(), key_of=key_of)
    record = to_lines(entries)
    forged = rezipped(lambda files: files.update({"record.jsonl": record}))
    for content in (record, forged):
        assert verify_bytes(content).text()
    assert not verify_bytes(forged).holds


# --- database ----------------------------------------------------------------------------------


async def _store(path: Path) -> None:
    store = await RecordStore.open(
        path, wrapping_key=WRAPPING_KEY, new_id=entry_ids(), new_key=key_of
    )
    await store.append(STORY.definition.session_id, STORY.drafts)
    await store.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "visiojury.db"
    asyncio.run(_store(path))
    return path


def test_a_database_holds(database: Path) -> None:
    verdict = verify_path(database)
    assert (verdict.kind, verdict.holds) == ("database", True)
    assert "deis-2026" in verdict.text()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            f"UPDATE entry SET body = replace(body, 'passport', 'other') WHERE seq = {CHECKED}",
            f"n° {CHECKED}",
        ),
        ("DELETE FROM entry WHERE seq = 33", "n° 33 manque"),
    ],
)
def test_a_changed_database_says_which_entry(database: Path, statement: str, named: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement).rowcount == 1
    verdict = verify_path(database)
    assert not verdict.holds
    assert named in verdict.text()
    assert verdict.text().count("✗") == 1


def test_a_database_of_something_else_is_not_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    verdict = verify_path(path)
    assert verdict.is_unreadable


def test_a_verdict_without_problem_is_not_shaken_by_information() -> None:
    running = to_lines(ENTRIES[:40])
    verdict = verify_bytes(running)
    assert verdict.holds
    assert "non scellée" in verdict.text()
    assert replace(verdict, reports=()).holds
