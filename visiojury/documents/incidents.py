"""The incident sheet (fiche de déclaration d’incident): one sitting, where something happened.

Every field of the annex, in its order; what the record knows is filled in, what people must
add by hand has its space. It is told from the record up to the last act on the sitting, so
that it says nothing of the deliberation and does not change afterwards.
Source: instruction DGCS/SD4A/2026/19, annex 3 (requirement D10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from visiojury.documents import words
from visiojury.documents.errors import DocumentError
from visiojury.documents.french import NBSP
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import up_to_end
from visiojury.documents.sittings import lost_words, outage_data, sitting_data
from visiojury.documents.telling import Data, Tale, Times, capitals, tale
from visiojury.exam import events as ev
from visiojury.exam.people import Participant, Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import SittingState
from visiojury.record.entry import Entry


def incident_sheet(
    entries: Sequence[Entry], sitting_id: str, edition: Edition = PLAIN_EDITION
) -> bytes:
    """Return the incident sheet as PDF/A-3a and PDF/UA-1.

    Raises:
        DocumentError: `record_empty`, `sitting_unknown`, `nothing_to_report`,
            `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    if not entries:
        raise DocumentError("record_empty")
    extract = up_to_end(entries, sitting_id)
    if not extract:
        raise DocumentError("sitting_unknown", sitting_id)
    told = tale(extract)
    sitting = told.session.sitting(sitting_id)
    if not sitting.has_incident:
        raise DocumentError("nothing_to_report", sitting_id)
    paper = Paper(f"incident-{sitting_id}", "incident.typ", sheet_data(told, sitting))
    return publish(paper, told, edition)


def sheet_data(told: Tale, sitting: Sitting) -> Data:
    """Return what the template of the sheet shows, in the annex's order."""
    session, plan = told.session, sitting.plan
    host = session.office(plan.host_office_id)
    times = told.times(sitting.started_ms or plan.planned_ms, host)
    whole = sitting_data(told, sitting)
    return {
        "candidate": told.name(plan.candidate_id),
        "sitting_id": sitting.sitting_id,
        "host_office": host.name,
        "invigilator": _invigilator(told, sitting),
        "diploma": told.diploma,
        "date": times.main.date(sitting.started_ms or plan.planned_ms),
        "start": _instant(times, sitting.started_ms),
        "end": _instant(times, sitting.ended_ms),
        "lost": lost_words(sitting),
        "address": host.address,
        "outcome": _outcome(sitting),
        "clocks": times.heading,
        "outages": [outage_data(told, sitting, outage, times) for outage in sitting.outages],
        "postponement": whole["postponement"],
        "timeline": whole["timeline"],
        "findings": list(_findings(told, sitting)),
        "remarks": [remarks.text for remarks in sitting.sheet.remarks],
        "signatures": {
            "host": _signed(told, sitting, plan.host_office_id, times),
            "organiser": _signed(told, sitting, session.info.organising_office_id, times),
        },
        "handed": _instant(times, sitting.sheet.handed_ms),
    }


def _findings(told: Tale, sitting: Sitting) -> Iterator[str]:
    """Return what each office saw of each outage, in its own words (D7)."""
    for number, outage in enumerate(sitting.outages, 1):
        for office_id, finding in outage.findings.items():
            yield f"Défaillance {number}, {told.office_name(office_id)}{NBSP}: {finding.text}"


def _signed(told: Tale, sitting: Sitting, office_id: str, times: Times) -> str | None:
    """Return how and when an office signed the sheet, and by whom; None: not yet."""
    signed = sitting.sheet.signed.get(office_id)
    if signed is None:
        return None
    act = next(a for a in told.facts.of_sitting(sitting.sitting_id) if a.event is signed)
    means = words.MEANS[signed.means]
    return f"Signée {means} par {told.name(act.by)}, {times.sentence(signed.at_ms)}"


def _instant(times: Times, instant_ms: int | None) -> str | None:
    return None if instant_ms is None else times.sentence(instant_ms)


def _outcome(sitting: Sitting) -> str | None:
    """Return `continued` or `postponed` once it is known."""
    return {SittingState.CLOSED: "continued", SittingState.POSTPONED: "postponed"}.get(
        sitting.state
    )


def _invigilator(told: Tale, sitting: Sitting) -> Data:
    """Return who watched the sitting: who admitted the candidate, else the host office's first."""
    person = _admitted_by(told, sitting) or next(
        (
            person
            for person in told.session.participants.values()
            if person.role is Role.INVIGILATOR and person.office_id == sitting.plan.host_office_id
        ),
        None,
    )
    if person is None:
        return {"family_name": None, "given_name": None, "office": None}
    return {
        "family_name": capitals(person.family_name),
        "given_name": person.given_name,
        "office": told.office_name(person.office_id),
    }


def _admitted_by(told: Tale, sitting: Sitting) -> Participant | None:
    for act in told.facts.of_sitting(sitting.sitting_id):
        if isinstance(act.event, ev.CandidateAdmitted) and act.by is not None:
            return told.session.participants.get(act.by)
    return None
