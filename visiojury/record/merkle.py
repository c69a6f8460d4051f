"""The Merkle tree over the entries of a record: proofs that need one entry and not the others.

A leaf is the canonical bytes of an entry, in the order of their numbers. An inclusion proof shows
that an entry is in the tree of a seal; a consistency proof shows that a later tree only added.
Knows bytes, nothing of entries. Source: RFC 6962, section 2.1; RFC 9162, sections 2.1.3 and 2.1.4
(how proofs are checked).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(_LEAF + leaf).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the head of the tree over `hashes`, which are leaf hashes; 32 bytes."""
    return _levels(hashes)[-1][0] if hashes else hashlib.sha256(b"").digest()


def inclusions(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return for each leaf the proof that it is in the tree over `hashes`, from the leaf up."""
    levels = _levels(hashes)
    return [_path(levels, index) for index in range(len(hashes))]


def consistency(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the tree over `hashes` only added to that over the first `size`."""
    assert 0 < size <= len(hashes)
    return _subproof(hashes, size, is_whole=True)


def is_included(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Return whether `path` proves that `leaf`, bytes of an entry, is at `index` under `head`."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf_hash(leaf)
    for step in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            node = _node(step, node)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, step)
        place, last = place >> 1, last >> 1
    return last == 0 and node == head


def is_consistent(
    *, first_size: int, first: bytes, size: int, head: bytes, path: Sequence[bytes]
) -> bool:
    """Return whether `path` proves that the tree `head` begins with the tree `first`."""
    if first_size == size:
        return not path and first == head
    if not 0 < first_size < size:
        return False
    steps = list(path)
    if first_size & (first_size - 1) == 0:
        steps.insert(0, first)
    place, last = first_size - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    if not steps:
        return False
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = _node(step, old), _node(step, new)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            new = _node(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == (first, head)


def _subproof(hashes: Sequence[bytes], size: int, *, is_whole: bool) -> list[bytes]:
    if size == len(hashes):
        return [] if is_whole else [root(hashes)]
    split = _split(len(hashes))
    left, right = hashes[:split], hashes[split:]
    if size <= split:
        return [*_subproof(left, size, is_whole=is_whole), root(right)]
    return [*_subproof(right, size - split, is_whole=False), root(left)]


def _levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return the tree from its leaves up to its head."""
    levels = [list(hashes)]
    while len(level := levels[-1]) > 1:
        above = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        # What is left over at the end of a level goes up as it is.
        levels.append(above + level[2 * len(above) :])
    return levels


def _path(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    path: list[bytes] = []
    for level in levels:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index //= 2
    return path


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`, which is 2 at least."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
