"""Three people join by link from real browsers, and see and hear each other."""

from __future__ import annotations

import asyncio
import statistics

import pytest

from tests.e2e.machine import OtherWork
from tests.e2e.people import IN_THE_ROOM, Cast
from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER, SITTING, Site

FIRST_PICTURE_P50_MS = 2_000
"""A guard, not the bar: the design's 500 ms is not met yet by five whole pages on two processors
(docs/performance.md)."""
ADMISSIONS = 3
BATCHES = 2
"""One is enough, unless the machine was busy with something else meanwhile."""
OBSERVED_S = 4.0
LEAST_FRAMES = 20
"""In four seconds, on a machine that does everything else as well."""
LEAST_ENERGY = 1e-6
PAIRS = ((CHAIR, CANDIDATE), (EXAMINER, CANDIDATE), (CANDIDATE, CHAIR), (CANDIDATE, EXAMINER))
"""Receiver and sender of each picture that an admission brings."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_three_browsers_meet_by_link(site: Site, cast: Cast) -> None:
    await meet(site, cast, sittings=1)
    await admit(cast, SITTING)
    await everyone_sees_and_hears_everyone(cast)
    cast.no_page_failed()


async def test_the_first_picture_is_there_at_once(site: Site, cast: Cast) -> None:
    await meet(site, cast, sittings=BATCHES * ADMISSIONS + 1)
    await admit(cast, SITTING)
    shares = []
    for batch in range(BATCHES):
        others = OtherWork()
        p50_ms = await first_picture_p50_ms(cast, 1 + batch * ADMISSIONS)
        shares.append(round(others.share(), 2))
        if p50_ms < FIRST_PICTURE_P50_MS:
            return
        assert others.is_much, f"{p50_ms:.0f} ms, and others used {shares[-1]:.0%} of the machine"
    pytest.skip(f"cannot be measured: other programs used {shares} of the machine meanwhile")


async def meet(site: Site, cast: Cast, *, sittings: int) -> None:
    """Everybody is connected and identified, the candidate waits."""
    site.create_session(sittings=sittings)
    await cast.join_all(site)
    assert await cast[CANDIDATE].received() == {}, "a waiting candidate receives nothing"
    await cast.check_identities()


async def first_picture_p50_ms(cast: Cast, running: int) -> float:
    """Admit several times, from the sitting number `running` on; return the median wait."""
    waits: list[float] = []
    for number in range(running, running + ADMISSIONS):
        await postpone(cast, f"epreuve-{number}")
        assert await cast[CANDIDATE].received() == {}, "whoever waits again receives nothing"
        waits += await admit(cast, f"epreuve-{number + 1}")
    print("first picture after admission:", sorted(round(wait) for wait in waits), "ms")
    return statistics.median(waits)


async def admit(cast: Cast, sitting_id: str) -> list[float]:
    """Admit the candidate by clicking; return how long each new picture took, in ms.

    Counted from the recorded admission, which comes before any answer to it.
    """
    invigilator = cast[INVIGILATOR]
    card = invigilator.page.get_by_test_id(f"sitting-{sitting_id}")
    await card.get_by_test_id("act-sign_attestation").click()
    await card.get_by_test_id("act-admit").click()
    await cast[CANDIDATE].until(lambda s: s["place"] == "sitting", "admission")
    events = await cast[ORGANISER].events()
    admitted = [e["at_ms"] for e in events if e["type"] == "candidate.admitted"][-1]
    return [
        await cast[receiver].first_picture_ms(sender, after_ms=admitted) - admitted
        for receiver, sender in PAIRS
    ]


async def postpone(cast: Cast, sitting_id: str) -> None:
    await cast[CHAIR].act("request_postponement", sitting_id=sitting_id, reason="essai")
    for agent in (ORGANISER, INVIGILATOR):
        await cast[agent].act("agree_postponement", sitting_id=sitting_id)
    await cast[CANDIDATE].until(lambda s: s["place"] == "waiting", "waiting room")
    await asyncio.sleep(1)


async def everyone_sees_and_hears_everyone(cast: Cast) -> None:
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
