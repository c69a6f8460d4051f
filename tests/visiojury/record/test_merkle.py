"""Proofs against a slow tree written from the RFC's definitions alone, and its own test values."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visiojury.record import merkle

# The empty tree and the tree of one empty leaf, as RFC 6962 defines them over SHA-256.
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ONE_EMPTY_LEAF = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def slow_head(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_head(entries[:k]) + slow_head(entries[k:])).digest()


def hashed(entries: list[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in entries]


def test_the_heads_of_the_smallest_trees_are_the_known_ones() -> None:
    assert merkle.root([]).hex() == EMPTY
    assert merkle.root(hashed([b""])).hex() == ONE_EMPTY_LEAF


@given(leaves)
def test_the_head_is_that_of_the_definition(entries: list[bytes]) -> None:
    assert merkle.root(hashed(entries)) == slow_head(entries)


def test_the_example_of_the_rfc() -> None:
    """Section 2.1.3: the tree of seven leaves, whose proofs are drawn there node by node."""
    entries = [bytes([n]) for n in range(7)]
    a, b, c, d, e, f, j = hashed(entries)

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    g, h, i = node(a, b), node(c, d), node(e, f)
    k, l_ = node(g, h), node(i, j)
    every = hashed(entries)
    assert merkle.inclusions(every)[0] == [b, h, l_]
    assert merkle.inclusions(every)[3] == [c, g, l_]
    assert merkle.inclusions(every)[4] == [f, j, k]
    assert merkle.inclusions(every)[6] == [i, k]
    assert merkle.consistency(every, 3) == [c, d, g, l_]
    assert merkle.consistency(every, 4) == [l_]
    assert merkle.consistency(every, 6) == [i, j, k]


@settings(deadline=None)
@given(entries=leaves, data=st.data())
def test_every_entry_is_proved_and_no_other(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    head, path = slow_head(entries), merkle.inclusions(hashed(entries))[index]
    size = len(entries)
    leaf = entries[index]
    assert merkle.is_included(leaf, index=index, size=size, path=path, head=head)
    assert not merkle.is_included(leaf + b"x", index=index, size=size, path=path, head=head)
    assert not merkle.is_included(leaf, index=index, size=size, path=[*path, leaf], head=head)
    assert not merkle.is_included(leaf, index=size, size=size, path=path, head=head)
    if path:
        assert not merkle.is_included(leaf, index=index, size=size, path=path[1:], head=head)


@settings(deadline=None)
@given(entries=leaves, data=st.data())
def test_a_tree_that_only_grew_is_proved(entries: list[bytes], data: st.DataObject) -> None:
    first_size, size = data.draw(st.integers(1, len(entries))), len(entries)
    first, head = slow_head(entries[:first_size]), slow_head(entries)
    path = merkle.consistency(hashed(entries), first_size)
    proved = {"first_size": first_size, "size": size, "path": path}
    assert merkle.is_consistent(first=first, head=head, **proved)  # type: ignore[arg-type]
    assert not merkle.is_consistent(first=bytes(32), head=head, **proved)  # type: ignore[arg-type]
    assert not merkle.is_consistent(first=first, head=bytes(32), **proved)  # type: ignore[arg-type]


@pytest.mark.parametrize(("first_size", "size"), [(0, 4), (5, 4), (3, 4)])
def test_a_proof_of_nothing_proves_nothing(first_size: int, size: int) -> None:
    assert not merkle.is_consistent(
        first_size=first_size, first=bytes(32), size=size, head=bytes(32), path=[]
    )


@pytest.mark.parametrize("changed", range(8))
def test_any_changed_entry_changes_the_head(changed: int) -> None:
    entries = [bytes([n]) for n in range(8)]
    other = [b"x" if n == changed else entry for n, entry in enumerate(entries)]
    assert merkle.root(hashed(entries)) != merkle.root(hashed(other))
