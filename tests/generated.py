"""Documents that are made from the code, by `make docs`; a test says when one is behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import api_reference, cli_reference, metrics_reference, requirements

DOCS = Path(__file__).resolve().parent.parent / "docs"

DOCUMENTS: dict[str, Callable[[], str]] = {
    "api.md": api_reference.render,
    "cli.md": cli_reference.render,
    "metrics.md": metrics_reference.render,
    "requirements.md": requirements.render,
}


def main() -> None:
    requirements.close()
    for name, render in DOCUMENTS.items():
        (DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
