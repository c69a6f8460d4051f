"""The documentation as a site: `make site`.

Pages link to files beside docs/ as well, so that a checkout reads well: the site is made of a copy
of all that they may link to, and a link or a heading that is not there makes it fail.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).resolve().parent.parent
LINKED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs", "deploy")


def make_site(target: Path, *, root: Path = ROOT) -> None:
    """Write the site of the checkout at `root` into `target`.

    Raises:
        mkdocs.exceptions.Abort: a link leads nowhere; which one is logged.
    """
    with tempfile.TemporaryDirectory(prefix="visiojury-site-") as name:
        source = Path(name) / "source"
        source.mkdir()
        for linked in LINKED:
            path = root / linked
            (shutil.copytree if path.is_dir() else shutil.copy)(path, source / linked)
        config = load_config(
            str(ROOT / "mkdocs.yml"), docs_dir=str(source), site_dir=str(target), strict=True
        )
        build(config)


if __name__ == "__main__":
    make_site(Path(sys.argv[1]).resolve())
