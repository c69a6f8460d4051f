"""Documents at the edges: any script, long names, many people, many outages, other days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.visiojury.documents.edges import CASES, GOLDEN, LONG, golden
from tests.visiojury.documents.reading import accessibility, last_page_of, rightmost_of, text_of

PAGE_PT, LANDSCAPE_PT, MARGIN_PT = 595.3, 841.9, 59.5


@pytest.mark.parametrize("case", CASES)
def test_the_text_is_the_one_that_was_looked_at(case: str) -> None:
    """After a look at the pages: python -m tests.visiojury.documents.edges."""
    assert golden(case) == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if "outages" not in case])
def test_the_document_is_accessible_and_stays_within_its_margins(case: str, tmp_path: Path) -> None:
    pdf = CASES[case]()
    assert accessibility(pdf, tmp_path) == []
    width = LANDSCAPE_PT if "attendance" in case else PAGE_PT
    assert rightmost_of(pdf) < width - MARGIN_PT + 1


@pytest.mark.parametrize("case", CASES)
def test_no_last_page_has_the_code_alone(case: str) -> None:
    """Something of the document is between the running head and the box of the code."""
    head, *rest = last_page_of(CASES[case]())
    assert not rest[0].startswith("Document "), head


def test_a_long_name_is_whole() -> None:
    text = text_of(CASES["long-name-convocation"]()).replace(" ", "").replace("\u200b", "")
    assert LONG.upper().replace(" ", "") in text
