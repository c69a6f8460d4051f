"""Documents by right, and every reading of one on record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.signaling.site import Site, refusal_of
from visiojury.exam import events as ev

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("A4")]


def readings(site: Site, session: str) -> list[tuple[str, str]]:
    room = site.server.rooms.get(session)
    assert room is not None
    events = [entry.event for entry in room.owner.entries]
    return [(e.participant_id, e.document) for e in events if isinstance(e, ev.DocumentRead)]


async def test_reading_the_record_is_recorded_and_who_may_not_leaves_no_trace(site: Site) -> None:
    session = await site.create()
    organiser, chair = [await site.person(session, who) for who in ("organiser", "chair")]
    content = await organiser.download("record.jsonl")
    assert readings(site, session) == [("organiser", "record")]
    assert b"document.read" in content  # the copy says who was given it
    assert (await refusal_of(chair.download("record.jsonl"))).refusal == "document_unknown"
    assert readings(site, session) == [("organiser", "record")]


async def test_who_holds_the_key_reads_and_is_recorded(site: Site) -> None:
    session = await site.create()
    url = f"{site.origin}/api/sessions/{session}"
    async with site.http.get(f"{url}/record.jsonl", headers=site.admin()) as response:
        assert response.status == 200
    async with site.http.get(f"{url}/documents", headers=site.admin()) as response:
        listed: dict[str, Any] = await response.json()
    assert isinstance(listed["documents"], list)
    assert readings(site, session) == [("administration", "record")]
