"""Giving one's access back: it ends at once, on record, and nobody else's does."""

from __future__ import annotations

import time

import pytest

from auth.jwk import thumbprint
from signaling.messages import CLOSE_CODES
from tests.signaling.site import Site, line_of, refusal_of
from visiojury.rehearsal.client import Client, Invitation

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("T1")]

PATH = "/api/sign-out"


async def test_who_signs_out_is_out_within_a_second_and_it_is_on_record(site: Site) -> None:
    session = await site.create()
    chair, other = await site.person(session, "chair"), await site.person(session, "examiner-1")
    async with line_of(site, chair) as line:
        await line.next("snapshot")
        since_s = time.monotonic()
        assert await chair.post(PATH, {}) == {"end_session_url": None}
        assert await line.closed() == CLOSE_CODES["access_signed_out"]
        assert time.monotonic() - since_s < 1
    for path in ("/api/ws-ticket", "/api/access-token", PATH):
        refusal = await refusal_of(chair.post(path, {}))
        assert (refusal.status, refusal.refusal) == (403, "access_signed_out")
    await other.post("/api/ws-ticket", {})
    room = site.server.rooms.get(session)
    assert room is not None
    assert room.group("chair") is None
    last = room.owner.entries[-1]
    assert last.event.type == "access.signed_out"
    assert last.actor is not None
    assert (last.actor.participant_id, last.actor.device_key) == (
        "chair",
        thumbprint(chair._key._jwk),
    )


async def test_the_link_is_used_up_on_the_same_device_too_and_a_new_one_lets_in(
    site: Site,
) -> None:
    session = await site.create()
    chair, organiser = await site.person(session, "chair"), await site.person(session, "organiser")
    await chair.post(PATH, {})
    chair._token = ""
    assert (await refusal_of(chair.redeem())).refusal == "invitation_used"
    path, asked = f"/api/sessions/{session}/invitations", {"participant_id": "chair"}
    issued = Invitation.of(await organiser.post(path, asked))
    again = Client(site.http, site.origin, issued)
    await again.redeem()
    await again.post("/api/ws-ticket", {})
