"""A session entered whole: the events that create it, each let in by the rule of its own act."""

from __future__ import annotations

from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.enrolment import (
    check_day,
    check_identifier,
    check_office,
    enrolled,
)
from visiojury.exam.errors import DefinitionError
from visiojury.exam.people import Role
from visiojury.exam.planning import opened
from visiojury.exam.relations import declared
from visiojury.exam.schedule import scheduled
from visiojury.exam.state import Session


def create(definition: SessionDefinition, *, now_ms: int) -> list[ev.Event]:
    """Return the events that make the session, and open it where that is asked for.

    Raises:
        ExamError: with a code that says what is missing or contradictory.
    """
    session, events = Session(), list[ev.Event]()

    def add(new: list[ev.Event]) -> None:
        for event in new:
            session.apply(event, by=None)
            events.append(event)

    add([_created(definition, now_ms)])
    for count, day in enumerate(definition.days):
        check_day(session, day, definition.days[:count])
    for participant in definition.participants:
        add(enrolled(session, participant, now_ms))
    _check_held_by(session)
    for relation in definition.relations:
        add(declared(session, relation, now_ms))
    for plan in definition.sittings:
        add(scheduled(session, plan, now_ms))
    if definition.is_open:
        add(opened(session, now_ms))
    return events


def _created(definition: SessionDefinition, now_ms: int) -> ev.SessionCreated:
    check_identifier(definition.session_id)
    known: set[str] = set()
    for office in definition.offices:
        check_office(office, known)
        known.add(office.office_id)
    if definition.organising_office_id not in known:
        raise DefinitionError("reference_unknown", identifier=definition.organising_office_id)
    return ev.SessionCreated(
        at_ms=now_ms,
        session_id=definition.session_id,
        purpose=definition.purpose,
        title=definition.title,
        diploma=definition.diploma,
        route=definition.route,
        organising_office_id=definition.organising_office_id,
        offices=definition.offices,
        days=definition.days,
        held_by=definition.held_by,
        exception_reason=definition.exception_reason,
        exception_author_id=definition.exception_author_id,
        reference=definition.reference,
        results_ms=definition.results_ms,
        results_place=definition.results_place,
        follows_session_id=definition.follows_session_id,
    )


def _check_held_by(session: Session) -> None:
    """A training establishment's session needs an exception: why, and who accepts it (S3)."""
    info = session.info
    if info.held_by == "state":
        return
    author = session.participants.get(info.exception_author_id or "")
    is_accepted = author is not None and author.role is Role.ORGANISER
    if not info.exception_reason.strip() or not is_accepted:
        raise DefinitionError("establishment_excluded")
