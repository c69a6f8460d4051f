"""The command's own side: what is printed, and what it returns when nothing can be played."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auth.keys import InstallationKeys
from visiojury.rehearsal import rehearse, run
from visiojury.rehearsal.report import OutageSeen, Report, Spread, clock_seen
from visiojury.rehearsal.run import _print_report


def unreachable(tmp_path: Path) -> dict[str, object]:
    config = tmp_path / "visiojury.toml"
    config.write_text('data = "data"\n')
    InstallationKeys.load_or_create(tmp_path / "data" / "keys")
    return {"url": "http://127.0.0.1:9", "config": config, "keep": tmp_path / "kept"}


def test_json_is_one_object_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = rehearse(as_json=True, **unreachable(tmp_path))  # type: ignore[arg-type]
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (status, report["ok"], printed.err) == (1, False, "")
    assert len(report["failures"]) == 1


def test_words_say_what_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rehearse(**unreachable(tmp_path)) == 1  # type: ignore[arg-type]
    assert "ÉCHEC" in capsys.readouterr().out


def test_a_setting_that_is_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = unreachable(tmp_path)
    (tmp_path / "visiojury.toml").write_text("colour = 1\n")
    assert rehearse(as_json=True, **options) == 1  # type: ignore[arg-type]
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert "colour" in failure


def test_a_server_elsewhere_cannot_be_rehearsed_without_its_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    options = unreachable(tmp_path) | {"config": None}
    assert rehearse(as_json=True, **options) == 1  # type: ignore[arg-type]
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert "aucune clé d’installation" in failure


def test_a_place_to_keep_documents_that_is_none_is_a_failure_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    options = unreachable(tmp_path) | {"keep": tmp_path / "file"}
    assert rehearse(as_json=True, **options) == 1  # type: ignore[arg-type]
    assert "FileExistsError" in capsys.readouterr().out


def test_an_interrupted_rehearsal_has_not_held(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_rehearse", interrupted)
    assert rehearse(as_json=True, **unreachable(tmp_path)) == 1  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out)["failures"] == ["interrompue"]


def test_a_report_reads_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(
        join_s=Spread(p50=0.2, max=0.4),
        first_frame_s=Spread(p50=0.1, max=0.2),
        outages=[OutageSeen("audio", 6.0, -0.012, 0.031, 1.07)],
    )
    report.clock, _ = clock_seen(due_s=6.0, given_s=7.0)
    report.failures.append("quelque chose")
    report.robots_lag_s = 0.5
    _print_report(report)
    printed = capsys.readouterr().out
    assert "début à -12 ms, durée à +31 ms, affichée après 1.07 s" in printed
    assert "7 s rendues pour 6.0 s" in printed
    assert "ÉCHEC : quelque chose" in printed
    assert "trop chargée" in printed
