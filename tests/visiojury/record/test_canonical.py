"""The quick spelling of canonical JSON is that of the library that knows all of RFC 8785."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from visiojury.record import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(value=values)
def test_what_is_written_is_canonical(value: Any) -> None:
    raw = canonical.dumps(value)
    assert raw == rfc8785.dumps(value)
    assert canonical.loads(raw) == (value, True)


@given(value=values, is_sorted=st.booleans(), is_ascii=st.booleans())
def test_another_spelling_is_told(*, value: Any, is_sorted: bool, is_ascii: bool) -> None:
    raw = json.dumps(
        value, sort_keys=is_sorted, ensure_ascii=is_ascii, separators=(",", ":")
    ).encode()
    assert canonical.loads(raw) == (value, rfc8785.dumps(value) == raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"[1,]", b'"\xff"'])
def test_what_is_not_json_is_told(raw: bytes) -> None:
    with pytest.raises(ValueError, match="Invalid JSON"):
        canonical.loads(raw)
