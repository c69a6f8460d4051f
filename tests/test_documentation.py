"""The site is made, each reader finds their page, and a link that leads nowhere is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from mkdocs.exceptions import Abort

from tests.documentation import LINKED, ROOT, make_site

READERS = ("install", "operate", "organise", "develop")


def test_the_site_has_a_page_for_each_reader(tmp_path: Path) -> None:
    make_site(tmp_path / "site")
    front = (tmp_path / "site/index.html").read_text("utf-8")
    for reader in READERS:
        assert f'href="docs/{reader}.html"' in front
        assert (tmp_path / f"site/docs/{reader}.html").is_file()
    organise = (tmp_path / "site/docs/organise.html").read_text("utf-8")
    assert organise.count("<img") >= 4


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    root.mkdir()
    for name in LINKED:
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, root / name)
    with (root / "docs/install.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    with pytest.raises(Abort):
        make_site(tmp_path / "site", root=root)
