"""The file of an appeal says all of one candidate, proves it, and names no other."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from tests.builders import eventful_story, sealed_story
from visiojury.documents import DocumentError
from visiojury.documents.appeals import appeal_file, name_of
from visiojury.documents.verification import verify_bytes
from visiojury.exam import events as ev
from visiojury.record import merkle

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
