"""Merge patches, by the examples of RFC 7396 appendix A that objects can have."""

from __future__ import annotations

from typing import Any

import pytest

from visiojury.rehearsal.client import Invitation, merge


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_changes_what_it_names(
    target: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr(target)
    assert merge(target, patch) == expected
    assert repr(target) == before


def test_the_secret_of_a_link_is_in_its_fragment() -> None:
    invitation = Invitation("p", "chair", "https://example.test/#invitation=abc", "12345678")
    assert invitation.secret == "abc"
