from __future__ import annotations

import re

import segno

from signaling.qr import QUIET_MODULES, qr_code

URI = "otpauth://totp/VisioJury:session-1?secret=JBSWY3DPEHPK3PXP&issuer=VisioJury"


def test_the_path_is_dark_where_the_code_is_and_leaves_its_margin() -> None:
    drawn = qr_code(URI)
    dark = {tuple(map(int, at)) for at in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.path)}
    matrix = segno.make_qr(URI, error="m").matrix
    assert dark == {
        (x + QUIET_MODULES, y + QUIET_MODULES)
        for y, row in enumerate(matrix)
        for x, module in enumerate(row)
        if module
    }
    assert drawn.side == len(matrix) + 2 * QUIET_MODULES
    assert qr_code(URI + "x").path != drawn.path
