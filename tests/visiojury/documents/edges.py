"""Sessions at the edges of what a document must bear, and their text as it was looked at.

`python -m tests.visiojury.documents.edges` writes the texts anew, after the pages were looked at:
`python -m tests.visiojury.documents.edges DIRECTORY` puts the documents there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tests.builders import (
    DEIS,
    SITTING,
    Story,
    definition,
    overseas_definition,
    person,
)
from tests.visiojury.documents.reading import text_of
from visiojury.documents import make
from visiojury.exam import commands as cmd
from visiojury.exam.people import Role

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = (
    "Nguyễn Đặng",
    "Łukasz Țepeș",
    "Ægir Þórr",
    "Ελένη Παπαδοπούλου",
    "Жанна Шевченко",
    "محمد الأمين",
    "שרה כהן",
    "漢字 太郎",
    "한국 이름",
    "देवनागरी",
    "ქეთევან",
    "Zoë N\u0303u\u0301ñez",
)
LONG = "Wolfeschlegelsteinhausenbergerdorff-" * 5
_DIGESTS = re.compile(
    r"\b[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}\b|[A-Za-z0-9_-]{32,}|\b[0-9a-f]{16,}\b"
)
_COUNTS = re.compile(r"\b\d+ écritures?\b|écriture \d+")


def stable(pdf: bytes) -> str:
    """Return a document's text without what depends on every byte of the record."""
    return _COUNTS.sub("[écritures]", _DIGESTS.sub("[empreinte]", text_of(pdf)))


def _named(names: tuple[str, ...]) -> Story:
    """Candidates of these family names, half an hour each."""
    base = definition()
    (plan,) = base.sittings
    host = base.offices[1]
    people = [p for p in base.participants if p.role is not Role.CANDIDATE]
    candidates = [
        person(f"candidate-{n}", "Dominique", name, Role.CANDIDATE, host, "on_site")
        for n, name in enumerate(names)
    ]
    sittings = tuple(
        replace(
            plan,
            sitting_id=f"sitting-{n}",
            candidate_id=f"candidate-{n}",
            planned_ms=plan.planned_ms + 2_700_000 * n,
        )
        for n in range(len(names))
    )
    return Story(
        replace(
            base,
            participants=(*people, *candidates),
            sittings=sittings,
            days=(),
            is_open=bool(names),
        )
    )


def _thirty_outages() -> Story:
    story = Story()
    story.open_sitting()
    for number in range(30):
        story.wait(20)
        story.cut("candidate", 1.5 + number / 10)
    story.decide_all()
    story.close_sitting()
    return story


def _nobody() -> Story:
    story = _named(())
    story.seal()
    return story


def _across_zones() -> Story:
    story = Story(overseas_definition())
    story.open_sitting()
    story.close_sitting()
    for sitting_id in ("sitting-2", "sitting-3"):
        story.act("invigilator", cmd.MarkAbsent(sitting_id=sitting_id))
    story.wait(12 * 3600)  # Past midnight in Paris, still the day before in Martinique.
    story.deliberate("partial", blocks=DEIS.blocks[:1])
    story.seal()
    return story


def _day_of(story: Story) -> str:
    return f"attendance-{story.definition.offices[1].office_id}-2026-06-15"


def _forty() -> tuple[str, ...]:
    return tuple(islice((f"Candidat {n:02}" for n in range(1, 41)), 40))


CASES: dict[str, Callable[[], bytes]] = {
    "scripts-attendance": lambda: _make(_named(SCRIPTS), _day_of),
    "scripts-convocation-arabic": lambda: _make(_named(SCRIPTS), "convocation-sitting-5"),
    "long-name-convocation": lambda: _make(_named((LONG,)), "convocation-sitting-0"),
    "long-name-attestation": lambda: _make(_named((LONG,)), "attestation-sitting-0"),
    "forty-candidates-attendance": lambda: _make(_named(_forty()), _day_of),
    "thirty-outages-incident": lambda: _make(_thirty_outages(), f"incident-{SITTING}"),
    "across-zones-minutes": lambda: _make(_across_zones(), "minutes"),
    "no-candidate-minutes": lambda: _make(_nobody(), "minutes"),
}


def _make(story: Story, name: str | Callable[[Story], str]) -> bytes:
    return make(name if isinstance(name, str) else name(story), story.entries)


def _wrapped(text: str) -> Iterator[str]:
    """Yield lines of some words each, so that a change shows where it is."""
    words = text.split(" ")
    for start in range(0, len(words), 12):
        yield " ".join(words[start : start + 12])


def golden(name: str) -> str:
    return "\n".join(_wrapped(stable(CASES[name]()))) + "\n"


if __name__ == "__main__":
    for case, make_case in CASES.items():
        if sys.argv[1:]:
            Path(sys.argv[1], f"{case}.pdf").write_bytes(make_case())
        else:
            GOLDEN.mkdir(exist_ok=True)
            (GOLDEN / f"{case}.txt").write_text(golden(case), encoding="utf-8")
