"""What every document shares: its name and code, the frame around its pages, its statement.

A document says of itself from which entries it is told and with which values besides; whoever
has those entries makes it again. What goes to people who may read the whole record carries
it (`with_record`); any other carries its own data only, so that nobody is handed what
concerns somebody else. Source: requirement A4.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from urllib.parse import quote

import segno

from visiojury.documents import french
from visiojury.documents.house import PLAIN, House
from visiojury.documents.telling import Data, Tale
from visiojury.documents.typesetting import typeset
from visiojury.record.lines import to_lines

CODE_LENGTH = 12
"""48 bits: found by chance once in 10¹⁴, and short enough to be typed."""
_GROUP = 4
QR_MASK = 0
"""The checkerboard. Any of the eight can be read; trying them all costs 11 ms of each document.
Source: ISO/IEC 18004, section 7.8."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a document shows besides the record, and what it is set with."""

    origin: str | None = None
    """Public address of the installation, `https://host`; None: codes only, no address."""
    house: House = PLAIN


PLAIN_EDITION = Edition()


@dataclass(frozen=True, slots=True)
class Paper:
    """One document, told but not yet set."""

    name: str
    """`minutes`, `convocation-<sitting>`…: stable, used in addresses and file names."""
    template: str
    data: Data
    with_record: bool = False


def publish(paper: Paper, told: Tale, edition: Edition = PLAIN_EDITION) -> bytes:
    """Return the document as PDF/A-3a and PDF/UA-1; the same input gives the same bytes."""
    data = _frame(paper.name, told, edition) | paper.data
    statement = {
        "at_ms": told.entries[-1].event.at_ms,
        "document": paper.name,
        "entries": len(told.entries),
        "head": told.entries[-1].digest,
        "session_id": told.session.info.session_id,
        "values": {"origin": edition.origin},
    }
    if not paper.with_record:
        statement |= {"data": data, "template": paper.template}
    return typeset(
        paper.template,
        data,
        statement=as_bytes(statement),
        record=to_lines(told.entries) if paper.with_record else None,
        at_ms=told.entries[-1].event.at_ms,
        house=edition.house,
    )


def as_bytes(statement: Data) -> bytes:
    return json.dumps(statement, ensure_ascii=False, indent=1, sort_keys=True).encode()


def short_code(head: str) -> str:
    """Return « 3f9a 71c2 0b4d », the first digits of a digest, for people to compare."""
    return " ".join(head[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def proof_address(origin: str, session_id: str, name: str, head: str) -> str:
    """Return where the installation says what proves a document."""
    path = f"/verifier/{quote(session_id, safe='')}/{quote(name, safe='')}"
    return f"{origin}{path}?code={head[:CODE_LENGTH]}"


def _frame(name: str, told: Tale, edition: Edition) -> Data:
    """Return what stands around every document, whatever it is about."""
    info, head = told.session.info, told.entries[-1].digest
    address = (
        None
        if edition.origin is None
        else proof_address(edition.origin, info.session_id, name, head)
    )
    return {
        "name": name,
        "session_id": info.session_id,
        "title": info.title,
        "is_rehearsal": info.purpose == "rehearsal",
        "organising_office": told.office_name(info.organising_office_id),
        "entries": french.counted(len(told.entries), "écriture"),
        "head": head,
        "code": short_code(head),
        "proof_address": address,
        "qr": qr_code(address or f"{name} {short_code(head)}"),
    }


def qr_code(text: str) -> str:
    """Return an SVG picture, dark on light, read even with a seventh of it lost (level M)."""
    buffer = io.BytesIO()
    code = segno.make(text, error="m", boost_error=False, micro=False, mask=QR_MASK)
    code.save(buffer, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True)
    return buffer.getvalue().decode()
