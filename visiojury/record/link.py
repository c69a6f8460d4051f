"""Give events their place: drafts to entries, each chained to the one before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, NamedTuple

from visiojury.record import chain, codec
from visiojury.record.entry import Body, Draft, Entry
from visiojury.record.personal import KeyOf, entry_key, subjects


class Place(NamedTuple):
    session_id: str
    seq: int
    entry_id: str
    previous: str


def link(
    session_id: str,
    drafts: Iterable[Draft],
    *,
    new_id: Callable[[], str],
    key_of: KeyOf,
    last: tuple[int, str] | None = None,
) -> list[Entry]:
    """Return `drafts` as the entries that follow `last`, the number and digest of an entry.

    Args:
        session_id: whose chain it is.
        drafts: in the order in which they are to stand.
        new_id: makes an identifier that no other entry has.
        key_of: the key of a subject for the whole session; None: erased.
        last: None for the first entries of a session.
    """
    seq, previous = last or (0, chain.genesis(session_id))
    entries: list[Entry] = []
    for draft in drafts:
        seq += 1
        entry = _linked(draft, Place(session_id, seq, new_id(), previous), key_of)
        entries.append(entry)
        previous = entry.digest
    return entries


def _linked(draft: Draft, place: Place, key_of: KeyOf) -> Entry:
    values: dict[str, Any] = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    values |= place._asdict()
    keys = {
        subject: entry_key(key, place.entry_id)
        for subject in subjects(draft.event)
        if (key := key_of(subject)) is not None
    }
    raw = codec.encode(Body(**values), key_of=keys.get)
    shown = {subject: key.hex() for subject, key in sorted(keys.items())}
    return Entry(**values, digest=chain.digest(place.previous, raw), raw=raw, keys=shown)
