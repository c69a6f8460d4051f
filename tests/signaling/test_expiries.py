"""When certificates end: read from their files, and again when these change."""

from __future__ import annotations

import os
import time
from pathlib import Path

from signaling.expiries import Expiries
from signaling.settings import HTTP, Documents, Settings
from tests.certificates import make_identity


def test_when_a_certificate_ends_follows_its_file(tmp_path: Path) -> None:
    identity = make_identity(tmp_path)
    http = HTTP(certificate=identity.certificate, key=identity.key)
    expiries = Expiries(Settings(http=http))
    day_s = 86_400
    first = expiries.read()["tls"]
    assert time.time() + day_s - 60 < first <= time.time() + day_s
    identity.certificate.write_text("no certificate")
    os.utime(identity.certificate, ns=(1, 1))
    assert expiries.read() == {}


def test_a_certificate_that_cannot_be_opened_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "seal.p12").write_bytes(b"rubbish")
    documents = Documents(certificate=tmp_path / "seal.p12")
    assert Expiries(Settings(documents=documents)).read() == {}
