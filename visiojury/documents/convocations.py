"""The convocation of one candidate: by video, when, where, with whom, and where results appear.

Every hour is first the one of the place where the candidate comes.
Source: instruction DGCS/SD4A/2026/19, annex 1 (requirement B2).
"""

from __future__ import annotations

from collections.abc import Sequence

from visiojury.documents import french, words
from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import PLANNING, up_to_last
from visiojury.documents.telling import Data, Tale, rows, tale
from visiojury.exam.people import Office
from visiojury.exam.sitting import Sitting
from visiojury.record.entry import Entry

CALLED_BEFORE_MS = 30 * 60 * 1000
"""How long before the sitting the candidate is called, at least (B2)."""
_UNTOLD = "communiqué par le service organisateur"


def convocation(
    entries: Sequence[Entry], sitting_id: str, edition: Edition = PLAIN_EDITION
) -> bytes:
    """Return the convocation to a sitting, as it was last planned.

    Raises:
        DocumentError: `record_empty`, `sitting_unknown`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """
    told = tale(up_to_last(entries, lambda event: isinstance(event, PLANNING)))
    sitting = told.session.sittings.get(sitting_id)
    if sitting is None:
        raise DocumentError("sitting_unknown", sitting_id)
    paper = Paper(f"convocation-{sitting_id}", "convocation.typ", convocation_data(told, sitting))
    return publish(paper, told, edition)


def convocation_data(told: Tale, sitting: Sitting) -> Data:
    session, plan = told.session, sitting.plan
    host = session.office(plan.host_office_id)
    times = told.local_times(plan.planned_ms, host)
    info = session.info
    adjustment = f"{french.seconds(plan.adjustment_s)}, sur prescription médicale"
    exam = [
        ("Diplôme", told.diploma),
        ("Voie d’accès", words.ROUTES[session.info.route]),
        ("Convocation", times.planned(plan.planned_ms - CALLED_BEFORE_MS)),
        ("Début de l’épreuve", times.planned(plan.planned_ms)),
        ("Durée", french.seconds(plan.duration_s)),
        *([("Temps majoré", adjustment)] if plan.adjustment_s else []),
        ("Forme", "entretien avec le jury, en visioconférence"),
    ]
    return {
        "candidate": told.name(plan.candidate_id),
        "address": None,
        "date": times.day,
        "exam": rows(exam),
        "place": rows(
            [
                ("Service", host.name),
                ("Adresse", host.address),
                *([("Salle", plan.room)] if plan.room is not None else []),
            ]
        ),
        "has_assistant": plan.assistant_id is not None,
        "results": rows(
            [
                ("Date", _UNTOLD if info.results_ms is None else told.clock.date(info.results_ms)),
                ("Adresse internet", info.results_place or _UNTOLD),
            ]
        ),
        "contacts": rows(_contact(office) for office in _offices(told, host)),
    }


def _offices(told: Tale, host: Office) -> list[Office]:
    """Return whom the candidate may call: the host first, which remains their contact."""
    organiser = told.session.organising_office
    return [host] if host == organiser else [host, organiser]


def _contact(office: Office) -> tuple[str, str]:
    return office.name, office.contact
