"""The server is killed in the middle of a sitting and started again."""

from __future__ import annotations

import asyncio
import time
from itertools import permutations
from typing import Any

import pytest

from tests.e2e.people import IN_THE_ROOM, Cast, clock, is_flowing, last_outage
from tests.e2e.site import CANDIDATE, CHAIR, INVIGILATOR, ORGANISER, Site
from visiojury.record.fold import fold
from visiojury.record.lines import from_lines

BACK_S = 5.0
SAME_CLOCK_MS = 200
LEAST_ACTS = 10
DURATION_S = 600

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]

_ACT_WITHOUT_END = """(who) => {
  const { api } = document.querySelector("vj-app");
  globalThis.acknowledged = [];
  const act = { command: "check_identity", participant_id: who, document: "passport" };
  const next = () => api.command(act).then(({ seq }) => {
    acknowledged.push(seq);
    return next();
  });
  next().catch(() => { globalThis.isRefused = true; });
}"""


@pytest.mark.requirement("T4", "T1")
async def test_a_killed_server_loses_nothing_and_everyone_is_back(site: Site, cast: Cast) -> None:
    site.create_session(duration_s=DURATION_S)
    await cast.join_all(site)
    await cast.receive()
    await cast.open_sitting()
    await asyncio.sleep(2)
    invigilator = cast[INVIGILATOR]
    await invigilator.page.evaluate(_ACT_WITHOUT_END, CANDIDATE)
    while await invigilator.page.evaluate("acknowledged.length") < LEAST_ACTS:  # noqa: ASYNC110
        await asyncio.sleep(0.1)

    killed_ms = time.time() * 1000
    site.kill()
    acknowledged = await invigilator.page.evaluate("[...acknowledged]")
    start_s = await asyncio.to_thread(site.start)
    ready_ms = time.time() * 1000
    back_ms = await back_in_the_room(cast, ready_ms)
    print(
        f"ready {start_s:.2f} s, everyone back {(back_ms - killed_ms) / 1000:.2f} s after the kill"
    )
    assert (back_ms - ready_ms) / 1000 <= BACK_S

    await cast[CHAIR].until(lambda s: last_outage(s).get("end_ms") is not None, "end of the outage")
    entries = from_lines(await cast[ORGANISER].document(record_of(site)))
    nothing_acknowledged_is_lost(entries, acknowledged)
    the_gap_is_ours(entries, killed_ms, back_ms)
    await the_clock_is_right(cast, entries)
    cast.no_page_failed()


async def back_in_the_room(cast: Cast, ready_ms: float) -> float:
    """Wait until every page has its state and fresh pictures again; return when it had."""
    backs = [
        await cast[receiver].first_picture_ms(sender, after_ms=ready_ms)
        for receiver, sender in permutations(IN_THE_ROOM, 2)
    ]
    for who in IN_THE_ROOM:
        await cast[ORGANISER].until(lambda s, who=who: is_flowing(s, who), f"media of {who}")  # type: ignore[misc]
    return max(backs)


def nothing_acknowledged_is_lost(entries: list[Any], acknowledged: list[int]) -> None:
    kept = {entry.seq: entry.event for entry in entries}
    print(f"{len(acknowledged)} acts acknowledged before the kill")
    assert len(acknowledged) >= LEAST_ACTS
    assert all(kept[seq].type == "identity.checked" for seq in acknowledged)


def the_gap_is_ours(entries: list[Any], killed_ms: float, back_ms: float) -> None:
    events = [entry.event for entry in entries]
    for event in events:
        if event.at_ms >= killed_ms - 2_000 and event.type != "identity.checked":
            print(f"{event.at_ms - killed_ms:8.0f} {event}")
    (absence,) = [event for event in events if event.type == "service.interrupted"]
    # One that a busy machine caused before is not this one.
    outage = next(
        event for event in events if event.type == "outage.closed" and event.end_ms > killed_ms
    )
    print(
        f"outage from {outage.start_ms - killed_ms:.0f} ms after the kill "
        f"to {outage.end_ms - back_ms:.0f} ms after the last picture came back"
    )
    assert absence.part == "server"
    assert killed_ms - 1_000 <= outage.start_ms <= killed_ms
    assert {hindrance.cause for hindrance in outage.hindrances} == {"relay"}
    assert outage.end_ms <= back_ms + 1_000


async def the_clock_is_right(cast: Cast, entries: list[Any]) -> None:
    """What every page shows is what the record alone gives."""
    (sitting,) = fold(entries).sittings.values()
    for who, person in cast.people.items():
        (sample,) = await person.clock_samples(last=1)
        reading = sitting.read_clock(round(sample["at"]))
        assert reading is not None
        difference = sample["remaining_ms"] - reading.remaining_ms
        print(f"{who}: clock off by {difference:.0f} ms")
        assert sample["runs"]
        assert abs(difference) <= SAME_CLOCK_MS
    state = await cast[CHAIR].state()
    assert clock(state)["end_due_ms"] == sitting.read_clock(round(time.time() * 1000)).end_due_ms  # type: ignore[union-attr]


def record_of(site: Site) -> str:
    return f"/api/sessions/{site.session_id}/record.jsonl"
