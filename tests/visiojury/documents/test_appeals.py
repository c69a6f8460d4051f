"""The file of an appeal says all of one candidate, proves it, and names no other."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from tests.builders import eventful_story, sealed_story
from visiojury.documents import DocumentError
from visiojury.documents.appeals import appeal_file, name_of
from visiojury.documents.archiving import zipped
from visiojury.documents.verification import verify_bytes
from visiojury.exam import events as ev
from visiojury.record import merkle
from visiojury.record.lines import to_lines

STORY = eventful_story()
ENTRIES = STORY.entries
FILE = appeal_file(ENTRIES, "candidate-2")


def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(FILE)) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.requirement("A5")
def test_the_file_holds_the_record_the_incidents_and_the_documents_of_one_candidate() -> None:
    assert appeal_file(ENTRIES, "candidate-2") == FILE
    names = set(files())
    assert {"incident-sitting-2.pdf", "convocation-sitting-2.pdf", "key.pem"} <= names
    assert [name for name in names if "sitting-1" in name or "sitting-3" in name] == []
    entries = [json.loads(line)["entry"] for line in files()["extract.jsonl"].splitlines()]
    kinds = {entry["event"]["type"] for entry in entries}
    assert {"session.created", "postponement.requested", "sitting.postponed"} <= kinds
    assert {e["event"].get("sitting_id") for e in entries} == {None, "sitting-2"}


@pytest.mark.requirement("A4", "A5")
def test_the_file_names_no_other_candidate() -> None:
    assert [
        n for n, content in files().items() if b"Camille" in content or b"Claude" in content
    ] == []
    enrolled = {
        entry.event.participant.participant_id
        for entry in ENTRIES
        if isinstance(entry.event, ev.ParticipantEnrolled) and entry.raw in files()["extract.jsonl"]
    }
    assert "candidate-2" in enrolled
    assert enrolled.isdisjoint({"candidate", "candidate-3", "assistant"})


@pytest.mark.requirement("A5")
def test_each_entry_of_the_file_is_proved_under_the_seal() -> None:
    proofs = json.loads(files()["proofs.json"])
    seal = proofs["seals"][-1]
    by_seq = {entry.seq: entry.raw for entry in ENTRIES}
    lines = files()["extract.jsonl"].splitlines()
    assert len(proofs["inclusion"]) == len([n for n in lines if b'"record.sealed"' not in n])
    for proof in proofs["inclusion"]:
        assert merkle.is_included(
            by_seq[proof["seq"]],
            index=proof["seq"] - 1,
            size=seal["size"],
            path=[bytes.fromhex(step) for step in proof["path"]],
            head=bytes.fromhex(seal["root"]),
        )


def test_there_is_none_before_the_seal_nor_for_who_is_no_candidate() -> None:
    for entries, who in ((ENTRIES[:40], "candidate"), (ENTRIES, "chair"), (ENTRIES, "nobody")):
        with pytest.raises(DocumentError):
            appeal_file(entries, who)


@pytest.mark.requirement("A5")
def test_the_documents_of_the_file_hold_by_themselves() -> None:
    content = files()["incident-sitting-2.pdf"]
    assert "document_changed" not in {p.code for p in verify_bytes(content).problems}


def test_an_identifier_is_no_path() -> None:
    assert "/" not in name_of("../x")
    assert appeal_file(sealed_story().entries, "candidate")[:2] == b"PK"


# --- checking it ---------------------------------------------------------------------------------

RECORD = to_lines(ENTRIES)
FILES = files()
FIFTH = json.loads(FILES["extract.jsonl"].splitlines()[4])["entry"]["seq"]
PAGE = "incident-sitting-2.pdf"


@pytest.mark.requirement("A5")
def test_with_the_record_the_file_is_found_whole_and_without_it_is_proved_in_part() -> None:
    assert verify_bytes(FILE, RECORD).holds, verify_bytes(FILE, RECORD).text()
    alone = verify_bytes(FILE)
    assert [problem.code for problem in alone.problems] == ["record_not_given"]
    assert all(report.is_intact for report in alone.reports)
    assert "dossier complet d’un candidat" in alone.text().lower()


def _with_lines(change: Callable[[list[bytes]], object]) -> dict[str, bytes]:
    lines = FILES["extract.jsonl"].splitlines(keepends=True)
    change(lines)
    return {**FILES, "extract.jsonl": b"".join(lines)}


def _forged_path() -> bytes:
    proofs = json.loads(FILES["proofs.json"])
    proofs["inclusion"][3]["path"][0] = "00" * 32
    return json.dumps(proofs).encode()


@pytest.mark.requirement("A5")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            _with_lines(lambda n: n.__setitem__(4, n[4].replace(b"boot-1", b"boot-2"))),
            f"n° {FIFTH}",
        ),
        (_with_lines(lambda n: n.insert(4, n[3])), "n° 4 figure plusieurs fois"),
        (_with_lines(lambda n: n.insert(1, n.pop(2))), "n° 2 n’est pas à sa place"),
        (_with_lines(lambda n: n.__setitem__(2, b"{}\n")), "n° 3 est illisible"),
        (_with_lines(lambda n: n.pop()), "pas scellé"),
        ({**FILES, "proofs.json": _forged_path()}, "n° 4"),
        ({**FILES, "proofs.json": b"[]"}, "n° 1 "),
        ({**FILES, "proofs.json": b'{"inclusion":[{}],"seals":3}'}, "n° 1 "),
        ({**FILES, "seal-1.sig": b"x"}, "seal-1.sig"),
        ({**FILES, "key.pem": b"x"}, "key.pem"),
        ({**FILES, "LISEZMOI.txt": FILES["LISEZMOI.txt"] + b"x"}, "LISEZMOI.txt"),
        ({**FILES, PAGE: FILES[PAGE].replace(b"%PDF-1.7", b"%PDF-1.6")}, PAGE),
        ({**FILES, PAGE: b"%PDF-1.7"}, PAGE),
        ({**FILES, "more.txt": b"x"}, "more.txt"),
        ({name: data for name, data in FILES.items() if name != "key.pem"}, "key.pem"),
        ({name: data for name, data in FILES.items() if name != "proofs.json"}, "n° 1 "),
    ],
)
def test_what_was_changed_in_the_file_is_named(changed: dict[str, bytes], said: str) -> None:
    verdict = verify_bytes(zipped(changed))
    assert not verdict.holds
    assert said in verdict.text()
    assert "Vérifié" not in verdict.text()


@pytest.mark.requirement("A5")
def test_an_entry_or_a_page_left_out_shows_by_the_record() -> None:
    short = _with_lines(lambda n: n.__delitem__(9))
    assert "extract.jsonl" in verify_bytes(zipped(short), RECORD).text()
    bare = {name: data for name, data in FILES.items() if name != PAGE}
    assert f"ne contient pas {PAGE}" in verify_bytes(zipped(bare), RECORD).text()


def test_the_record_of_another_session_is_said_to_be_another() -> None:
    other = to_lines(sealed_story().entries)
    verdict = verify_bytes(FILE, other)
    assert [problem.code for problem in verdict.problems] == ["record_unsealed"]
