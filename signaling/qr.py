"""A text as a QR code that a page draws by itself: one path, no picture to load.

Source: ISO/IEC 18004; W3C SVG 2, section 9.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import segno

QUIET_MODULES = 4
"""Empty on every side, so that a camera finds the code (ISO/IEC 18004, 5.3.8)."""


@dataclass(frozen=True, slots=True)
class QRCode:
    side: int
    """In modules, the quiet zone included."""
    path: str
    """SVG path data: a square of one unit for each dark module."""


def qr_code(text: str) -> QRCode:
    """Return `text` as a code that survives 15 % of damage (level M)."""
    rows = list(segno.make_qr(text, error="m").matrix_iter(border=QUIET_MODULES))
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return QRCode(side=len(rows), path=path)
