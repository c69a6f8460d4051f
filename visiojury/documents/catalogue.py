"""Every document by its name: which there are, and how each is made.

A name is a kind, and what it is about: `minutes`, `results`, `signatures`, `convocation-<sitting>`,
`attestation-<sitting>`, `incident-<sitting>`, `attendance-<office>-<day>`, `extract-<office>`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from visiojury.documents.attendance import attendance_sheet, sheets_of
from visiojury.documents.attestations import attestation
from visiojury.documents.convocations import convocation
from visiojury.documents.endorsements import has_endorsements, signature_sheet
from visiojury.documents.errors import DocumentError
from visiojury.documents.incidents import incident_sheet
from visiojury.documents.minutes import minutes
from visiojury.documents.paper import PLAIN_EDITION, Edition
from visiojury.documents.results import extract, host_offices, results_list
from visiojury.exam.state import Session
from visiojury.record.entry import Entry


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document."""

    title: str
    """French, as a person reads it in a list."""
    subjects: Callable[[Session], Iterable[str]]
    """What there is one about, as the session stands; the empty string: the session itself."""
    make: Callable[[Sequence[Entry], str, Edition], bytes]


KINDS: dict[str, Kind] = {
    "convocation": Kind("Convocation", lambda session: session.sittings, convocation),
    "attendance": Kind("Feuille d’émargement", sheets_of, attendance_sheet),
    "attestation": Kind("Attestation du candidat", lambda session: session.sittings, attestation),
    "incident": Kind(
        "Fiche de déclaration d’incident",
        lambda session: [
            sitting.sitting_id
            for sitting in session.sittings.values()
            if sitting.has_incident and sitting.ended_ms is not None
        ],
        incident_sheet,
    ),
    "minutes": Kind(
        "Procès-verbal",
        lambda session: [""] if session.seal is not None else [],
        lambda entries, _, edition: minutes(entries, edition),
    ),
    "results": Kind(
        "Liste des résultats",
        lambda session: [""] if session.deliberation.closed_ms is not None else [],
        lambda entries, _, edition: results_list(entries, edition),
    ),
    "signatures": Kind(
        "Signatures du procès-verbal",
        lambda session: [""] if has_endorsements(session) else [],
        lambda entries, _, edition: signature_sheet(entries, edition),
    ),
    "extract": Kind(
        "Extrait pour le service de domiciliation",
        lambda session: host_offices(session) if session.seal is not None else [],
        extract,
    ),
}


def names(session: Session, kinds: Container[str] = KINDS) -> list[str]:
    """Return the documents of these kinds that can be made of a session as it stands."""
    return [
        f"{kind}-{subject}" if subject else kind
        for kind, of in KINDS.items()
        if kind in kinds
        for subject in of.subjects(session)
    ]


def kind_of(name: str) -> tuple[str, str]:
    """Return the kind and the subject that a name says.

    Raises:
        DocumentError: `document_unknown`.
    """
    kind, _, subject = name.partition("-")
    if kind not in KINDS:
        raise DocumentError("document_unknown", name)
    return kind, subject


def title_of(name: str) -> str:
    """Return the French title of a document's kind.

    Raises:
        DocumentError: `document_unknown`.
    """
    return KINDS[kind_of(name)[0]].title


def make(name: str, entries: Sequence[Entry], edition: Edition = PLAIN_EDITION) -> bytes:
    """Return a document from the entries of a session; the same input gives the same bytes.

    Raises:
        DocumentError: `document_unknown`, or what the document's own module says.
        FoldError: the entries are not a session's.
    """
    kind, subject = kind_of(name)
    return KINDS[kind].make(entries, subject, edition)
