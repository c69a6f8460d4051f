"""The units of deploy/systemd: what systemd itself says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).resolve().parents[2] / "deploy/systemd").glob("*.service"))
MOST_EXPOSED = 2.0

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="this machine has no systemd to ask"
)


def analyse(*arguments: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_exposes_little(unit: Path) -> None:
    said = analyse("security", "--offline=true", str(unit))
    found = re.search(r"exposure level for \S+: (\d+\.\d+)", said)
    assert found, said
    assert float(found[1]) < MOST_EXPOSED, said
    # libffi writes closures and runs them: with this the relay could not encrypt a packet.
    assert "MemoryDenyWriteExecute=" not in unit.read_text("utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_knows_every_line_of_a_unit(unit: Path) -> None:
    said = [line for line in analyse("verify", str(unit)).splitlines() if unit.name in line]
    not_installed = "is not executable: No such file or directory"
    assert [line for line in said if not_installed not in line] == []


def test_there_is_a_unit() -> None:
    assert UNITS
