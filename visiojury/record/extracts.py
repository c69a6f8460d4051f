"""Check entries cut out of a record: each by itself, then under the last seal by its proof. Pure.

An extract has holes, so nothing is chained here; the Merkle path of each entry says that it is
in the record that was sealed, and where. What this cannot see: an entry that was left out.
Source: requirement A5; RFC 6962, sections 2.1.1 and 2.1.2.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from visiojury.exam.events import RecordSealed
from visiojury.record import chain, codec, merkle, proofs, seal
from visiojury.record.entry import Body, Entry
from visiojury.record.errors import EntryUnreadableError
from visiojury.record.findings import Finding, Report, finding
from visiojury.record.lines import cut
from visiojury.record.signatures import signature_faults

_MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def check_extract(data: bytes, proving: bytes) -> tuple[Report, list[Entry]]:
    """Return the report on an extract, and its entries where each holds by itself.

    Args:
        data: entries as JSON lines, in the order of the record.
        proving: `proofs.json`, as `proofs.proofs` gives it for these entries.
    """
    entries, findings = _read(data)
    if not findings:
        findings = [*_order(entries), *_seals(entries), *signature_faults(entries)]
        findings += _unproved(entries, proving)
    seals = proofs.seals_of(entries)
    report = Report(
        session_id=entries[0].session_id if entries else "",
        entries=len(data.splitlines()),
        is_sealed=bool(seals),
        findings=tuple(sorted(findings, key=lambda found: found.seq or 0)),
        key_thumbprint=seal.thumbprint(seals[0].public_key) if seals else None,
    )
    return report, [] if any(found.is_error for found in findings) else entries


def _read(data: bytes) -> tuple[list[Entry], list[Finding]]:
    entries: list[Entry] = []
    findings: list[Finding] = []
    for place, line in enumerate(data.splitlines(), 1):
        raw, digest, keys = cut(line)
        try:
            body, opened = codec.decode(raw, key_of=keys.get, seq=place)
        except EntryUnreadableError as error:
            findings.append(finding("entry_unreadable", place, error.reason))
            continue
        if chain.digest(body.previous, raw) != digest:
            findings.append(finding("entry_changed", body.seq))
        elif entries and body.session_id != entries[0].session_id:
            findings.append(finding("entry_foreign", body.seq))
        else:
            values = {f.name: getattr(body, f.name) for f in fields(Body)}
            entries.append(Entry(**values, digest=digest, raw=raw, keys=opened))
    return entries, findings


def _order(entries: Sequence[Entry]) -> Iterator[Finding]:
    for before, entry in itertools.pairwise(entries):
        if entry.seq == before.seq:
            yield finding("entry_duplicated", entry.seq)
        elif entry.seq < before.seq:
            yield finding("entry_moved", entry.seq)
        elif entry.seq == before.seq + 1 and entry.previous != before.digest:
            yield finding("entry_changed", before.seq, " avec son empreinte")


def _seals(entries: Sequence[Entry]) -> Iterator[Finding]:
    sealing = [entry for entry in entries if isinstance(entry.event, RecordSealed)]
    if not sealing:
        yield finding("seal_missing", None)
    for entry in sealing:
        assert isinstance(entry.event, RecordSealed)
        first = sealing[0].event
        assert isinstance(first, RecordSealed)
        if not seal.check_seal(entry.event, entry.previous) or entry.event.size != entry.seq - 1:
            yield finding("seal_invalid", entry.seq)
        elif seal.thumbprint(entry.event.public_key) != seal.thumbprint(first.public_key):
            yield finding("seal_key_unexpected", entry.seq)


def _unproved(entries: Sequence[Entry], proving: bytes) -> Iterator[Finding]:
    """Name the entries whose place under the last seal is not proved, and false bonds of seals."""
    seals = proofs.seals_of(entries)
    if not seals:
        return
    last = seals[-1]
    given = _given(proving)
    paths = given.get("inclusion")
    for entry in entries:
        if entry.seq > last.size:
            if entry.event != last:
                detail = " et n’est pas couverte par lui"
                yield finding("tail_after_seal", entry.seq, detail, is_error=False)
        elif not _is_included(entry, last, paths):
            yield finding("entry_unproved", entry.seq)
    if given.get("seals") != [proofs.told(one) for one in seals] or not _are_bonded(seals, given):
        detail = " : proofs.json ne prouve pas qu’il continue le précédent"
        yield finding("seal_invalid", last.size + 1, detail)


def _given(proving: bytes) -> Mapping[str, Any]:
    try:
        given = json.loads(proving)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _is_included(entry: Entry, last: RecordSealed, paths: Any) -> bool:  # noqa: ANN401 - JSON
    try:
        (path,) = (proof["path"] for proof in paths if proof["seq"] == entry.seq)
        return merkle.is_included(
            entry.raw,
            index=entry.seq - 1,
            size=last.size,
            path=[bytes.fromhex(step) for step in path],
            head=bytes.fromhex(last.root),
        )
    except _MALFORMED:
        return False


def _are_bonded(seals: Sequence[RecordSealed], given: Mapping[str, Any]) -> bool:
    pairs = list(itertools.pairwise(seals))
    try:
        paths = [proof["path"] for proof in given["consistency"]]
        return len(paths) == len(pairs) and all(
            merkle.is_consistent(
                first_size=before.size,
                first=bytes.fromhex(before.root),
                size=after.size,
                head=bytes.fromhex(after.root),
                path=[bytes.fromhex(step) for step in path],
            )
            for (before, after), path in zip(pairs, paths, strict=True)
        )
    except _MALFORMED:
        return False
