"""Official documents in French, each from the record alone: PDF/A-3a and PDF/UA-1, by Typst.

catalogue.py    every document by its name
convocations.py, attendance.py, attestations.py, incidents.py, minutes.py, results.py
archiving.py    the sealed archive        verification.py what `visiojury verify` does
selection.py, telling.py, sittings.py, facts.py   a session put into words
french.py, zones.py, words.py             typography, clocks, vocabulary
paper.py        what all share            typesetting.py, house.py, templates/   data to bytes
"""

from visiojury.documents.archiving import archive
from visiojury.documents.catalogue import make, names, title_of
from visiojury.documents.errors import DocumentError
from visiojury.documents.incidents import incident_sheet
from visiojury.documents.minutes import minutes
from visiojury.documents.paper import Edition
from visiojury.record.lines import to_lines as record_lines

__all__ = [
    "DocumentError",
    "Edition",
    "archive",
    "incident_sheet",
    "make",
    "minutes",
    "names",
    "record_lines",
    "title_of",
]
