"""A session's state from its entries: nothing else is ever needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from visiojury.exam.errors import ExamError
from visiojury.exam.events import SessionCreated
from visiojury.exam.media import Media
from visiojury.exam.state import Session
from visiojury.record.entry import Entry
from visiojury.record.errors import FoldError


class Loaded(NamedTuple):
    """A session's entries, all of them, and the state that they give."""

    entries: list[Entry]
    session: Session


def fold(entries: Iterable[Entry]) -> Session:
    """Return the session as it stands after `entries`, which are all of them, in order.

    Raises:
        FoldError: the first entry does not create this session, or one names a sitting, person
            or outage that the record does not have.
    """
    session = Session()
    for entry in entries:
        if isinstance(entry.event, SessionCreated) != (session.created is None):
            raise FoldError(entry.seq)
        by = None if entry.actor is None else entry.actor.participant_id
        try:
            session.apply(entry.event, by=by)
        except (LookupError, AssertionError, StopIteration, ExamError) as error:
            raise FoldError(entry.seq) from error
    return session


def different_parts(one: Session, other: Session) -> list[str]:
    """Return the names of the parts in which two states of a session differ."""
    return sorted(
        name
        for name in vars(one).keys() | vars(other).keys()
        if _part(one, name) != _part(other, name)
    )


def _part(session: Session, name: str) -> object:
    part = getattr(session, name, None)
    if name == "media":
        # Asking for a person's media makes an empty one.
        return {who: media for who, media in session.media.items() if media != Media()}
    return part
