"""Which entries a document is told from: up to the last one that concerns it, and none after.

So a document stays the same file whatever is recorded later, and says nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from visiojury.documents.errors import DocumentError
from visiojury.exam import events as ev
from visiojury.record.entry import Entry

PLANNING = (
    ev.SessionCreated,
    ev.OfficeJoined,
    ev.ParticipantEnrolled,
    ev.ParticipantWithdrawn,
    ev.SittingScheduled,
    ev.SittingRescheduled,
    ev.SittingCancelled,
)


def up_to_last(entries: Sequence[Entry], concerns: Callable[[ev.Event], bool]) -> list[Entry]:
    """Return the entries up to the last whose event `concerns` the document.

    Raises:
        DocumentError: `record_empty`: none does.
    """
    last = max((n for n, entry in enumerate(entries, 1) if concerns(entry.event)), default=0)
    if not last:
        raise DocumentError("record_empty")
    return list(entries[:last])


def up_to_seal(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that the seal closes, the seal included.

    Raises:
        DocumentError: `record_unsealed`.
    """
    for position, entry in enumerate(entries, 1):
        if isinstance(entry.event, ev.RecordSealed):
            return list(entries[:position])
    raise DocumentError("record_unsealed")


def up_to_end(entries: Sequence[Entry], sitting_id: str) -> list[Entry]:
    """Return the entries up to the last act on a sitting; none, if there is no such sitting."""
    last = max((n for n, entry in enumerate(entries, 1) if _is_of(entry, sitting_id)), default=0)
    return list(entries[:last])


def _is_of(entry: Entry, sitting_id: str) -> bool:
    return isinstance(entry.event, ev.SittingEvent) and entry.event.sitting_id == sitting_id
