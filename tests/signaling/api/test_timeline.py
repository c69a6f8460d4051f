"""The timeline over HTTP: what the minutes draw, while it happens and afterwards, by right."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.builders import SITTING, Story
from tests.signaling.api.test_documents import readings
from tests.signaling.site import Site, refusal_of
from visiojury.documents.minutes import minutes_data
from visiojury.documents.telling import tale
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE_OF = "/api/sessions/{}/sittings/{}/timeline"


def troubled() -> Story:
    """A sitting with a pause, an outage, and a member whose quality was degraded, not closed."""
    story = Story()
    story.open_sitting()
    story.wait(90)
    story.observe(ev.QualityDegraded(at_ms=story.now_ms, participant_id="examiner-1"))
    story.wait(20)
    story.observe(ev.QualityRecovered(at_ms=story.now_ms, participant_id="examiner-1"))
    story.cut("candidate", 6)
    story.decide_all()
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Un papier manque."))
    story.wait(30)
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    return story


def finished() -> Story:
    story = troubled()
    story.close_sitting()
    story.deliberate()
    return story


@pytest.mark.requirement("D6", "D7", "J7")
async def test_a_page_is_given_the_intervals_that_the_minutes_draw(site: Site) -> None:
    session = await site.tell(finished())
    room = site.server.rooms.get(session)
    assert room is not None
    chair = await site.person(session, "chair")
    page = await chair.get(PAGE_OF.format(session, SITTING))
    told = tale(room.owner.entries)
    seal = next(e.event for e in told.entries if isinstance(e.event, ev.RecordSealed))
    drawn: Any = minutes_data(told, seal)["sittings"]
    bands = drawn[0]["timeline"]["bands"]
    length_ms = page["end_ms"] - page["start_ms"]
    assert page["is_over"]
    assert [b["label"] for b in bands] == [
        "Épreuve" if b["participant_id"] is None else told.name(b["participant_id"])
        for b in page["bands"]
    ]
    kinds = set()
    for on_page, on_paper in zip(page["bands"], bands, strict=True):
        for interval, span in zip(on_page["intervals"], on_paper["spans"], strict=True):
            kinds.add(interval["kind"])
            assert interval["kind"] == span["shade"]
            for bound in ("start", "end"):
                at_ms = page["start_ms"] + span[bound] * length_ms
                assert at_ms == pytest.approx(interval[f"{bound}_ms"], abs=length_ms * 1e-5)
    assert kinds == {"held", "extension", "pause", "outage", "present", "degraded", "missing"}
    # Nothing is shown that the page did not show: nobody's reading is put on record.
    assert readings(site, session) == []


async def test_a_timeline_grows_while_the_sitting_lasts(site: Site) -> None:
    session = await site.tell(troubled())
    invigilator = await site.person(session, "invigilator")
    looks = [await invigilator.get(PAGE_OF.format(session, SITTING)) for _ in range(3)]
    for before, after in pairwise(looks):
        assert after["end_ms"] > before["end_ms"]
        assert before["bands"][0]["intervals"][0]["kind"] == "held"
        assert after["due_ms"] == before["due_ms"]
        assert not after["is_over"]


async def test_who_takes_part_as_a_candidate_or_before_the_start_reads_none(site: Site) -> None:
    session, waiting = await site.tell(troubled()), await site.create()
    candidate = await site.person(session, "candidate")
    chair = await site.person(waiting, "chair")
    for person, path in (
        (candidate, PAGE_OF.format(session, SITTING)),
        (chair, PAGE_OF.format(waiting, SITTING)),
        (chair, PAGE_OF.format(waiting, "nowhere")),
    ):
        assert (await refusal_of(person.get(path))).refusal == "document_unknown"
