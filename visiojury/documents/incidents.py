"""The incident sheet (fiche de déclaration d’incident): one sitting, where something happened.

Every field of the annex, in its order; what the record knows is filled in, what people must
add by hand has its space. It is told from the record up to the end of the sitting, so that
it says nothing of the deliberation and does not change afterwards.
Source: instruction DGCS/SD4A/2026/19, annex 3 (requirement D10).
"""

from __future__ import annotations

from collections.abc import Sequence

from visiojury.documents import french
from visiojury.documents.errors import DocumentError
from visiojury.documents.sittings import outage_data, sitting_data
from visiojury.documents.telling import Data, Tale, Times, tale
from visiojury.documents.typesetting import typeset
from visiojury.exam import events as ev
from visiojury.exam.people import Participant, Role
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import SittingState
from visiojury.record.entry import Entry
from visiojury.record.lines import to_lines

_ENDING = (ev.SittingClosed, ev.SittingPostponed, ev.CandidateAbsent)


def incident_sheet(entries: Sequence[Entry], sitting_id: str) -> bytes:
    """Return the incident sheet as PDF/A-3a and PDF/UA-1, the record's extract attached.

    Raises:
        DocumentError: `record_empty`, `sitting_unknown`, `nothing_to_report`,
            `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    extract = up_to_end(entries, sitting_id)
    if not extract:
        raise DocumentError("record_empty")
    told = tale(extract)
    sitting = told.session.sittings.get(sitting_id)
    if sitting is None:
        raise DocumentError("sitting_unknown", sitting_id)
    if not has_incident(sitting):
        raise DocumentError("nothing_to_report", sitting_id)
    return typeset(
        "incident.typ",
        sheet_data(told, sitting),
        record=to_lines(extract),
        at_ms=extract[-1].event.at_ms,
    )


def has_incident(sitting: Sitting) -> bool:
    """Return whether the sitting needs a sheet: an outage, or a postponement for any reason."""
    return bool(sitting.outages) or sitting.state is SittingState.POSTPONED


def up_to_end(entries: Sequence[Entry], sitting_id: str) -> list[Entry]:
    """Return the entries until the sitting had ended; all, while it has not."""
    for position, entry in enumerate(entries, 1):
        if isinstance(entry.event, _ENDING) and entry.event.sitting_id == sitting_id:
            return list(entries[:position])
    return list(entries)


def sheet_data(told: Tale, sitting: Sitting) -> Data:
    """Return what the template of the sheet shows, in the annex's order."""
    session, plan = told.session, sitting.plan
    host = session.office(plan.host_office_id)
    times = told.times(sitting.started_ms or plan.planned_ms, host)
    whole = sitting_data(told, sitting)
    return {
        "is_rehearsal": session.info.purpose == "rehearsal",
        "session_id": session.info.session_id,
        "title": session.info.title,
        "candidate": told.name(plan.candidate_id),
        "sitting_id": sitting.sitting_id,
        "organising_office": told.office_name(session.info.organising_office_id),
        "host_office": host.name,
        "invigilator": _invigilator(told, sitting),
        "diploma": f"{session.info.diploma.title} ({session.info.diploma.code})",
        "date": times.main.date(sitting.started_ms or plan.planned_ms),
        "start": _instant(times, sitting.started_ms),
        "end": _instant(times, sitting.ended_ms),
        "lost": _lost(sitting),
        "address": host.address,
        "outcome": _outcome(sitting),
        "clocks": times.heading,
        "outages": [outage_data(told, sitting, outage, times) for outage in sitting.outages],
        "postponement": whole["postponement"],
        "head": told.entries[-1].digest,
        "entries": french.counted(len(told.entries), "écriture"),
    }


def _instant(times: Times, instant_ms: int | None) -> str | None:
    return None if instant_ms is None else times.sentence(instant_ms)


def _lost(sitting: Sitting) -> str:
    """Return the total length of the outages that have ended."""
    lengths = [o.end_ms - o.start_ms for o in sitting.outages if o.end_ms is not None]
    if not lengths:
        return "aucune défaillance mesurée"
    return f"{french.length(sum(lengths))} ({french.counted(len(lengths), 'défaillance')})"


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
        "family_name": person.family_name.upper(),
        "given_name": person.given_name,
        "office": told.office_name(person.office_id),
    }


def _admitted_by(told: Tale, sitting: Sitting) -> Participant | None:
    for act in told.facts.of_sitting(sitting.sitting_id):
        if isinstance(act.event, ev.CandidateAdmitted) and act.by is not None:
            return told.session.participants.get(act.by)
    return None
