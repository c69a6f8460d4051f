"""The record as a file, one entry a line: `{"digest":"…","keys":{…},"entry":{…}}`.

What leaves the database for the documents, the archive and whoever checks without our
software: the digest is SHA-256 over bytes that can be cut out of the line. `keys` opens the
personal fields of this entry and of no other; the chain holds without them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

import rfc8785

from visiojury.record import chain
from visiojury.record.entry import Entry
from visiojury.record.errors import RecordTamperedError
from visiojury.record.findings import Report
from visiojury.record.verify import Stored, examine

_HEAD = b'{"digest":"'
_KEYS = b'","keys":'
_ENTRY = b',"entry":'
_KEY = re.compile(r"[0-9a-f]{64}")
_DIGEST_CHARACTERS = 64


def to_lines(entries: Iterable[Entry]) -> bytes:
    """Return the record as JSON lines; the same entries give the same bytes."""
    return b"".join(
        b"".join(
            (
                _HEAD,
                entry.digest.encode(),
                _KEYS,
                rfc8785.dumps(dict(entry.keys)),
                _ENTRY,
                entry.raw,
                b"}\n",
            )
        )
        for entry in entries
    )


def verify_lines(data: bytes) -> Report:
    """Return what is wrong with a record file, whatever bytes it holds."""
    return check_lines(data)[0]


def from_lines(data: bytes) -> list[Entry]:
    """Return the entries of a record file whose chain holds.

    Raises:
        RecordTamperedError: names the first entry that is at fault.
    """
    report, entries = check_lines(data)
    for found in report.findings:
        if found.is_error:
            raise RecordTamperedError(report.session_id, found.seq, found.code)
    return entries


def check_lines(data: bytes) -> tuple[Report, list[Entry]]:
    """Return the report on a record file, and its entries if the chain holds."""
    pieces = [cut(line) for line in data.splitlines()]
    session_id = _session_id(raw for raw, _, _ in pieces)
    rows: list[Stored] = []
    for raw, digest, keys in pieces:
        following = rows[-1].place + 1 if rows else 1
        place = _own_number(raw, digest, session_id)
        rows.append(Stored(following if place is None else place, raw, digest, keys.get))
    examined = examine(session_id, rows)
    return examined.report, examined.entries


def cut(line: bytes) -> tuple[bytes, str, dict[str, bytes]]:
    """Return the entry's bytes, its digest and keys; of a line in another form, all and nothing."""
    start, end = len(_HEAD), len(_HEAD) + _DIGEST_CHARACTERS
    before, mark, rest = line[end:].partition(_ENTRY)
    is_ours = line.startswith(_HEAD) and before.startswith(_KEYS) and mark and rest[-1:] == b"}"
    raw = rest[:-1]
    keys = _keys(before.removeprefix(_KEYS), raw) if is_ours else None
    if keys is None:
        return line, "", {}
    return raw, line[start:end].decode("latin-1"), keys


def _keys(written: bytes, raw: bytes) -> dict[str, bytes] | None:
    """Return the keys of a line; None where they are not spelled as we spell them."""
    keys = {subject: str(key) for subject, key in _fields(written).items()}
    boxes = _fields(raw).get("personal")
    if not all(map(_KEY.fullmatch, keys.values())) or rfc8785.dumps({**keys}) != written:
        return None
    if isinstance(boxes, dict) and keys.keys() - boxes.keys():
        return None
    return {subject: bytes.fromhex(key) for subject, key in keys.items()}


def _own_number(raw: bytes, digest: str, session_id: str) -> int | None:
    """Return the number that an entry bears, if its bytes give its digest."""
    fields = _fields(raw)
    try:
        is_sound = chain.digest(str(fields.get("previous")), raw) == digest
    except ValueError:
        return None
    seq = fields.get("seq")
    is_ours = is_sound and fields.get("session_id") == session_id
    return seq if is_ours and isinstance(seq, int) else None


def _session_id(bodies: Iterable[bytes]) -> str:
    """Return the session that most entries name: one foreign entry does not decide."""
    named = Counter(str(_fields(raw).get("session_id", "")) for raw in bodies)
    return max(sorted(named), key=lambda name: named[name], default="")


def _fields(raw: bytes) -> dict[str, object]:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
