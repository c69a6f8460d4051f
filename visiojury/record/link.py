"""Give events their place: drafts to entries, each chained to the one before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from visiojury.record import chain, codec
from visiojury.record.entry import Body, Draft, Entry


def link(
    session_id: str,
    drafts: Iterable[Draft],
    *,
    new_id: Callable[[], str],
    last: tuple[int, str] | None = None,
) -> list[Entry]:
    """Return `drafts` as the entries that follow `last`, the number and digest of an entry.

    Args:
        session_id: whose chain it is.
        drafts: in the order in which they are to stand.
        new_id: makes an identifier that no other entry has.
        last: None for the first entries of a session.
    """
    seq, previous = last or (0, chain.genesis(session_id))
    entries: list[Entry] = []
    for draft in drafts:
        seq += 1
        entry = _linked(draft, session_id, new_id(), seq=seq, previous=previous)
        entries.append(entry)
        previous = entry.digest
    return entries


def _linked(draft: Draft, session_id: str, entry_id: str, *, seq: int, previous: str) -> Entry:
    values: dict[str, Any] = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    values |= {"seq": seq, "entry_id": entry_id, "session_id": session_id, "previous": previous}
    return Entry(**values, digest=chain.digest(previous, codec.encode(Body(**values))))
