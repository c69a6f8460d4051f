"""What is made from the code says what the code says."""

from __future__ import annotations

import pytest

from tests.generated import DOCUMENTS, ROOT


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == DOCUMENTS[name](), "run: make docs"
