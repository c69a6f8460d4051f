"""The page that a document's QR code leads to."""

from __future__ import annotations

import pytest

from tests.signaling.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("J7")]


async def shown(site: Site, name: str, code: str, session_id: str = "session-1") -> tuple[int, str]:
    url = f"{site.origin}/verifier/{session_id}/{name}"
    async with site.http.get(url, params={"code": code}) as response:
        return response.status, await response.text()


async def test_a_code_of_the_record_is_known(site: Site) -> None:
    session_id = await site.create()
    room = site.server.rooms.get(session_id)
    assert room is not None
    entry = room.owner.entries[-1]
    status, text = await shown(site, "minutes", entry.digest[:12], session_id)
    assert status == 200
    assert f"n° {entry.seq}" in text
    assert "Procès-verbal" in text


@pytest.mark.parametrize("code", ["", "0" * 12, "0" * 11, "é<script>"])
async def test_another_code_is_not(site: Site, code: str) -> None:
    status, text = await shown(site, "minutes", code, await site.create())
    assert status == 404
    assert "ne vous fiez pas" in text


async def test_no_session_or_document_is_named_that_is_not_there(site: Site) -> None:
    answers = {await shown(site, name, "0" * 12, "none") for name in ("minutes", "<b>", "x")}
    assert [status for status, _ in answers] == [404]
