"""The table of mutations is true of the code: each guard is there, once, and so is its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.mutations.table import TABLE, Mutation

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", TABLE, ids=lambda mutation: mutation.trap)
def test_a_guard_is_there_once_and_its_test_is_there(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.guard) == 1
    ast.parse(text.replace(mutation.guard, mutation.instead))
    file, _, name = mutation.test.partition("::")
    assert (ROOT / file).is_file()
    name = name.partition("[")[0]
    assert not name or re.search(rf"def {name}\(", (ROOT / file).read_text(encoding="utf-8"))


def test_no_trap_is_there_twice() -> None:
    traps = [mutation.trap for mutation in TABLE]
    assert len(set(traps)) == len(traps)
