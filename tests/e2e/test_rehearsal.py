"""`visiojury rehearse` as an operator runs it, and what `visiojury verify` finds afterwards."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auth.keys import InstallationKeys
from tests.e2e.site import VISIOJURY, Site
from visiojury.rehearsal.report import ROBOTS_LAG_S

REHEARSAL_S = 90
TRIES = 3
CHANGED, DELETED, SWAPPED = 12, 20, (14, 15)

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Rehearsed:
    report: dict[str, Any]
    database: Path
    session_id: str


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """A rehearsal on a running server: the record of a real run, sealed."""
    directory = tmp_path_factory.mktemp("rehearsed")
    site = Site(directory)
    try:
        site.start()
        options = ["--url", site.origin(), "--config", str(site.config)]
        status, report = rehearse(*options, "--keep", str(directory / "kept"))
        assert status == 0, report["failures"]
    finally:
        assert site.stop() == 0, site.log.read_text()[-2000:]
    with closing(sqlite3.connect(site.database)) as db:
        session_id = db.execute("select max(rowid), session_id from head").fetchone()[1]
    return Rehearsed(report, site.database, session_id)


def rehearse(*options: str) -> tuple[int, dict[str, Any]]:
    """Rehearse, and again where the robots' own machine was too busy to measure."""
    for _ in range(TRIES - 1):
        status, report = rehearse_once(*options)
        if report["ok"] or report["robots_lag_s"] <= ROBOTS_LAG_S:
            return status, report
    return rehearse_once(*options)


def rehearse_once(*options: str) -> tuple[int, dict[str, Any]]:
    finished = subprocess.run(
        [str(VISIOJURY), "rehearse", "--json", *options],
        capture_output=True,
        text=True,
        timeout=REHEARSAL_S,
        check=False,
    )
    (line,) = finished.stdout.splitlines()
    report: dict[str, Any] = json.loads(line)
    return finished.returncode, report


def test_a_rehearsal_with_a_server_of_its_own_holds(tmp_path: Path) -> None:
    status, report = rehearse("--keep", str(tmp_path))
    print(json.dumps(report))
    assert (status, report["ok"], report["failures"]) == (0, True, [])
    assert {"p50", "max"} == report["join_s"].keys() == report["first_frame_s"].keys()
    assert [outage["stream"] for outage in report["outages"]] == ["audio", "video"]
    figures = {"stream", "injected_s", "start_error_s", "length_error_s", "shown_after_s"}
    assert all(outage.keys() == figures for outage in report["outages"])
    assert report["clock"].keys() == {"due_s", "given_s", "error_s"}
    assert report["record"]["verified"] is True
    assert Path(report["documents"]["minutes"]).read_bytes().startswith(b"%PDF")
    assert report["relay"]["packets_out"] > 1000
    assert report["relay"].keys() == {"packets_out", "cpu_us_per_packet_out", "delay_ms"}
    assert report["took_s"] < 60


def test_a_rehearsal_that_cannot_reach_its_server_says_so(tmp_path: Path) -> None:
    config = tmp_path / "visiojury.toml"
    config.write_text('data = "data"\n')
    InstallationKeys.load_or_create(tmp_path / "data" / "keys")
    status, report = rehearse(
        "--url", "http://127.0.0.1:9", "--config", str(config), "--keep", str(tmp_path / "kept")
    )
    assert (status, report["ok"], len(report["failures"])) == (1, False, 1)


def test_what_was_kept_verifies(rehearsed: Rehearsed) -> None:
    for path in [rehearsed.database, *map(Path, rehearsed.report["documents"].values())]:
        checked = verify(path, "--record", rehearsed.report["documents"]["record"])
        assert checked.returncode == 0, f"{path.name}: {checked.stdout}{checked.stderr}"


def test_a_changed_event_is_named(rehearsed: Rehearsed, tmp_path: Path) -> None:
    body, changed = "body", "replace(body, '\"at_ms\":1', '\"at_ms\":2')"
    statement = f"update entry set {body} = {changed} where session_id = ? and seq = ?"
    found = tampered(rehearsed, tmp_path, (statement, CHANGED))
    assert f"n° {CHANGED} a été modifiée" in found


def test_a_deleted_event_is_named(rehearsed: Rehearsed, tmp_path: Path) -> None:
    statement = "delete from entry where session_id = ? and seq = ?"
    found = tampered(rehearsed, tmp_path, (statement, DELETED))
    assert f"n° {DELETED} manque" in found


def test_two_swapped_events_are_named(rehearsed: Rehearsed, tmp_path: Path) -> None:
    first, second = SWAPPED
    move = "update entry set seq = {} where session_id = ? and seq = ?"
    found = tampered(
        rehearsed,
        tmp_path,
        (move.format(-1), first),
        (move.format(first), second),
        (move.format(second), -1),
    )
    assert all(f"n° {seq} n’est pas à sa place" in found for seq in SWAPPED)


def tampered(rehearsed: Rehearsed, tmp_path: Path, *changes: tuple[str, int]) -> str:
    """Change a copy of the database and return what `visiojury verify` then says."""
    copy = tmp_path / "copy.db"
    shutil.copy(rehearsed.database, copy)
    with closing(sqlite3.connect(copy)) as db, db:
        for statement, seq in changes:
            assert db.execute(statement, (rehearsed.session_id, seq)).rowcount == 1
    checked = verify(copy)
    print(checked.stdout)
    assert checked.returncode == 1
    return checked.stdout.replace("\u00a0", " ").replace("\u202f", " ")


def verify(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(VISIOJURY), "verify", str(path), *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
