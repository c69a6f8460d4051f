"""Deltas carry the state exactly, from wherever a connection resumes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.feed import KEPT_DELTAS, Feed, merge_patch
from visiojury.rehearsal.client import merge

keys = st.sampled_from("abcd")
leaves = st.integers(0, 3) | st.text("xy", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
states: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    keys,
    st.recursive(leaves, lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=8),
    max_size=4,
)


@given(states, states)
def test_a_patch_makes_the_one_of_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = merge_patch(before, after)
    assert merge(before, patch) == after
    assert (patch == {}) is (before == after)


@given(st.lists(states, max_size=8), st.data())
def test_whoever_resumes_anywhere_arrives_at_the_state(
    history: list[dict[str, Any]], data: st.DataObject
) -> None:
    feed = Feed()
    copies = {0: feed.state}
    for state in history:
        feed.update(state)
        copies[feed.seq] = state
    seq = data.draw(st.sampled_from(sorted(copies)))
    deltas = feed.since(seq)
    assert deltas is not None
    copy = copies[seq]
    for number, (claimed, patch) in enumerate(deltas, seq + 1):
        assert claimed == number
        copy = merge(copy, patch)
    assert copy == feed.state


def test_what_does_not_change_is_not_told() -> None:
    feed = Feed()
    assert feed.update({"a": {"b": 1}})
    assert not feed.update({"a": {"b": 1}})
    assert (feed.seq, feed.since(1)) == (1, [])


@pytest.mark.parametrize("seq", [-1, 4, 10**9])
def test_a_number_that_was_never_given_needs_a_snapshot(seq: int) -> None:
    feed = Feed()
    for value in range(3):
        feed.update({"a": value})
    assert feed.since(seq) is None


def test_who_is_too_far_behind_needs_a_snapshot() -> None:
    feed = Feed()
    for value in range(KEPT_DELTAS + 10):
        feed.update({"a": value})
    assert feed.since(9) is None
    assert len(feed.since(10) or []) == KEPT_DELTAS
