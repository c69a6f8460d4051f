"""The wheel installs and runs where there is no checkout: all it needs is in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("visiojury", "signaling", "media", "auth")
FILES = ("pyproject.toml", "README.md", "LICENSE")
REHEARSAL_S = 120

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, its dependencies those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    sources = folder / "sources"
    sources.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, sources)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", folder, sources],
        check=True,
    )
    (wheel,) = folder.glob("visiojury-*.whl")
    target = folder / "installed"
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "-t", target, wheel], check=True)
    return target


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "visiojury", *arguments],
        cwd=installed.parent,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=REHEARSAL_S,
    )


def test_it_holds_every_file_that_is_no_code(installed: Path) -> None:
    kinds = {".typ", ".json", ".toml", ".js", ".css", ".html", ".svg", ".py"}
    ours = {
        path.relative_to(ROOT)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds and "__pycache__" not in path.parts
    }
    assert len(ours) > 200
    assert {str(path) for path in ours if not (installed / path).is_file()} == set()


def test_a_whole_session_is_held_from_it(installed: Path) -> None:
    done = run(installed, "rehearse", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"]
    assert str(ROOT) not in done.stdout + done.stderr
