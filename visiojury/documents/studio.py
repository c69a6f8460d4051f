"""What an installation makes documents with: its templates, its certificate, its address.

Built once, where documents are made, from paths; what is wrong with them shows then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from visiojury.documents import signing
from visiojury.documents.appeals import appeal_file
from visiojury.documents.archiving import archive
from visiojury.documents.catalogue import make
from visiojury.documents.house import PLAIN, furnish
from visiojury.documents.inspection import inspect
from visiojury.documents.paper import Edition
from visiojury.documents.signing import Signer
from visiojury.record.entry import Entry

APPEAL = "appeal-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """Where an installation keeps what its documents need; None: not configured."""

    origin: str | None = None
    templates: Path | None = None
    furnished: Path | None = None
    """Directory for our templates with the installation's over them; ours to empty."""
    certificate: Path | None = None
    password: Path | None = None


@dataclass(frozen=True, slots=True)
class Studio:
    edition: Edition
    signer: Signer | None

    def make(self, name: str, entries: Sequence[Entry]) -> bytes:
        """Return a document by name, signed where we can, the `archive`, `appeal-<candidate>`.

        The minutes are handed out as they are: their members sign the digest of these bytes.
        The office's signature is on the sheet of signatures, which names that digest.

        Raises:
            DocumentError: what the catalogue says.
            FoldError: the entries are not a session's.
        """
        if name == "archive":
            return archive(entries, self.edition)
        if name.startswith(APPEAL):
            return appeal_file(entries, name.removeprefix(APPEAL), self.edition)
        pdf = make(name, entries, self.edition)
        return pdf if self.signer is None or name == "minutes" else self.signer.sign(pdf)


def equip(equipment: Equipment) -> Studio:
    """Return the studio of an installation, its templates tried on sample data.

    Raises:
        HouseError: a template cannot be used; names file, line and reason.
        CertificateError: the certificate cannot be used.
    """
    house = PLAIN
    if equipment.templates is not None:
        assert equipment.furnished is not None, "who has templates says where to set them up"
        house = furnish(equipment.templates, equipment.furnished)
        inspect(house)
    signer = None
    if equipment.certificate is not None:
        signer = signing.load(equipment.certificate, equipment.password)
    return Studio(Edition(equipment.origin, house), signer)
