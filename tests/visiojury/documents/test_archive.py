"""An outside party checks an archive with `openssl` and the script inside, and finds the same."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import rfc8785

from tests.authority import make_authority, stamped_story
from tests.builders import SealingKey, key_of, sealed_story
from visiojury.documents import archive
from visiojury.documents.archiving import zipped
from visiojury.documents.verdict import Verdict
from visiojury.documents.verification import verify_bytes
from visiojury.exam import events as ev
from visiojury.record import chain, merkle
from visiojury.record.lines import to_lines
from visiojury.record.link import link
from visiojury.record.proofs import inclusion_proof
from visiojury.record.seal import thumbprint


def _resealed_story() -> list[ev.Event]:
    return [ev.ResultsPublished(at_ms=1, place="Strasbourg")]


STORY = sealed_story()
STORY.observe(*_resealed_story())
STORY.seal()
ENTRIES = STORY.entries
ARCHIVE = archive(ENTRIES)
LAST = len(ENTRIES)


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


FILES = files_of(ARCHIVE)
LINES = FILES["record.jsonl"].splitlines(keepends=True)


def alone(content: bytes, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the script of the archive without anything of ours in reach."""
    (folder / "archive.zip").write_bytes(content)
    (folder / "verifier.py").write_bytes(FILES["verifier.py"])
    command = [sys.executable, "-I", "-S", "verifier.py", "archive.zip", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def typed(step: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", step], cwd=folder, capture_output=True, text=True, check=False
    )


def first_named(verdict: Verdict) -> int | None:
    (report,) = verdict.reports
    return min(f.seq for f in report.findings if f.is_error and f.seq is not None)


@pytest.mark.requirement("A2")
def test_the_script_holds_in_a_hundred_lines_and_needs_nothing(tmp_path: Path) -> None:
    assert len(FILES["verifier.py"].splitlines()) <= 100
    done = alone(ARCHIVE, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Vérifié." in done.stdout
    assert thumbprint(SealingKey().jwk) in done.stdout
    assert verify_bytes(ARCHIVE).holds


@pytest.mark.requirement("A2")
def test_every_step_of_the_notice_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(ARCHIVE)
    notice = FILES["LISEZMOI.txt"].decode()
    steps = re.findall(r"^  \$ (.+)$", notice, re.MULTILINE)
    assert len(steps) == 8
    said = []
    for step in steps:
        done = typed(step, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), step
        said.append(done.stdout.strip())
    assert said[1].endswith("Vérifié.")
    assert said[2:4] == ["Verified OK", "Verified OK"]
    assert said[4] == said[5] == ENTRIES[-4].digest
    assert said[6] == said[7] == ENTRIES[-2].digest


@pytest.mark.requirement("A2")
async def test_the_stamp_of_a_seal_is_checked_as_the_notice_says(tmp_path: Path) -> None:
    authority = make_authority(tmp_path / "authority")
    story = await stamped_story(authority)
    content = archive(story.entries)
    assert verify_bytes(content).holds
    files = files_of(content)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (step,) = re.findall(r"^  \$ (openssl ts .+)$", files["LISEZMOI.txt"].decode(), re.MULTILINE)
    done = typed(step, tmp_path)
    assert (done.returncode, "Verification: OK" in done.stdout) == (0, True), done.stderr
    (tmp_path / "seal-1.bin").write_bytes(b"other")
    assert typed(step, tmp_path).returncode == 1


def _rewritten(lines: list[bytes]) -> None:
    entry = json.loads(ENTRIES[19].raw) | {"received_ms": 1}
    raw = rfc8785.dumps(entry)
    digest = chain.digest(entry["previous"], raw).encode()
    lines[19] = b'{"digest":"' + digest + b'","keys":{},"entry":' + raw + b"}\n"


def _rechained(lines: list[bytes]) -> None:
    drafts = [*STORY.drafts[:9], *STORY.drafts[10:]]
    entries = link("deis-2026", drafts, new_id=iter(map(str, range(999))).__next__, key_of=key_of)
    lines[:] = to_lines(entries).splitlines(keepends=True)


@pytest.mark.requirement("A2")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda lines: lines.__setitem__(19, lines[19].replace(b"boot-1", b"boot-2")), 20),
        (lambda lines: lines.__delitem__(6), 7),
        (lambda lines: lines.__delitem__(0), 1),
        (lambda lines: lines.insert(12, lines[11]), 12),
        (lambda lines: lines.__setitem__(slice(30, 32), [lines[31], lines[30]]), 31),
        (lambda lines: lines.__setitem__(40, b"{}\n"), 41),
        (_rewritten, 20),
        (_rechained, LAST - 3),
    ],
    ids=["changed", "deleted", "first", "doubled", "swapped", "garbage", "rewritten", "rechained"],
)
def test_both_find_the_same_entry(
    change: Callable[[list[bytes]], None], named: int, tmp_path: Path
) -> None:
    lines = list(LINES)
    change(lines)
    content = zipped({**FILES, "record.jsonl": b"".join(lines)})
    verdict, done = verify_bytes(content), alone(content, tmp_path)
    assert not verdict.holds
    assert first_named(verdict) == named
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"n° {named} " in done.stdout


def test_a_record_sealed_by_somebody_else_shows_by_the_key(tmp_path: Path) -> None:
    own = thumbprint(SealingKey().jwk)
    assert alone(ARCHIVE, tmp_path, own).returncode == 0
    assert alone(ARCHIVE, tmp_path, thumbprint(SealingKey(7).jwk)).returncode == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", zipped({"a": b"b"})])
def test_a_file_that_is_no_archive_is_said_to_be_unreadable(content: bytes, tmp_path: Path) -> None:
    assert alone(content, tmp_path).returncode == 2


def test_a_changed_script_or_notice_is_found_by_ours() -> None:
    for name in ("verifier.py", "LISEZMOI.txt", "proofs.json", "key.pem"):
        verdict = verify_bytes(zipped({**FILES, name: FILES[name] + b"#"}))
        assert not verdict.holds
        assert name in verdict.text()


@pytest.mark.requirement("A2")
def test_the_proofs_of_the_archive_hold() -> None:
    proofs = json.loads(FILES["proofs.json"])
    first, last = proofs["seals"]
    heads = [bytes.fromhex(seal["root"]) for seal in (first, last)]
    (growth,) = proofs["consistency"]
    assert merkle.is_consistent(
        first_size=first["size"],
        first=heads[0],
        size=last["size"],
        head=heads[1],
        path=[bytes.fromhex(step) for step in growth["path"]],
    )
    assert [proof["seq"] for proof in proofs["inclusion"]] == list(range(1, last["size"] + 1))
    for proof, entry in zip(proofs["inclusion"], ENTRIES, strict=False):
        path = [bytes.fromhex(step) for step in proof["path"]]
        assert merkle.is_included(
            entry.raw, index=entry.seq - 1, size=last["size"], path=path, head=heads[1]
        )


def test_an_entry_is_proved_by_itself_and_what_no_seal_covers_is_not() -> None:
    proof = inclusion_proof(ENTRIES, 5)
    assert proof is not None
    assert proof["size"] == LAST - 1
    assert inclusion_proof(ENTRIES, LAST) is None
    assert inclusion_proof(ENTRIES, 0) is None
    assert inclusion_proof(ENTRIES[:10], 5) is None
