"""Three people join by link from real browsers, and see and hear each other."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from tests.e2e.people import IN_THE_ROOM, Cast
from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, Site

FIRST_PICTURE_P50_MS = 500
OBSERVED_S = 4.0
LEAST_FRAMES = 20
"""In four seconds, on a machine that does everything else as well."""
LEAST_ENERGY = 1e-6

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_three_browsers_meet_by_link(site: Site, cast: Cast) -> None:
    site.create_session()
    await cast.join_all(site)
    assert await cast[CANDIDATE].received() == {}, "a waiting candidate receives nothing"
    await cast.receive()
    await cast[INVIGILATOR].click("act-admit")
    await asyncio.sleep(2)

    before = {who: await cast[who].received() for who in IN_THE_ROOM}
    await asyncio.sleep(OBSERVED_S)
    for who in IN_THE_ROOM:
        after = await cast[who].received()
        for other in set(IN_THE_ROOM) - {who}:
            video, audio = (other, "video"), (other, "audio")
            frames = after[video].frames - before[who][video].frames
            energy = after[audio].energy - before[who][audio].energy
            print(f"{who} <- {other}: {frames} frames, energy {energy:.2e}")
            assert frames >= LEAST_FRAMES
            assert energy >= LEAST_ENERGY

    admitted = (await cast[INVIGILATOR].seen())["answers"]["admit"]
    waits = []
    for receiver, sender in (
        (CHAIR, CANDIDATE),
        (EXAMINER, CANDIDATE),
        (CANDIDATE, CHAIR),
        (CANDIDATE, EXAMINER),
    ):
        pictures = (await cast[receiver].seen())["pictures"][sender]
        waits.append(min(at for at in pictures if at > admitted) - admitted)
    print("first picture after admission:", [round(wait) for wait in waits], "ms")
    assert statistics.median(waits) < FIRST_PICTURE_P50_MS
    cast.no_page_failed()
