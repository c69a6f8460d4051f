"""The attendance sheet of one office and one day: who is expected there, and who signed.

The host office has its candidates and their assistants, whichever office receives examiners
has those. Source: instruction DGCS/SD4A/2026/19, annex 1 (requirements B4, D1, D2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from visiojury.documents import french, words, zones
from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import PLANNING, up_to_last
from visiojury.documents.telling import Data, Tale, Times, rows, tale
from visiojury.exam import events as ev
from visiojury.exam.people import Office
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.record.entry import Entry

_CONCERNING = (*PLANNING, ev.PersonArrived, ev.AttendanceSigned)
_DAY_LENGTH = len("2026-06-15")


@dataclass(slots=True)
class _Expected:
    """One person on the sheet, and the sittings they come for."""

    participant_id: str
    sittings: list[Sitting] = field(default_factory=list)


def attendance_sheet(
    entries: Sequence[Entry], office_and_day: str, edition: Edition = PLAIN_EDITION
) -> bytes:
    """Return the sheet of an office for a day.

    Args:
        entries: the session's record.
        office_and_day: `<office>-2026-06-15`, the day on that office's calendar.
        edition: what the document shows besides.

    Raises:
        DocumentError: `record_empty`, `sheet_unknown`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    told = tale(up_to_last(entries, lambda event: isinstance(event, _CONCERNING)))
    if office_and_day not in sheets_of(told.session):
        raise DocumentError("sheet_unknown", office_and_day)
    office = told.session.office(office_and_day[: -_DAY_LENGTH - 1])
    data = attendance_data(told, office, office_and_day[-_DAY_LENGTH:])
    return publish(Paper(f"attendance-{office_and_day}", "attendance.typ", data), told, edition)


def sheets_of(session: Session) -> list[str]:
    """Return the sheets that a session needs, as `<office>-<day>`, by day and office."""
    found = {
        (_day(office, sitting), office.office_id)
        for sitting in _planned(session)
        for office in session.info.offices
        if _expected_at(session, office, [sitting])
    }
    return [f"{office_id}-{day}" for day, office_id in sorted(found)]


def attendance_data(told: Tale, office: Office, day: str) -> Data:
    sittings = [s for s in _planned(told.session) if _day(office, s) == day]
    sittings.sort(key=lambda sitting: (sitting.plan.planned_ms, sitting.sitting_id))
    times = told.local_times(sittings[0].plan.planned_ms, office)
    expected = _expected_at(told.session, office, sittings)
    return {
        "office": office.name,
        "date": times.day,
        "clocks": times.heading,
        "facts": rows(
            [
                ("Diplôme", told.diploma),
                ("Service organisateur", told.office_name(told.session.info.organising_office_id)),
                ("Lieu", f"{office.name}, {office.address}"),
                ("Attendus", french.counted(len(expected), "personne")),
            ]
        ),
        "rows": [_row(told, person, times) for person in expected],
    }


def _planned(session: Session) -> list[Sitting]:
    return list(session.sittings.values())


def _day(office: Office, sitting: Sitting) -> str:
    zone = zones.clock(office.time_zone).zone
    return french.local(sitting.plan.planned_ms, zone).date().isoformat()


def _expected_at(session: Session, office: Office, sittings: Iterable[Sitting]) -> list[_Expected]:
    """Return who comes to an office for these sittings, once each, in the sittings' order."""
    expected: dict[str, _Expected] = {}
    for sitting in sittings:
        plan = sitting.plan
        guests = (plan.candidate_id, plan.assistant_id) if _hosts(office, sitting) else ()
        examiners = (
            examiner_id
            for examiner_id in plan.examiner_ids
            if session.participant(examiner_id).office_id == office.office_id
        )
        for person_id in (*guests, *examiners):
            if person_id is not None:
                expected.setdefault(person_id, _Expected(person_id)).sittings.append(sitting)
    return list(expected.values())


def _hosts(office: Office, sitting: Sitting) -> bool:
    return sitting.plan.host_office_id == office.office_id


def _row(told: Tale, expected: _Expected, times: Times) -> Data:
    person = told.session.participant(expected.participant_id)
    is_guest = any(
        expected.participant_id in {s.plan.candidate_id, s.plan.assistant_id}
        for s in expected.sittings
    )
    subject = "sa propre épreuve" if is_guest else french.counted(len(expected.sittings), "épreuve")
    if is_guest and person.participant_id != expected.sittings[0].plan.candidate_id:
        subject = f"auprès de {told.name(expected.sittings[0].plan.candidate_id)}"
    return {
        "name": told.name(expected.participant_id),
        "role": words.ROLES[person.role]
        + ("" if is_guest else f", {words.ATTENDANCE[person.presence]}"),
        "subject": subject,
        "hours": [times.hour_cell(s.plan.planned_ms) for s in expected.sittings[:1]],
        "arrived": times.cell(_arrival(told, expected.participant_id, times)),
        "signed": _signed(told, expected.participant_id, times),
    }


def _arrival(told: Tale, participant_id: str, times: Times) -> int | None:
    """Return when a person was first received on the sheet's day."""
    arrivals = told.facts.arrivals.get(participant_id, [])
    return next((at_ms for at_ms in arrivals if times.main.date(at_ms) == times.day), None)


def _signed(told: Tale, participant_id: str, times: Times) -> str:
    """Return how and when a person signed that day; empty: there is space to sign."""
    for signed in told.session.attendance.get(participant_id, []):
        if times.main.date(signed.at_ms) == times.day:
            return f"signé {words.MEANS[signed.means]}, {times.sentence(signed.at_ms)}"
    return ""
