"""What a participant may see: the session's state, projected for one person.

Deny by default: each part is added for the roles that need it. Nothing here changes with time
alone (an instant, not a remainder), so that two projections differ only when something happened.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from signaling.after_view import AfterView, after_view
from signaling.deliberation_view import DeliberationView, deliberation_view
from signaling.duty_view import (
    DutyView,
    RelationView,
    StationTestView,
    duty_view,
    relations_view,
    station_tests_view,
)
from signaling.own_access_view import OwnAccessView, own_access_view
from signaling.part import Part
from signaling.person_view import PersonView, person_view
from signaling.register_view import LineView, register_view
from signaling.sitting_view import SittingView, sitting_view
from signaling.stage import Place, place_of
from signaling.station_view import StationView, stations_view
from signaling.technical_test_view import TechnicalTestView, technical_test_view
from visiojury.documents import catalogue
from visiojury.exam.people import JURY, STAFF, Office, Participant, Role
from visiojury.exam.permissions import DOCUMENTS, concerns, may_read, reach_of
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.stations import expected_at
from visiojury.exam.transitions import SessionState


class OfficeView(Part):
    office_id: str
    name: str
    region: str
    time_zone: str
    address: str
    contact: str


class SessionView(Part):
    session_id: str
    title: str
    purpose: Literal["exam", "rehearsal"]
    diploma: str
    diploma_title: str
    blocks: list[str]
    route: Literal["vae", "training"]
    organising_office_id: str
    state: SessionState
    phase: Literal["sittings", "deliberation", "closed", "sealed"]


class HelpView(Part):
    help_id: str
    participant_id: str
    at_ms: int
    answered_ms: int | None


class DocumentView(Part):
    name: str
    title: str
    path: str


class Overview(Part):
    """A session as far as it concerns a person."""

    session: SessionView
    offices: dict[str, OfficeView]
    people: dict[str, PersonView]
    sittings: dict[str, SittingView]


class View(Overview):
    """One person's view of the session."""

    me: str
    place: Place
    """Where this person is: who they see and hear."""
    sitting_id: str | None
    """The sitting they are in, or that comes next for them."""
    access: OwnAccessView | None
    """This person's own; None for who has none any more."""
    helps: dict[str, HelpView]
    duty: DutyView | None
    register_lines: dict[str, LineView]
    """Who is here and known by what, for those who may read it (J1)."""
    station_tests: dict[str, StationTestView]
    technical_test: TechnicalTestView | None
    """The one that is open, for those it brings together; None: none is."""
    stations: dict[str, StationView]
    relations: list[RelationView]
    deliberation: DeliberationView | None
    after: AfterView | None
    """What follows the seal; None before it."""
    documents: dict[str, DocumentView]


def view_for(session: Session, participant_id: str, now_ms: int) -> View:
    """Return what `participant_id` may see at `now_ms`."""
    me = session.subject(participant_id)
    seen = overview(session, me, now_ms)
    stations = stations_view(session, me, seen.people)
    place, sitting_id = place_of(session, participant_id)
    return View(
        me=participant_id,
        place=place,
        sitting_id=sitting_id or _next_sitting([session.sittings[s] for s in seen.sittings]),
        session=seen.session,
        offices=seen.offices,
        people=seen.people,
        sittings=seen.sittings,
        access=own_access_view(session, participant_id),
        helps=helps_view(session, me, {**seen.people, **stations}),
        duty=duty_view(session, me),
        register_lines=register_view(session, me, seen.people),
        station_tests=station_tests_view(session, me),
        technical_test=technical_test_view(session, me),
        stations=stations,
        relations=relations_view(session, me),
        deliberation=deliberation_view(session, me),
        after=after_view(session, me),
        documents={document.name: document for document in documents_for(session, me)},
    )


def overview(session: Session, me: Participant, now_ms: int) -> Overview:
    """Return what the session is to `me`, who may be no participant but the key's holder."""
    return Overview(
        session=_session(session),
        offices={office.office_id: _office(office) for office in session.info.offices},
        people={
            participant_id: person_view(session, me, participant_id)
            for participant_id in visible_people(session, me)
        },
        sittings={
            sitting.sitting_id: sitting_view(sitting, now_ms)
            for sitting in session.sittings.values()
            if concerns(session, me, sitting)
        },
    )


