"""The technical test, projected for one person: since when, opened by whom, who is let in."""

from __future__ import annotations

from signaling.part import Part
from visiojury.exam.people import STAFF, Participant, Role
from visiojury.exam.state import Session
from visiojury.exam.station_acts import standing
from visiojury.exam.technical_test import is_in_test


class TechnicalTestView(Part):
    """The technical test that is open (B5)."""

    opened_ms: int
    opened_by: str
    """Name of who did."""
    people: list[str]
    """Persons and stations let in, connected or not."""


def technical_test_view(session: Session, me: Participant) -> TechnicalTestView | None:
    """Return the test that is open, to the staff and the stations that it is for."""
    test = session.life.technical_test
    if test is None or me.role not in STAFF | {Role.STATION}:
        return None
    stations = (station.enrolled.station_id for station in standing(session))
    return TechnicalTestView(
        opened_ms=test.opened_ms,
        opened_by=session.participant(test.opened_by).full_name,
        people=[who for who in (*session.participants, *stations) if is_in_test(session, who)],
    )
