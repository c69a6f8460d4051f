"""The minutes (procès-verbal): what a session was, from its sealed record alone.

Source: requirement J7; instruction DGCS/SD4A/2026/19, II.2 (members present physically or at
a distance, technical incidents that disturbed the conference).
"""

from __future__ import annotations

from collections.abc import Sequence

from visiojury.documents import french, proceedings, words
from visiojury.documents.french import NBSP
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import up_to_seal
from visiojury.documents.sittings import (
    incident_data,
    interruptions,
    outcome_data,
    quiet_incidents,
    sitting_data,
)
from visiojury.documents.telling import Data, Tale, Times, rows, tale
from visiojury.exam import events as ev
from visiojury.exam.people import JURY, Participant, Role
from visiojury.record.entry import Entry
from visiojury.record.seal import thumbprint

AGENTS = (Role.ORGANISER, Role.SESSION_MANAGER, Role.INVIGILATOR, Role.TECHNICIAN)


def minutes(entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> bytes:
    """Return the minutes as PDF/A-3a and PDF/UA-1, the record attached.

    The same entries give the same bytes. Entries after the seal are left out.

    Raises:
        DocumentError: `record_unsealed`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    sealed = up_to_seal(entries)
    seal = sealed[-1].event
    assert isinstance(seal, ev.RecordSealed)
    told = tale(sealed)
    paper = Paper("minutes", "minutes.typ", minutes_data(told, seal), with_record=True)
    return publish(paper, told, edition)


def minutes_data(told: Tale, seal: ev.RecordSealed) -> Data:
    """Return what the template of the minutes shows."""
    session = told.session
    opened_ms = session.deliberation.opened_ms
    times = told.times(seal.at_ms if opened_ms is None else opened_ms)
    return {
        "clocks": times.heading,
        "session": _session(told),
        "life": proceedings.life(told, times),
        "agents": [_agent(told, person, times) for person in _people(told, *AGENTS)],
        "jury": [_member(told, person, times) for person in session.jury()],
        "sittings": [sitting_data(told, sitting) for sitting in session.sittings.values()],
        "incidents": _incidents(told, times),
        "services": _services(told, times),
        "helps": _helps(told, times),
        "deliberation": _deliberation(told, times),
        "decisions": [_decision(told, sitting_id, times) for sitting_id in session.sittings],
        "signatures": _signatures(told),
        "record": _record(told, seal, times),
    }


def _people(told: Tale, *roles: Role) -> list[Participant]:
    everyone = told.session.participants.values()
    return [person for role in roles for person in everyone if person.role is role]


def _session(told: Tale) -> list[Data]:
    session, info = told.session, told.session.info
    organiser = session.organising_office
    hosts = dict.fromkeys(s.plan.host_office_id for s in session.sittings.values())
    facts = [
        ("Diplôme", told.diploma),
        ("Voie d’accès", words.ROUTES[info.route]),
        ("Service organisateur", f"{organiser.name}, {organiser.address}"),
    ]
    for office_id in hosts:
        office = session.office(office_id)
        facts.append(("Service de domiciliation", f"{office.name}, {office.address}"))
    count = french.counted(len(session.sittings), "épreuve")
    facts.append(("Épreuves", f"{count} en visioconférence"))
    facts.append(("Référence du registre", info.session_id))
    return rows(facts)


def _agent(told: Tale, person: Participant, times: Times) -> Data:
    return {
        "name": told.name(person.participant_id),
        "role": words.ROLES[person.role],
        "office": told.office_name(person.office_id),
        "authentication": _authentication(told, person.participant_id),
        "turns": proceedings.turns(told, person.participant_id, times),
    }


def _authentication(told: Tale, participant_id: str) -> str:
    code = told.facts.authentication.get(participant_id)
    return "—" if code is None else words.authentication(code)


def _member(told: Tale, person: Participant, times: Times) -> Data:
    """Return a member of the jury: how identified, and each interval of presence (J1, J4)."""
    intervals = [
        {
            "how": words.ATTENDANCE[interval.attendance]
            + ("" if interval.place is None else f" ({interval.place})"),
            "start": times.cell(interval.start_ms),
            "end": times.cell(interval.end_ms),
        }
        for interval in told.session.deliberation.intervals
        if interval.participant_id == person.participant_id
    ]
    return {
        "name": told.name(person.participant_id),
        "role": words.ROLES[person.role],
        "identity": _identity(told, person.participant_id, times),
        "authentication": _authentication(told, person.participant_id),
        "intervals": intervals,
    }


def _identity(told: Tale, participant_id: str, times: Times) -> Data:
    check = told.session.checks.get(participant_id)
    if check is None:
        return {"document": "non contrôlée", "by": "—", "at": "—"}
    return {
        "document": words.shown(check),
        "by": told.name(check.checked_by),
        "at": times.sentence(check.at_ms),
    }


def _incidents(told: Tale, times: Times) -> list[Data]:
    """Return the interruptions that stopped nothing, of sittings and of the deliberation."""
    found = [
        i for sitting in told.session.sittings.values() for i in quiet_incidents(told, sitting)
    ]
    deliberation = told.session.deliberation
    if deliberation.opened_ms is not None and deliberation.closed_ms is not None:
        members = {person.participant_id for person in told.session.jury()}
        found += interruptions(told, members, deliberation.opened_ms, deliberation.closed_ms)
    return [incident_data(told, incident, times) for incident in found]


def _services(told: Tale, times: Times) -> list[Data]:
    return [
        {
            "part": words.PARTS[event.part],
            "start": times.cell(event.at_ms, precise=True),
            "end": times.cell(event.resumed_ms, precise=True),
            "length": french.length(event.resumed_ms - event.at_ms),
        }
        for event in told.session.interruptions
    ]


def _helps(told: Tale, times: Times) -> list[Data]:
    return [
        {
            "who": told.side(call.call.participant_id),
            "called": times.cell(call.call.at_ms),
            "answered": times.cell(call.answered_ms),
            "by": told.name(call.answered_by),
            "after": "sans réponse"
            if call.answered_ms is None
            else french.length(call.answered_ms - call.call.at_ms),
        }
        for call in told.facts.helps.values()
    ]


def _deliberation(told: Tale, times: Times) -> Data | None:
    deliberation = told.session.deliberation
    if deliberation.opened_ms is None or deliberation.closed_ms is None:
        return None
    present = [
        interval.attendance
        for interval in deliberation.intervals
        if interval.end_ms == deliberation.closed_ms
    ]
    on_site, remote = present.count("on_site"), present.count("remote")
    return {
        "date": times.day,
        "opened": times.sentence(deliberation.opened_ms),
        "closed": times.sentence(deliberation.closed_ms),
        "acts": proceedings.deliberation(told, times),
        "present": f"{french.counted(on_site, 'membre')} sur place,"
        f" {french.counted(remote, 'membre')} à distance",
    }


def _decision(told: Tale, sitting_id: str, times: Times) -> Data:
    sitting = told.session.sitting(sitting_id)
    decision = told.session.deliberation.decisions.get(sitting.plan.candidate_id)
    adopted = None if decision is None else decision.adopted
    if adopted is None:
        return outcome_data(told, sitting) | {"votes": "—", "at": times.cell(None)}
    votes = (
        french.counted(adopted.votes_for, "voix", "voix") + " pour",
        french.counted(adopted.votes_against, "voix", "voix") + " contre",
        french.counted(adopted.abstentions, "abstention"),
    )
    return outcome_data(told, sitting) | {
        "votes": ", ".join(votes),
        "at": times.cell(adopted.at_ms),
    }


def _signatures(told: Tale) -> list[Data]:
    """Return who signs: the members present, then who answers for the session (J8)."""
    deliberation = told.session.deliberation
    present = [
        interval.participant_id
        for interval in deliberation.intervals
        if interval.end_ms == deliberation.closed_ms and interval.attendance != "absent"
    ]
    signing = [p for p in told.session.jury() if p.participant_id in present]
    signing.sort(key=lambda person: person.role is not Role.CHAIR)
    signing += _people(told, Role.SESSION_MANAGER) or _people(told, Role.ORGANISER)
    return [
        {
            "name": told.name(person.participant_id),
            "role": words.ROLES[person.role],
            "is_jury": person.role in JURY,
        }
        for person in signing
    ]


def _record(told: Tale, seal: ev.RecordSealed, times: Times) -> Data:
    return {
        "entries": french.counted(len(told.entries), "écriture"),
        "head": seal.head,
        "head_seq": french.number(len(told.entries) - 1),
        "digest": told.entries[-1].digest,
        "signature": seal.signature,
        "thumbprint": thumbprint(seal.public_key),
        "sealed": f"le{NBSP}{times.main.date(seal.at_ms)} à {times.main.time(seal.at_ms)},"
        f" {times.main.whose}",
    }
