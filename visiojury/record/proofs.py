"""What proves a record to an outsider, as files that `openssl` and a short script can read.

Seals as the bytes that were signed, the signature in DER and the key in PEM; time stamps as the
authority gave them; Merkle proofs as JSON. Source: requirement A2.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from visiojury.exam.events import RecordSealed, RecordTimestamped
from visiojury.record import merkle, seal
from visiojury.record.entry import Entry

KEY = "key.pem"
PROOFS = "proofs.json"


def proof_files(entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return the files that prove a sealed record, by name, in their order."""
    content = json.dumps(proofs(entries), indent=1, sort_keys=True)
    return {**seal_files(entries), PROOFS: content.encode() + b"\n"}


def seal_files(entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return the files of the seals and stamps among `entries`, which may be an extract."""
    seals = seals_of(entries)
    key = seal.public_key(seals[0].public_key)
    files = {KEY: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)}
    for number, sealed in enumerate(seals, 1):
        files[f"seal-{number}.bin"] = seal.signed_bytes(
            head=sealed.head, size=sealed.size, root=sealed.root
        )
        files[f"seal-{number}.sig"] = seal.der_signature(sealed.signature)
        for stamp in _stamps_of(entries, sealed)[:1]:
            files[f"timestamp-{number}.tsr"] = base64.b64decode(stamp.response)
            files[f"timestamp-{number}.pem"] = stamp.certificates.encode()
    return files


def proofs(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the Merkle proofs of a sealed record: of each entry, and from seal to seal.

    Digests are hexadecimal; a path reads from the leaf up (RFC 6962, sections 2.1.1 and 2.1.2).
    """
    seals = seals_of(entries)
    leaves = leaves_of(entries)
    last = seals[-1]
    return {
        "session_id": entries[0].session_id,
        "seals": [told(sealed) for sealed in seals],
        "consistency": [
            {
                "first_size": before.size,
                "size": after.size,
                "path": _hex(merkle.consistency(leaves[: after.size], before.size)),
            }
            for before, after in itertools.pairwise(seals)
        ],
        "inclusion": [
            {"seq": seq, "path": _hex(path)}
            for seq, path in enumerate(merkle.inclusions(leaves[: last.size]), 1)
        ],
    }


def told(sealed: RecordSealed) -> dict[str, Any]:
    """Return a seal as `proofs` tells it."""
    return {
        "size": sealed.size,
        "root": sealed.root,
        "head": sealed.head,
        "sealed_ms": sealed.at_ms,
        "key_thumbprint": seal.thumbprint(sealed.public_key),
    }


def inclusion_proof(entries: Sequence[Entry], seq: int) -> dict[str, Any] | None:
    """Return what proves that the entry numbered `seq` is under the last seal; None: it is not."""
    seals = seals_of(entries)
    if not seals or not 1 <= seq <= seals[-1].size:
        return None
    last = seals[-1]
    path = merkle.inclusions(leaves_of(entries[: last.size]))[seq - 1]
    return {"seq": seq, "size": last.size, "root": last.root, "path": _hex(path)}


def seals_of(entries: Sequence[Entry]) -> list[RecordSealed]:
    return [entry.event for entry in entries if isinstance(entry.event, RecordSealed)]


def leaves_of(entries: Sequence[Entry]) -> list[bytes]:
    return [merkle.leaf_hash(entry.raw) for entry in entries]


def _stamps_of(entries: Sequence[Entry], sealed: RecordSealed) -> list[RecordTimestamped]:
    return [
        entry.event
        for entry in entries
        if isinstance(entry.event, RecordTimestamped) and entry.event.size == sealed.size
    ]


def _hex(path: Sequence[bytes]) -> list[str]:
    return [step.hex() for step in path]
