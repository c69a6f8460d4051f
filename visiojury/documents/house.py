"""The templates and fonts that documents are set with: ours, or an installation's own.

An installation mounts a folder whose files stand in for ours of the same name, such as
`letterhead.typ` and `wording.typ`, beside pictures they use and fonts (`*.otf`, `*.ttf`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATES_VERSION = 2
"""Raise it with any change of a template or of the data it is given."""
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


@cache
def _fonts(root: Path) -> typst.Fonts:
    # Loaded where a page is set only: the server names documents and never holds the typesetter.
    import typst  # noqa: PLC0415

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(root)]
    )
