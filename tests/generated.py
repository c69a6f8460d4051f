"""What is made from the code by `make docs`; a test says when one is behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import (
    api_reference,
    cli_reference,
    metrics_reference,
    protocol_types,
    requirements,
)

ROOT = Path(__file__).resolve().parent.parent

DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/api.md": api_reference.render,
    "docs/cli.md": cli_reference.render,
    "docs/metrics.md": metrics_reference.render,
    "docs/requirements.md": requirements.render,
    "signaling/web/protocol.d.ts": protocol_types.render,
}


def main() -> None:
    requirements.close()
    for name, render in DOCUMENTS.items():
        (ROOT / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
