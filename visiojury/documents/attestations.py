"""The attestation that a candidate signs before the sitting.

Every field of the annex, in its order; what the record does not hold has a line to write on.
Source: instruction DGCS/SD4A/2026/19, annex 2 (requirement D1).
"""

from __future__ import annotations

from collections.abc import Sequence

from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import PLAIN_EDITION, Edition, Paper, publish
from visiojury.documents.selection import PLANNING, up_to_last
from visiojury.documents.telling import Data, Tale, capitals, rows, tale
from visiojury.exam import events as ev
from visiojury.exam.sitting import Sitting
from visiojury.record.entry import Entry


def attestation(
    entries: Sequence[Entry], sitting_id: str, edition: Edition = PLAIN_EDITION
) -> bytes:
    """Return the attestation of a sitting's candidate, to be signed or as it was signed.

    Raises:
        DocumentError: `record_empty`, `sitting_unknown`, `time_zone_unknown`.
        FoldError: the entries are not a session's.
    """

    def concerns(event: ev.Event) -> bool:
        is_signature = isinstance(event, ev.AttestationSigned) and event.sitting_id == sitting_id
        return is_signature or isinstance(event, PLANNING)

    told = tale(up_to_last(entries, concerns))
    sitting = told.session.sittings.get(sitting_id)
    if sitting is None:
        raise DocumentError("sitting_unknown", sitting_id)
    paper = Paper(f"attestation-{sitting_id}", "attestation.typ", attestation_data(told, sitting))
    return publish(paper, told, edition)


def attestation_data(told: Tale, sitting: Sitting) -> Data:
    session, plan = told.session, sitting.plan
    host = session.office(plan.host_office_id)
    times = told.local_times(plan.planned_ms, host)
    person = session.participant(plan.candidate_id)
    return {
        "candidate": told.name(plan.candidate_id),
        "host_office": host.name,
        "date": times.day,
        "exam": rows(
            [
                ("Diplôme", told.diploma),
                ("Date de l’épreuve", times.planned(plan.planned_ms)),
                ("DREETS organisatrice", told.office_name(session.info.organising_office_id)),
                ("DREETS de domiciliation", host.name),
                ("Organisme où se déroule l’épreuve, s’il y a lieu", None),
                ("Adresse du lieu de l’épreuve", host.address),
            ]
        ),
        "person": rows(
            [
                ("Nom de naissance du candidat", None),
                ("Nom d’usage", capitals(person.family_name)),
                ("Prénoms", person.given_name),
                ("Date de naissance", None),
                ("Adresse", None),
            ]
        ),
        "signer": told.name(plan.candidate_id),
        "born": None,
        "signed": _signed(told, sitting),
    }


def _signed(told: Tale, sitting: Sitting) -> str | None:
    """Return when the candidate signed and before whom; None: not yet."""
    for act in told.facts.of_sitting(sitting.sitting_id):
        if isinstance(act.event, ev.AttestationSigned):
            host = told.session.office(sitting.plan.host_office_id)
            times = told.local_times(act.event.at_ms, host)
            when = f"le {times.day} à {times.sentence(act.event.at_ms)}"
            return f"Signée {when}, en présence de {told.name(act.by)}."
    return None
