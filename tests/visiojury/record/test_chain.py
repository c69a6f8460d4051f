"""The digest commits to the session, to everything before, and to every byte."""

from __future__ import annotations

import hashlib

from tests.builders import sealed_story
from visiojury.record import chain

ENTRIES = sealed_story().entries


def test_the_chain_can_be_recomputed_with_sha256_alone() -> None:
    """What somebody without our software does; the archive's notice tells them so."""
    previous = hashlib.sha256(b"visiojury-record-genesis-v1\x00deis-2026").digest()
    for entry in ENTRIES:
        body = entry.raw
        previous = hashlib.sha256(b"visiojury-record-entry-v1\x00" + previous + body).digest()
        assert entry.digest == previous.hex()


def test_sessions_begin_differently() -> None:
    assert chain.genesis("a") != chain.genesis("b")


def test_the_same_entry_after_another_one_has_another_digest() -> None:
    body = ENTRIES[3].raw
    assert chain.digest("0" * 64, body) != chain.digest("1" * 64, body)
