"""The templates and fonts that documents are set with: ours, or an installation's own.

An installation mounts a folder whose files stand in for ours of the same name, such as
`letterhead.typ` and `wording.typ`, beside pictures they use and fonts (`*.otf`, `*.ttf`).
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATES_VERSION = 3
"""Raise it with the first change, after a release, of a template or of the data it is given."""
VERSION = f"visiojury-documents-{TEMPLATES_VERSION}-typst-{version('typst')}"


@dataclass(frozen=True, slots=True)
class House:
    """A complete folder of templates, and what names its content."""

    root: Path = TEMPLATES
    digest: str = ""
    """First digits of the SHA-256 of what the installation changed; empty: nothing."""

    @property
    def version(self) -> str:
        """Return what a document made here says it was laid out by."""
        return f"{VERSION}-house-{self.digest}" if self.digest else VERSION

    def fonts(self) -> typst.Fonts:
        return _fonts(self.root)


PLAIN = House()
DIGEST_DIGITS = 12
MOST_BYTES = 64 * 2**20
"""Of all files of an installation's folder: fonts of large scripts have some 20 MiB."""
_PLACE = re.compile(r"─ (?:[^\s:]*/)?([^\s:/]+):(\d+):\d+")


class HouseError(Exception):
    """An installation's templates cannot be used; the text says which file, line and why (French).

    Codes: `templates_unreadable`, `template_invalid`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def furnish(folder: Path, into: Path) -> House:
    """Return the house of an installation: our templates, and over them the files of `folder`.

    Args:
        folder: what the installation mounted.
        into: a directory for the result; emptied first.

    Raises:
        HouseError: `templates_unreadable`.
    """
    try:
        files = {path.relative_to(folder): path.read_bytes() for path in _files(folder)}
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(TEMPLATES, into)
        for name, content in files.items():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(content)
    except OSError as error:
        message = f"{folder} : modèles de documents illisibles ({error.strerror})."
        raise HouseError("templates_unreadable", message) from None
    return House(into, _digest(files))


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder.

    Raises:
        OSError: it is none, or cannot be listed.
        HouseError: `templates_unreadable`: more than documents can need.
    """
    if not folder.is_dir():
        raise NotADirectoryError(0, "ce dossier n’existe pas")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    if sum(path.stat().st_size for path in found) > MOST_BYTES:
        message = f"{folder} : plus de {MOST_BYTES // 2**20} Mio de modèles et de polices."
        raise HouseError("templates_unreadable", message)
    return found


def _digest(files: Mapping[Path, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name.as_posix()} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:DIGEST_DIGITS]


def refusal_of(diagnostic: str, template: str) -> HouseError:
    """Return the refusal that the typesetter's words mean, with file, line and reason."""
    place = _PLACE.search(diagnostic)
    where = f"{place[1]}, ligne {place[2]}" if place else template
    reason = diagnostic.strip().partition("\n")[0].removeprefix("error: ")
    return HouseError("template_invalid", f"{where} : {reason}. Corrigez ce modèle ou retirez-le.")


@cache
def _fonts(root: Path) -> typst.Fonts:
    # Loaded where a page is set only: the server names documents and never holds the typesetter.
    import typst  # noqa: PLC0415

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(root)]
    )
