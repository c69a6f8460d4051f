"""Official documents in French, each from the record alone: PDF/A-3a and PDF/UA-1, by Typst.

minutes.py      the minutes               incidents.py    the incident sheet
archiving.py    the sealed archive        verification.py what `visiojury verify` does
telling.py, sittings.py, facts.py         a session put into words
french.py, zones.py, words.py             typography, clocks, vocabulary
typesetting.py, templates/                data to bytes
"""

from visiojury.documents.archiving import archive
from visiojury.documents.errors import DocumentError
from visiojury.documents.incidents import incident_sheet
from visiojury.documents.minutes import minutes
from visiojury.record.lines import to_lines as record_lines

__all__ = ["DocumentError", "archive", "incident_sheet", "minutes", "record_lines"]
