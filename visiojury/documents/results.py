"""After the deliberation: the list of results, and what concerns one host office's candidates.

Source: instruction DGCS/SD4A/2026/19, annex 1 (requirement A1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visiojury.documents import french, words
from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import up_to_last, up_to_seal
from visiojury.documents.sittings import lost_words, outcome_data
from visiojury.documents.telling import Data, Tale, rows, tale
from visiojury.exam import events as ev
from visiojury.exam.sitting import Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState
from visiojury.record.entry import Entry

_UNTOLD = "fixés à la publication"


def results_list(entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> bytes:
    """Return the list of results, as the jury left it when it closed its deliberation.

    Raises:
        DocumentError: `deliberation_unfinished`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    closing = (ev.DeliberationClosed, ev.ResultsPublished)
    if not any(isinstance(entry.event, closing) for entry in entries):
        raise DocumentError("deliberation_unfinished")
    told = tale(up_to_last(entries, lambda event: isinstance(event, closing)))
    return publish(Paper("results", "results.typ", results_data(told)), told, edition)


def extract(entries: Sequence[Entry], office_id: str, edition: Edition = PLAIN_EDITION) -> bytes:
    """Return what a host office is sent of a sealed session: its own candidates, no other.

    Raises:
        DocumentError: `record_unsealed`, `office_unknown`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    up_to_seal(entries)
    told = tale(up_to_last(entries, lambda event: _is_of_extract(event, office_id)))
    if office_id not in host_offices(told.session):
        raise DocumentError("office_unknown", office_id)
    paper = Paper(f"extract-{office_id}", "extract.typ", extract_data(told, office_id))
    return publish(paper, told, edition)


def _is_of_extract(event: ev.Event, office_id: str) -> bool:
    is_sending = isinstance(event, ev.ExtractSent) and event.office_id == office_id
    return is_sending or isinstance(event, ev.RecordSealed)


def host_offices(session: Session) -> list[str]:
    return list(dict.fromkeys(s.plan.host_office_id for s in session.sittings.values()))


def results_data(told: Tale) -> Data:
    session = told.session
    last: dict[str, Sitting] = {s.plan.candidate_id: s for s in session.sittings.values()}
    published = next(
        (e.event for e in reversed(told.entries) if isinstance(e.event, ev.ResultsPublished)), None
    )
    closed_ms = session.deliberation.closed_ms
    due_ms, place = session.info.results_ms, session.info.results_place
    if published is not None:
        due_ms, place = published.at_ms, published.place
    facts = [
        ("Diplôme", told.diploma),
        ("Voie d’accès", words.ROUTES[session.info.route]),
        ("Délibération du jury", None if closed_ms is None else f"le {told.clock.date(closed_ms)}"),
        ("Publication", _UNTOLD if due_ms is None else f"le {told.clock.date(due_ms)}"),
        ("Lieu de publication", place or _UNTOLD),
    ]
    return {
        "facts": rows(facts),
        "rows": [
            outcome_data(told, sitting) | {"office": told.office_name(sitting.plan.host_office_id)}
            for sitting in sorted(last.values(), key=lambda s: told.sort_key(s.plan.candidate_id))
        ],
    }


def extract_data(told: Tale, office_id: str) -> Data:
    session = told.session
    office = session.office(office_id)
    sittings = [s for s in session.sittings.values() if s.plan.host_office_id == office_id]
    last: dict[str, Sitting] = {s.plan.candidate_id: s for s in sittings}
    sent = [
        e.event
        for e in told.entries
        if isinstance(e.event, ev.ExtractSent) and e.event.office_id == office_id
    ]
    facts = [
        ("Service destinataire", f"{office.name}, {office.address}"),
        ("Service organisateur", told.office_name(session.info.organising_office_id)),
        ("Diplôme", told.diploma),
        ("Candidats du service", french.counted(len(last), "candidat")),
        *[("Transmis le", told.clock.date(event.at_ms)) for event in sent[-1:]],
    ]
    return {
        "office": office.name,
        "facts": rows(facts),
        "rows": [outcome_data(told, sitting) for sitting in last.values()],
        "incidents": list(_incidents(told, sittings)),
        "files": [_file(file) for event in sent for file in event.files],
    }


def _incidents(told: Tale, sittings: Iterable[Sitting]) -> Iterable[str]:
    for sitting in sittings:
        if sitting.outages:
            yield f"{told.name(sitting.plan.candidate_id)} : {lost_words(sitting)}"
        if sitting.state is SittingState.POSTPONED:
            yield f"{told.name(sitting.plan.candidate_id)} : épreuve reportée"


def _file(file: ev.AttachedFile) -> Data:
    return {
        "name": file.name,
        "size": french.counted(file.size_bytes, "octet"),
        "sha256": file.sha256,
    }
