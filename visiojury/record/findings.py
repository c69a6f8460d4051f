"""What a check of a record found, in words for the person who asked. Values only.

Who checks a record is an agent, a lawyer or a court: the messages are French.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "entry_changed",
    "entry_missing",
    "entry_moved",
    "entry_duplicated",
    "entry_foreign",
    "entry_unreadable",
    "entry_inconsistent",
    "tail_added",
    "tail_after_seal",
    "seal_invalid",
    "seal_missing",
    "seal_key_unexpected",
    "timestamp_invalid",
    "signature_invalid",
    "entry_unproved",
]

MESSAGES: dict[Code, str] = {
    "entry_changed": "L’écriture n° {seq} a été modifiée après coup{detail}.",
    "entry_missing": "L’écriture n° {seq} manque{detail}.",
    "entry_moved": "L’écriture n° {seq} n’est pas à sa place{detail}.",
    "entry_duplicated": "L’écriture n° {seq} figure plusieurs fois{detail}.",
    "entry_foreign": "L’écriture à la place n° {seq} n’appartient pas à cette session{detail}.",
    "entry_unreadable": "L’écriture n° {seq} est illisible ({detail}).",
    "entry_inconsistent": "L’écriture n° {seq} contredit celles qui la précèdent{detail}.",
    "tail_added": "L’écriture n° {seq} a été ajoutée sans passer par le service{detail}.",
    "tail_after_seal": "L’écriture n° {seq} a été ajoutée après le scellé{detail}.",
    "seal_invalid": "Le scellé, écriture n° {seq}, n’est pas valable{detail}.",
    "seal_missing": "Le registre n’est pas scellé{detail}.",
    "seal_key_unexpected": "Le scellé, écriture n° {seq}, vient d’une clé inattendue{detail}.",
    "timestamp_invalid": "L’horodatage, écriture n° {seq}, n’est pas valable{detail}.",
    "entry_unproved": "Rien ne prouve que l’écriture n° {seq} soit sous le scellé{detail}.",
    "signature_invalid": "La signature, écriture n° {seq}, ne tient pas{detail}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or for `is_error` false, worth knowing."""

    seq: int | None
    code: Code
    message: str
    is_error: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The check of one session's record."""

    session_id: str
    entries: int
    is_sealed: bool
    findings: tuple[Finding, ...]
    head: str | None = None
    """Digest of the last entry read; None for an empty record."""
    key_thumbprint: str | None = None
    """RFC 7638 thumbprint of the key that made the seal."""

    @property
    def is_intact(self) -> bool:
        return not any(finding.is_error for finding in self.findings)


def finding(code: Code, seq: int | None, detail: str = "", *, is_error: bool = True) -> Finding:
    """Return a finding with its message; `detail` is French and continues the sentence."""
    message = MESSAGES[code].format(seq=seq, detail=detail)
    return Finding(seq=seq, code=code, message=message, is_error=is_error)
