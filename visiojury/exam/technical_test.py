"""The technical test: the staff of both offices together in one room, before the exam (B5).

Agents, session manager, technicians and the stations nobody is at see and hear each other while
it is open; what they find is said station by station (`RecordStationTest`). It is never the exam:
an office whose candidate is in the room is out of it, and the deliberation ends it for everybody.
Source: instruction DGCS/SD4A/2026/19, annex 1 (before the session); requirement B5.
"""

from __future__ import annotations

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.context import Context, Handlers
from visiojury.exam.people import STAFF, Role
from visiojury.exam.state import Session
from visiojury.exam.transitions import UNDER_WAY


def is_in_test(session: Session, subject_id: str) -> bool:
    """Return whether a person or a station is in the room of the technical test; deny by default.

    What is said near a candidate's exam is not for the test, nor the other way round: those of an
    office wait from the admission of its candidate to the end of the sitting.
    """
    if session.life.technical_test is None or subject_id in session.life.withdrawn:
        return False
    subject = session.subject(subject_id)
    is_free_station = subject.role is Role.STATION and not session.stations.people_at(subject_id)
    is_busy = any(
        sitting.state in UNDER_WAY and sitting.plan.host_office_id == subject.office_id
        for sitting in session.sittings.values()
    )
    return (subject.role in STAFF or is_free_station) and not is_busy


def open_test(_command: cmd.OpenTechnicalTest, context: Context) -> list[ev.Event]:
    """Either office opens it for both."""
    if context.session.life.technical_test is not None:
        return []  # Open already.
    return [ev.TechnicalTestOpened(at_ms=context.now_ms, participant_id=context.actor_id)]


def close_test(_command: cmd.CloseTechnicalTest, context: Context) -> list[ev.Event]:
    if context.session.life.technical_test is None:
        return []  # Closed already.
    return [ev.TechnicalTestClosed(at_ms=context.now_ms, participant_id=context.actor_id)]


HANDLERS: Handlers = {
    cmd.OpenTechnicalTest: open_test,
    cmd.CloseTechnicalTest: close_test,
}
"""What each command of this area does."""
