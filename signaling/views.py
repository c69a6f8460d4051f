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
from signaling.media_view import SEE_QUALITY, Quality, StreamView, quality_of, stream_of
from signaling.own_access_view import OwnAccessView, own_access_view
from signaling.part import Part
from signaling.register_view import LineView, register_view
from signaling.stage import Place, muted_of, place_of
from signaling.station_view import StationView, stations_view
from visiojury.documents import catalogue
from visiojury.exam import events as ev
from visiojury.exam.clock import cap_s
from visiojury.exam.conduct import left_under_cap_s, provisional_s
from visiojury.exam.identifying import has_high_sign_in
from visiojury.exam.identity import CHECKED, Missing, missing
from visiojury.exam.people import JURY, Office, Participant, Role
from visiojury.exam.permissions import DOCUMENTS, concerns, may_read, organises, reach_of
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.state import Session
from visiojury.exam.stations import carried_media, carrier, expected_at, station_of
from visiojury.exam.transitions import SessionState, SittingState


class ContestedView(Part):
    """Attempts to misuse a person's access: how many, and the last."""

    times: int
    what: ev.Contest
    at_ms: int


class PersonView(Part):
    participant_id: str
    name: str
    role: Role
    office_id: str
    presence: Literal["on_site", "remote"]
    station_id: str | None
    """The station they are at; what follows is then of its connection."""
    is_connected: bool
    audio: StreamView
    video: StreamView
    quality: Quality | None
    """Of the connection; None to who cannot act on it, and of who has none."""
    arrived_ms: int | None
    attendance_signed_ms: int | None
    identity_checked_ms: int | None
    """When the check that holds was made; None: none does."""
    identity_checked_by: str | None
    """Name of the person who checked."""
    identity_missing: Missing | None
    """Which check is missing; None: theirs holds, or their role has none."""
    identity_asked_ms: int | None
    """Since when a new check is asked for, or the person was not recognised."""
    has_high_sign_in: bool
    """Whether the reader may accept their sign-in in place of a document."""
    contested: ContestedView | None
    """For the organiser; None: nobody tried."""


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


class ClockView(Part):
    """Exactly one of `end_due_ms` (it runs) and `remaining_ms` (it stands still) is given."""

    started_ms: int
    ended_ms: int | None
    runs: bool
    end_due_ms: int | None
    remaining_ms: int | None
    extension_ms: int
    """What outages give, but for what grows now."""
    growing_since_ms: int | None
    """The extension grows by now - this, up to the cap; None: it does not grow."""
    cap_ms: int


class OutageView(Part):
    outage_id: str
    start_ms: int
    end_ms: int | None
    participant_id: str | None
    """Whose stream failed first; None: somebody declared the outage."""
    stream: ev.Streams
    cause: ev.Cause | None
    declared_by: str | None
    side: ev.Side | None
    description: str | None
    findings: dict[str, str]
    """By office: what it saw."""
    provisional_s: int | None
    """Whole seconds it gives unless decided otherwise; None while it is open."""
    most_s: int | None
    """The most that may be granted under the cap now; None while it is open."""
    granted_s: int | None
    reason: str | None


