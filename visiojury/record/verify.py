"""Say which entries of a record are changed, missing, moved, doubled or foreign. Pure.

Each manipulation leaves its own trace. An entry whose bytes do not give its digest was
changed. A number that nobody bears is missing. Entries that hold by themselves but stand in
another order were moved. Where every entry holds by itself and the link between two does
not, the first one was rewritten together with its digest.

What this cannot see in an unsealed record: its last entries rewritten or cut together with
the count kept beside them.
"""

from __future__ import annotations

import base64
import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from visiojury.exam.events import (
    AFTER_THE_SEAL,
    DeliberationClosed,
    RecordSealed,
    RecordTimestamped,
)
from visiojury.exam.state import Session
from visiojury.record import chain, codec, fold, seal, timestamp
from visiojury.record.entry import Body, Entry
from visiojury.record.errors import EntryUnreadableError, FoldError
from visiojury.record.findings import Finding, Report, finding
from visiojury.record.personal import KeyOf, no_key
from visiojury.record.signatures import signature_faults

MOST_MISSING = 100
"""A hole is reported entry by entry up to here, then by its bounds."""
_BODY_FIELDS = tuple(field.name for field in fields(Body))


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as found: where, the bytes, and the digest written beside them."""

    place: int
    raw: bytes
    digest: str
    key_of: KeyOf = no_key
    """The keys of the entry's boxes, where they are known."""


@dataclass(frozen=True, slots=True)
class _Read:
    stored: Stored
    body: Body | None
    fault: Finding | None
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """Return the number it bears, or where it cannot be believed, its place."""
        return self.stored.place if self.body is None or self.fault else self.body.seq


class Examined(NamedTuple):
    report: Report
    entries: list[Entry]
    """Empty unless the chain holds."""
    session: Session
    """The state that `entries` give."""


def examine(
    session_id: str, rows: Sequence[Stored], *, counted: tuple[int, str] | None = None
) -> Examined:
    """Return what is wrong with a record, and its entries and state if its chain holds.

    Args:
        session_id: whose record it should be.
        rows: in the order found.
        counted: number and digest of the last entry as the writer keeps them beside the
            entries, where they are kept.
    """
    claimed = {row.digest for row in rows}
    reads = [_read(session_id, row, claimed) for row in rows]
    own = [read for read in reads if read.fault is None or read.fault.code != "entry_foreign"]
    findings = [read.fault for read in reads if read.fault is not None]
    findings += _order(own, counted)
    findings += _links(session_id, own, counted)
    entries = [] if findings else [_entry(read) for read in own]
    session, inconsistent = _folded(entries)
    if inconsistent is not None:
        entries, findings = [], [inconsistent]
    seals = [read for read in own if read.body and isinstance(read.body.event, RecordSealed)]
    findings += _sealed(own, seals)
    findings += _trees(entries)
    findings += _stamps(entries)
    findings += signature_faults(entries)
    sealed = seals[0] if seals else None
    report = Report(
        session_id=session_id,
        entries=len(rows),
        is_sealed=sealed is not None and _is_seal_valid(sealed),
        findings=tuple(sorted(findings, key=_by_place)),
        head=rows[-1].digest if rows else None,
        key_thumbprint=_thumbprint(sealed),
    )
    return Examined(report, entries, session)


def _read(session_id: str, row: Stored, claimed: set[str]) -> _Read:
    try:
        body, keys = codec.decode(row.raw, key_of=row.key_of, seq=row.place)
    except EntryUnreadableError as error:
        return _Read(row, None, finding("entry_unreadable", row.place, error.reason))
    computed = chain.digest(body.previous, row.raw)
    if body.session_id != session_id:
        return _Read(row, body, finding("entry_foreign", row.place))
    if computed == row.digest:
        return _Read(row, body, None, keys)
    if computed in claimed:
        return _Read(row, body, finding("entry_moved", body.seq))
    return _Read(row, body, finding("entry_changed", row.place))


def _order(reads: Sequence[_Read], counted: tuple[int, str] | None) -> Iterable[Finding]:
    """Name the numbers that are missing, borne twice, out of order or one too many."""
    numbers = Counter(read.seq for read in reads)
    yield from (finding("entry_duplicated", seq) for seq, times in numbers.items() if times > 1)
    once = [read.seq for read in reads if numbers[read.seq] == 1]
    yield from (finding("entry_moved", seq) for seq in moved(once))
    in_order = sorted(numbers)
    if counted is None:
        yield from _missing(in_order)
        return
    yield from _missing([*(seq for seq in in_order if seq <= counted[0]), counted[0] + 1])
    yield from (finding("tail_added", seq) for seq in in_order if seq > counted[0])


