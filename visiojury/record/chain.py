"""Hash chain over the entries of one session. Knows bytes, not files and not JSON.

digest(n) = SHA-256(domain || digest(n-1) || canonical bytes of entry n); the genesis is bound
to the session, so that entries of one session never fit another.

The chain is unkeyed. Someone who changes an entry and its digest breaks the link to the next
one; someone who changes the last entry and its digest, or rewrites everything after the
change, leaves a chain that holds: only the seal (seal.py), or a digest kept elsewhere, shows it.
"""

from __future__ import annotations

import hashlib

_ENTRY = b"visiojury-record-entry-v1\x00"
_GENESIS = b"visiojury-record-genesis-v1\x00"


def genesis(session_id: str) -> str:
    """Return what the first entry of a session names as the digest before it."""
    return hashlib.sha256(_GENESIS + session_id.encode()).hexdigest()


def digest(previous: str, body: bytes) -> str:
    """Return the digest of an entry, which also commits to every entry before it.

    Args:
        previous: digest of the entry before, 64 hexadecimal digits.
        body: canonical bytes of the entry.
    """
    return hashlib.sha256(_ENTRY + bytes.fromhex(previous) + body).hexdigest()