class SittingView(Part):
    sitting_id: str
    state: SittingState
    candidate_id: str
    assistant_id: str | None
    examiner_ids: list[str]
    host_office_id: str
    planned_ms: int
    duration_s: int
    adjustment_s: int
    cap_s: int
    is_attestation_signed: bool
    late_s: int
    forfeited_s: int
    clock: ClockView | None
    outages: dict[str, OutageView]
    pause_reason: str | None
    is_postponement_advised: bool
    postponement_reason: str | None
    agreed_offices: list[str]
    voiding_offices: list[str]
    ending_reason: str | None
    """Why nothing counts of it, where a person gave a reason."""
    has_incident: bool
    remarks: list[str]
    sharer_id: str | None
    """Whose screen is shown to everybody in the sitting."""
    sheet_signed: list[str]
    """Offices that have signed the incident sheet."""
    is_sheet_handed: bool


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
        helps=_helps(session, me, {**seen.people, **stations}),
        duty=duty_view(session, me),
        register_lines=register_view(session, me, seen.people),
        station_tests=station_tests_view(session, me),
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
            person_id: _person(session, me, person_id) for person_id in visible_people(session, me)
        },
        sittings={
            sitting.sitting_id: _sitting(sitting, now_ms)
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
    staff = {Role.ORGANISER, Role.INVIGILATOR, Role.SESSION_MANAGER}
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


def _person(session: Session, me: Participant, participant_id: str) -> PersonView:
    person = session.participants[participant_id]
    station = station_of(session, participant_id)
    media = carried_media(session, participant_id)
    wanted = missing(session, participant_id) if person.role in CHECKED else None
    check = session.checks.get(participant_id) if wanted is None else None
    doubt = session.doubts.get(participant_id)
    checker = session.participants.get(check.checked_by) if check else None
    signed = session.attendance.get(participant_id)
    muted = muted_of(session, carrier(session, participant_id))
    return PersonView(
        participant_id=participant_id,
        name=person.full_name,
        role=person.role,
        office_id=person.office_id,
        presence=person.presence,
        station_id=None if station is None else station.enrolled.station_id,
        is_connected=media.is_connected,
        audio=stream_of(media, "audio", muted),
        video=stream_of(media, "video", muted),
        quality=quality_of(media) if me.role in SEE_QUALITY else None,
        arrived_ms=session.arrivals.get(participant_id),
        attendance_signed_ms=signed[-1].at_ms if signed else None,
        identity_checked_ms=check.at_ms if check else None,
        identity_checked_by=checker.full_name if checker else None,
        identity_missing=wanted,
        identity_asked_ms=doubt.at_ms if doubt else None,
        has_high_sign_in=organises(session, me) and has_high_sign_in(session, participant_id),
        contested=_contested(session, participant_id) if me.role is Role.ORGANISER else None,
    )


def _contested(session: Session, participant_id: str) -> ContestedView | None:
    tried = session.contests.get(participant_id)
    if tried is None:
        return None
    return ContestedView(times=tried.times, what=tried.what, at_ms=tried.at_ms)


def _sitting(sitting: Sitting, now_ms: int) -> SittingView:
    plan = sitting.plan
    is_paused = bool(sitting.pauses) and sitting.pauses[-1].end_ms is None
    return SittingView(
        sitting_id=sitting.sitting_id,
        state=sitting.state,
        candidate_id=plan.candidate_id,
        assistant_id=plan.assistant_id,
        examiner_ids=list(plan.examiner_ids),
        host_office_id=plan.host_office_id,
        planned_ms=plan.planned_ms,
        duration_s=plan.duration_s,
        adjustment_s=plan.adjustment_s,
        cap_s=cap_s(plan.duration_s),
        is_attestation_signed=sitting.attestation is not None,
        late_s=sitting.started.late_s if sitting.started else 0,
        forfeited_s=sitting.started.forfeited_s if sitting.started else 0,
        clock=_clock(sitting, now_ms),
        outages={o.outage_id: _outage(sitting, o, now_ms) for o in sitting.outages},
        pause_reason=sitting.pauses[-1].reason if is_paused else None,
        is_postponement_advised=sitting.is_postponement_advised,
        postponement_reason=sitting.postponement.reason if sitting.postponement else None,
        agreed_offices=sorted(sitting.postponing.offices),
        voiding_offices=sorted(sitting.voiding.offices),
        ending_reason=sitting.ending.reason if sitting.ending else None,
        has_incident=sitting.has_incident,
        remarks=[remarks.text for remarks in sitting.sheet.remarks],
        sharer_id=sitting.sharer_id,
        sheet_signed=sorted(sitting.sheet.signed),
        is_sheet_handed=sitting.sheet.handed_ms is not None,
    )


def _clock(sitting: Sitting, now_ms: int) -> ClockView | None:
    reading = sitting.read_clock(now_ms)
    if reading is None:
        return None
    runs = reading.runs and sitting.ended_ms is None
    is_growing = (
        sitting.state is SittingState.RUNNING
        and bool(sitting.open_outages)
        and reading.extension_ms < reading.cap_ms
    )
    growing_ms = sum(sitting.counted_ms(o, reading.at_ms) for o in sitting.open_outages)
    return ClockView(
        started_ms=reading.started_ms,
        ended_ms=sitting.ended_ms,
        runs=runs,
        end_due_ms=reading.end_due_ms if runs else None,
        remaining_ms=None if runs else reading.remaining_ms,
        extension_ms=reading.extension_ms - (growing_ms if is_growing else 0),
        growing_since_ms=reading.at_ms - growing_ms if is_growing else None,
        cap_ms=reading.cap_ms,
    )


def _outage(sitting: Sitting, outage: Outage, now_ms: int) -> OutageView:
    declaration, is_over = outage.declaration, outage.end_ms is not None
    first = outage.hindrances[0] if outage.hindrances else None
    return OutageView(
        outage_id=outage.outage_id,
        start_ms=outage.start_ms,
        end_ms=outage.end_ms,
        participant_id=first.participant_id if first else None,
        stream=first.stream if first else declaration.stream if declaration else "both",
        cause=first.cause if first else None,
        declared_by=outage.declared_by,
        side=declaration.side if declaration else None,
        description=declaration.description if declaration else None,
        findings={office: finding.text for office, finding in outage.findings.items()},
        provisional_s=provisional_s(sitting, outage, now_ms) if is_over else None,
        most_s=min(
            provisional_s(sitting, outage, now_ms), left_under_cap_s(sitting, outage, now_ms)
        )
        if is_over
        else None,
        granted_s=outage.decision.granted_s if outage.decision else None,
        reason=outage.decision.reason if outage.decision else None,
    )


def _helps(session: Session, me: Participant, seen: Container[str]) -> dict[str, HelpView]:
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