def documents_for(session: Session, me: Participant) -> list[DocumentView]:
    """Return the documents that exist and that `me` may read."""
    readable = {kind for kind, reading in DOCUMENTS.items() if me.role in reading.roles}
    base = f"/api/sessions/{session.info.session_id}"
    documents = []
    for name in catalogue.names(session, readable):
        kind, subject = catalogue.kind_of(name)
        if may_read(session, me, kind, subject):
            title = " – ".join(filter(None, [catalogue.title_of(name), _about(session, subject)]))
            path = f"{base}/documents/{name}.pdf"
            documents.append(DocumentView(name=name, title=title, path=path))
    if session.seal is not None and may_read(session, me, "archive"):
        path = f"{base}/archive.zip"
        documents.append(DocumentView(name="archive", title="Archive scellée", path=path))
    return documents


def _about(session: Session, subject: str) -> str:
    """Return whom or which office and day a document is about, as a list says it."""
    if subject in session.sittings:
        return session.participant(session.sittings[subject].plan.candidate_id).full_name
    for office in session.info.offices:
        if subject == office.office_id:
            return office.name
        if subject.startswith(f"{office.office_id}-"):
            return f"{office.name}, {subject.removeprefix(f'{office.office_id}-')}"
    return subject


def visible_people(session: Session, me: Participant) -> list[str]:
    """Candidates see their sitting and the agents; host offices do not see others' candidates."""
    seen = set()
    for sitting in session.sittings.values():
        # Who examined a candidate knows their name, whatever became of the sitting.
        if concerns(session, me, sitting) or me.participant_id in sitting.members():
            seen |= sitting.members()
    is_staff = me.role in STAFF | {Role.STATION}
    # Technicians have to do with equipment, and with those who test it.
    staff = STAFF if is_staff else STAFF - {Role.TECHNICIAN}
    everyone = reach_of(session, me) == "session"
    at_mine = session.stations.people_at(me.participant_id)
    is_jury = me.role in JURY or any(session.participants[who].role in JURY for who in at_mine)
    seen |= {*at_mine, *expected_at(session, me.participant_id)}
    return [
        person_id
        for person_id, person in session.participants.items()
        if everyone
        or person_id in seen
        or person_id == me.participant_id
        or person.role in staff
        or (is_jury and person.role in JURY)
    ]


def _next_sitting(sittings: list[Sitting]) -> str | None:
    ahead = [sitting for sitting in sittings if sitting.ended_ms is None]
    ahead.sort(key=lambda sitting: (not sitting.is_live, sitting.plan.planned_ms))
    last = ahead or sittings[-1:]
    return last[0].sitting_id if last else None


def _session(session: Session) -> SessionView:
    info, deliberation = session.info, session.deliberation
    phase: Literal["sittings", "deliberation", "closed", "sealed"] = "sittings"
    if session.seal is not None:
        phase = "sealed"
    elif deliberation.closed_ms is not None:
        phase = "closed"
    elif deliberation.is_open:
        phase = "deliberation"
    return SessionView(
        session_id=info.session_id,
        title=info.title,
        purpose=info.purpose,
        diploma=info.diploma.code,
        diploma_title=info.diploma.title,
        blocks=list(info.diploma.blocks),
        route=info.route,
        organising_office_id=info.organising_office_id,
        state=session.state,
        phase=phase,
    )


def _office(office: Office) -> OfficeView:
    return OfficeView(
        office_id=office.office_id,
        name=office.name,
        region=office.region,
        time_zone=office.time_zone,
        address=office.address,
        contact=office.contact,
    )


def helps_view(session: Session, me: Participant, seen: Container[str]) -> dict[str, HelpView]:
    """Return the calls of those whom `me` sees, and of `me`."""
    agents = {Role.ORGANISER, Role.INVIGILATOR}
    return {
        help_id: HelpView(
            help_id=help_id,
            participant_id=call.call.participant_id,
            at_ms=call.call.at_ms,
            answered_ms=call.answered_ms,
        )
        for help_id, call in session.helps.items()
        if (me.role in agents and call.call.participant_id in seen)
        or call.call.participant_id == me.participant_id
    }
