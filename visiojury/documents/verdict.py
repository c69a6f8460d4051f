"""The outcome of a check, in words for whoever asked. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visiojury.documents import french
from visiojury.record.findings import Report

Kind = Literal[
    "database",
    "record",
    "archive",
    "appeal",
    "minutes",
    "incident",
    "convocation",
    "attendance",
    "attestation",
    "results",
    "extract",
    "signatures",
    "unknown",
]
Code = Literal[
    "unknown_file",
    "file_unreadable",
    "file_too_large",
    "file_missing",
    "file_unexpected",
    "file_changed",
    "document_changed",
    "document_version",
    "record_not_given",
    "record_unsealed",
    "minutes_not_signed",
]

KINDS: dict[Kind, str] = {
    "database": "base de données des registres",
    "record": "registre",
    "archive": "archive de session",
    "appeal": "dossier complet d’un candidat",
    "minutes": "procès-verbal",
    "incident": "fiche d’incident",
    "convocation": "convocation",
    "attendance": "feuille d’émargement",
    "attestation": "attestation",
    "results": "liste des résultats",
    "extract": "extrait pour le service de domiciliation",
    "signatures": "signatures du procès-verbal",
    "unknown": "fichier inconnu",
}
_UNREADABLE: frozenset[Code] = frozenset({"unknown_file", "file_unreadable", "file_too_large"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the file, besides what the records' reports say."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    kind: Kind
    reports: tuple[Report, ...] = ()
    problems: tuple[Problem, ...] = ()
    signer: str | None = None
    """Whose certificate signed the file, as it says of itself; None: it is not signed."""

    @property
    def is_unreadable(self) -> bool:
        """Return whether the file could not be checked at all: it is not one of ours."""
        return any(problem.code in _UNREADABLE for problem in self.problems)

    @property
    def holds(self) -> bool:
        return not self.problems and all(report.is_intact for report in self.reports)

    def text(self) -> str:
        """Return the verdict in French, what is wrong first, one fact a line."""
        kind = KINDS[self.kind]
        lines = [f"{kind[0].upper()}{kind[1:]}"]
        lines += [f"  ✗ {problem.message}" for problem in self.problems]
        for report in self.reports:
            lines += _report_lines(report)
        if self.kind == "database" and not self.reports and not self.problems:
            lines.append("  Aucune session.")
        if self.signer is not None:
            lines.append(f"  · Signature électronique intacte, au nom de : {self.signer}")
            lines.append("    La confiance à accorder à ce certificat est à contrôler à part.")
        lines.append(self._conclusion())
        return "\n".join(lines)

    def _conclusion(self) -> str:
        if self.holds:
            return "Vérifié : rien n’a été modifié."
        if self.is_unreadable:
            return "Non vérifié : ce fichier n’a pas pu être contrôlé."
        if {problem.code for problem in self.problems} == {"document_version"}:
            return "Vérifié en partie : registre intact, mise en page non comparable."
        if {problem.code for problem in self.problems} == {"record_not_given"}:
            return "Vérifié en partie : pages intactes, registre à comparer."
        if {problem.code for problem in self.problems} == {"minutes_not_signed"}:
            return "Vérifié en partie : rien n’a été modifié, mais d’autres octets ont été signés."
        return "NON CONFORME."


def _report_lines(report: Report) -> list[str]:
    sealed = "scellée" if report.is_sealed else "non scellée"
    count = french.counted(report.entries, "écriture")
    lines = [f"  Session {report.session_id or '(inconnue)'} : {count}, {sealed}"]
    lines += [f"  {'✗' if found.is_error else '·'} {found.message}" for found in report.findings]
    if report.is_sealed and report.key_thumbprint:
        lines.append(f"    Clé du scellé : {report.key_thumbprint}")
        lines.append("    À comparer à celle que publie le service organisateur.")
    return lines
