"""Read documents back, as a person or a validator would."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import outloud
import pypdf


def text_of(pdf: bytes) -> str:
    """Return the text in the content's order, every run of spaces and line ends made one space."""
    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().replace("\u00a0", " ").split())


def rightmost_of(pdf: bytes) -> float:
    """Return where the word that goes furthest to the right ends, in points."""
    run = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return max(float(x) for x in re.findall(r'xMax="([0-9.]+)"', run.stdout.decode()))


def pages_of(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def last_page_of(pdf: bytes) -> list[str]:
    """Return the lines of the last page, in the content's order."""
    last = str(pages_of(pdf))
    command = ["pdftotext", "-raw", "-f", last, "-", "-"]
    run = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return run.stdout.decode().splitlines()


def attachments_of(pdf: bytes) -> dict[str, list[bytes]]:
    return dict(pypdf.PdfReader(io.BytesIO(pdf)).attachments)


def accessibility(pdf: bytes, folder: Path) -> list[str]:
    """Return what the PDF/UA-1 checker has against the file."""
    file = folder / "checked.pdf"
    file.write_bytes(pdf)
    result = outloud.check(str(file))
    assert not result.error, result.error
    return [f"{found.rule} {found.message} {found.evidence}" for found in result.findings]
