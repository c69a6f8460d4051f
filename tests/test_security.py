"""docs/security.md and docs/hardening.md name tests and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("page", ["security.md", "hardening.md"])
def test_what_a_page_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    names = set(re.findall(r"`(test_\w+)`", text))
    paths = set(re.findall(r"`((?:auth|deploy|media|signaling|tests|visiojury)/[\w/.]+)`", text))
    assert len(names) > 5
    assert names <= TESTS, names - TESTS
    missing = {path for path in paths if not (ROOT / path).exists()}
    assert not missing, missing
