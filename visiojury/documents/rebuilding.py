"""Check a PDF of ours: make it again from what it carries, and compare byte by byte.

A document proves itself: the record attached to it is checked, the document is made again
from it, and both are compared. So a page that was altered shows, even with its attachments
intact. One that carries its data only is compared with these, and with a record if one is
given. What is read comes from anybody: nothing raises.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pypdf
import typst
from pydantic import BaseModel, ConfigDict, ValidationError

from visiojury.documents import catalogue
from visiojury.documents.countersigning import signer_of
from visiojury.documents.errors import DocumentError
from visiojury.documents.house import PLAIN, TEMPLATES, VERSION, House
from visiojury.documents.paper import PLAIN_EDITION, Edition, short_code
from visiojury.documents.typesetting import RECORD, STATEMENT, typeset
from visiojury.documents.verdict import KINDS, Kind, Problem, Verdict
from visiojury.exam.errors import ExamError
from visiojury.record.entry import Entry
from visiojury.record.lines import check_lines

_TEMPLATES = frozenset(path.name for path in TEMPLATES.glob("*.typ"))
# What telling a record may raise that is chained correctly but was never a session's.
UNTELLABLE = (
    ArithmeticError,
    AssertionError,
    DocumentError,
    ExamError,
    LookupError,
    RuntimeError,
    StopIteration,
    ValueError,
)


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    origin: str | None


class _Statement(BaseModel):
    """What a PDF says of itself: nothing here is believed before it was compared."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document: str
    session_id: str
    entries: int
    head: str
    at_ms: int
    values: _Values
    template: str | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Document:
    statement: _Statement
    raw_statement: bytes
    record: bytes | None
    version: str
    house: House = PLAIN
    """What it is made again with."""

    @property
    def kind(self) -> Kind:
        kind = self.statement.document.partition("-")[0]
        return cast("Kind", kind) if kind in catalogue.KINDS else "unknown"

    @property
    def edition(self) -> Edition:
        return Edition(self.statement.values.origin, self.house)


def verify_document(content: bytes, record: bytes | None = None, house: House = PLAIN) -> Verdict:
    """Compare a document with what it is made of: with the record, where one is at hand."""
    try:
        document = _read_document(content)
    except _ForeignError:
        message = (
            f"PDF sans pièce jointe {STATEMENT} lisible : ce n’est pas un document de VisioJury."
        )
        return Verdict(kind="unknown", problems=(Problem(code="unknown_file", message=message),))
    if document is None:
        message = "PDF endommagé ou incomplet : il ne se lit pas."
        return Verdict(kind="unknown", problems=(Problem(code="file_unreadable", message=message),))
    document = replace(document, house=house)
    source = document.record or record
    if source is None:
        return _verify_alone(content, document)
    report, entries = check_lines(source)
    verdict = Verdict(kind=document.kind, reports=(report,))
    return (
        verdict
        if not report.is_intact
        else _compared(verdict, content, _made_again(document, entries), document)
    )


def _verify_alone(content: bytes, document: _Document) -> Verdict:
    """Compare pages with the data attached; whether these are the record's, the record says."""
    statement = document.statement
    problem = Problem(
        code="record_not_given",
        message="Les pages sont bien celles des données jointes. Pour savoir si ces données"
        f" viennent du registre de la session {statement.session_id}, donnez-le avec"
        f" --record, ou comparez le code de contrôle {short_code(statement.head)} à celui"
        " que donne le service organisateur.",
    )
    verdict = Verdict(kind=document.kind, problems=(problem,))
    return _compared(verdict, content, _set_again(document), document)


def _compared(verdict: Verdict, content: bytes, due: bytes | None, document: _Document) -> Verdict:
    """Return the verdict on a file that should be `due`, with a signature after it or without."""
    if content == due:
        return verdict
    signer = None if due is None else signer_of(content, due)
    if signer is not None:
        return replace(verdict, signer=signer)
    return replace(
        verdict, problems=(differs(_subject(verdict.kind), document.version, house=document.house),)
    )


def _made_again(document: _Document, entries: Sequence[Entry]) -> bytes | None:
    """Return the document that the record gives; None: it gives none of that name."""
    told = entries[: document.statement.entries]
    try:
        return catalogue.make(document.statement.document, told, document.edition)
    except UNTELLABLE:
        return None


def _set_again(document: _Document) -> bytes | None:
    """Return the document that its own data give; None: they are not a document's."""
    statement = document.statement
    if statement.data is None or statement.template not in _TEMPLATES:
        return None
    try:
        return typeset(
            statement.template,
            statement.data,
            statement=document.raw_statement,
            at_ms=statement.at_ms,
            house=document.house,
        )
    except (*UNTELLABLE, typst.TypstError):
        return None


def version_of(content: bytes) -> str:
    """Return which version laid a PDF out; of what cannot be read, ours."""
    try:
        document = _read_document(content)
    except _ForeignError:
        return VERSION
    return VERSION if document is None else document.version


def edition_of(content: bytes) -> Edition:
    """Return what a PDF of ours says that it was set with; of what cannot be read, nothing."""
    try:
        document = _read_document(content)
    except _ForeignError:
        return PLAIN_EDITION
    return PLAIN_EDITION if document is None else document.edition


def _subject(kind: Kind) -> str:
    return f"Le document ({KINDS[kind]})"


def differs(subject: str, version: str, *, house: House = PLAIN) -> Problem:
    if version != house.version:
        return Problem(
            code="document_version",
            message=f"{subject} vient d’une autre version du logiciel ({version or 'inconnue'}) :"
            " sa mise en page ne peut pas être comparée.",
        )
    return Problem(
        code="document_changed",
        message=f"{subject} n’est pas celui que donnent ses pièces jointes ou le registre :"
        " ses pages ont été modifiées.",
    )


class _ForeignError(Exception):
    """A PDF that reads, and is none of ours."""


def _read_document(content: bytes) -> _Document | None:
    """Return what a PDF has attached; None if it cannot be read.

    Raises:
        _ForeignError: it has no statement of ours.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        attached = {name: reader.attachments.get(name, []) for name in (STATEMENT, RECORD)}
        keywords = reader.metadata.get("/Keywords", "") if reader.metadata else ""
    except Exception:  # noqa: BLE001 - a file made to break the parser raises anything
        return None
    if len(attached[STATEMENT]) != 1:
        raise _ForeignError
    raw = bytes(attached[STATEMENT][0])
    try:
        statement = _Statement.model_validate_json(raw)
    except ValidationError:
        raise _ForeignError from None
    record = bytes(attached[RECORD][0]) if len(attached[RECORD]) == 1 else None
    return _Document(statement, raw, record, str(keywords))