def moved(numbers: Sequence[int]) -> list[int]:
    """Return which of `numbers`, all different, are out of order.

    Both of two that were exchanged; otherwise as few as explain the order found.
    """
    due = dict(zip(numbers, sorted(numbers), strict=True))
    exchanged = {seq for seq in numbers if due[seq] != seq and due[due[seq]] == seq}
    rest = [seq for seq in numbers if seq not in exchanged]
    return sorted(exchanged | (set(rest) - set(_longest_rising(rest))))


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return a longest increasing subsequence, by patience sorting."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect.bisect_left(tops, number)
        before[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    run: list[int] = []
    last = tops[-1] if tops else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run


def _missing(numbers: Sequence[int]) -> Iterable[Finding]:
    for before, after in zip([0, *numbers], numbers, strict=False):
        hole = range(before + 1, after)
        if len(hole) > MOST_MISSING:
            yield finding("entry_missing", hole[0], f", et toutes jusqu’à la n° {hole[-1]}")
        else:
            yield from (finding("entry_missing", seq) for seq in hole)


def _links(
    session_id: str, reads: Sequence[_Read], counted: tuple[int, str] | None
) -> Iterable[Finding]:
    """Name the entries that hold by themselves but not to the next one, which has not changed."""
    sound = {read.body.seq: read for read in reads if read.body is not None and not read.fault}
    for seq, read in sorted(sound.items()):
        assert read.body is not None
        if seq == 1 and read.body.previous != chain.genesis(session_id):
            yield finding("entry_changed", 1, " avec son empreinte")
        following = sound.get(seq + 1)
        expected = following.body.previous if following and following.body else None
        if expected is None and counted is not None and counted[0] == seq:
            expected = counted[1]
        if expected not in {None, read.stored.digest}:
            yield finding("entry_changed", seq, " avec son empreinte")


def _folded(entries: Sequence[Entry]) -> tuple[Session, Finding | None]:
    """Return the state that `entries` give, or an empty one and why they give none."""
    try:
        return fold.fold(entries), None
    except FoldError as error:
        return Session(), finding("entry_inconsistent", error.seq)


def _sealed(reads: Sequence[_Read], seals: Sequence[_Read]) -> Iterable[Finding]:
    if not seals:
        events = (read.body.event for read in reads if read.body is not None)
        is_over = any(isinstance(event, DeliberationClosed) for event in events)
        detail = ", alors que la délibération est close" if is_over else " : session en cours"
        yield finding("seal_missing", None, detail, is_error=is_over)
        return
    if any(sealed.fault for sealed in seals):
        return  # What is wrong with it has been said; its place is not to be believed.
    for sealed in seals:
        if not _is_seal_valid(sealed):
            yield finding("seal_invalid", sealed.seq)
        elif _thumbprint(sealed) != _thumbprint(seals[0]):
            yield finding("seal_key_unexpected", sealed.seq)
    yield from _after(reads, first=seals[0].seq, last=seals[-1].seq)


def _after(reads: Sequence[_Read], *, first: int, last: int) -> Iterable[Finding]:
    """Name what follows the first seal and may not, and what no seal covers yet."""
    for read in reads:
        may_follow = read.body is not None and isinstance(read.body.event, AFTER_THE_SEAL)
        if read.seq > first and not may_follow:
            yield finding("tail_after_seal", read.seq)
        elif read.seq > last:
            detail = " et n’est pas couverte par lui"
            yield finding("tail_after_seal", read.seq, detail, is_error=False)


def _trees(entries: Sequence[Entry]) -> Iterable[Finding]:
    """Name the seals whose tree is not that of the entries before them."""
    for number, entry in enumerate(entries):
        if isinstance(entry.event, RecordSealed):
            root = seal.root_of(before.raw for before in entries[:number])
            if (entry.event.size, entry.event.root) != (number, root):
                yield finding("seal_invalid", entry.seq, " : son arbre n’est pas le bon")


def _stamps(entries: Sequence[Entry]) -> Iterable[Finding]:
    seals = {e.event.size: e.event for e in entries if isinstance(e.event, RecordSealed)}
    for entry in entries:
        if isinstance(entry.event, RecordTimestamped) and not _is_stamp_valid(entry.event, seals):
            yield finding("timestamp_invalid", entry.seq)


def _is_stamp_valid(stamp: RecordTimestamped, seals: Mapping[int, RecordSealed]) -> bool:
    try:
        sealed = seals[stamp.size]
        signed = seal.signed_bytes(head=sealed.head, size=sealed.size, root=sealed.root)
        response = base64.b64decode(stamp.response, validate=True)
        timestamp.check(response, signed, certificates=stamp.certificates)
    except (LookupError, ValueError):
        return False
    return True


def _is_seal_valid(read: _Read) -> bool:
    if read.body is None or read.fault or not isinstance(read.body.event, RecordSealed):
        return False
    return seal.check_seal(read.body.event, read.body.previous)


def _by_place(found: Finding) -> tuple[bool, int]:
    return found.seq is None, found.seq or 0


def _thumbprint(read: _Read | None) -> str | None:
    if read is None or read.body is None or not isinstance(read.body.event, RecordSealed):
        return None
    return seal.thumbprint(read.body.event.public_key)


def _entry(read: _Read) -> Entry:
    body = read.body
    assert body is not None, "a record without a fault has no unreadable entry"
    values = {name: getattr(body, name) for name in _BODY_FIELDS}
    return Entry(**values, digest=read.stored.digest, raw=read.stored.raw, keys=read.keys)
