"""Refusals of the documents. One class; the stable `code` says which refusal it is."""

from __future__ import annotations


class DocumentError(Exception):
    """A document that cannot be made from this record.

    Codes: `record_unsealed` (minutes and archive wait for the seal), `nothing_to_report` (an
    incident sheet without an incident), `sitting_unknown`, `office_unknown`,
    `sheet_unknown` (no such office or day), `document_unknown`, `deliberation_unfinished` (results
    wait for its end), `record_empty`, `time_zone_unknown`.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
