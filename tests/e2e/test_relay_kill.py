"""One of two relays is killed in the middle of a sitting."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.people import IN_THE_ROOM, Cast, is_flowing, last_outage
from tests.e2e.site import CHAIR, ORGANISER, Site
from visiojury.record.lines import from_lines

BACK_S = 5.0
_LISTEN = re.compile(rb"\0--listen\0[^\0]*:(\d+)\0")

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


@pytest.mark.requirement("T4", "T1")
async def test_a_killed_relay_is_an_outage_of_the_relay_and_everyone_is_back(
    site: Site, cast: Cast
) -> None:
    site.stop()
    site.config.write_text(site.config.read_text() + "processes = 2\n")
    await asyncio.to_thread(site.start)
    site.create_session(duration_s=600)
    await cast.join_all(site)
    await cast.receive()
    await cast.open_sitting()
    await asyncio.sleep(2)

    rooms = [relay["rooms"] for relay in site.ask("/api/relays")["relays"]]
    assert sorted(rooms) == [0, 1]
    killed_ms = time.time() * 1000
    os.kill(relays_of(site)[rooms.index(1)], signal.SIGKILL)
    backs = [
        await cast[receiver].first_picture_ms(sender, after_ms=killed_ms + 200)
        for receiver, sender in permutations(IN_THE_ROOM, 2)
    ]
    for who in IN_THE_ROOM:
        await cast[ORGANISER].until(lambda s, who=who: is_flowing(s, who), f"media of {who}")  # type: ignore[misc]
    back_s = (max(backs) - killed_ms) / 1000
    print(f"everyone has everyone's picture {back_s:.2f} s after the kill")
    assert back_s <= BACK_S

    await cast[CHAIR].until(lambda s: last_outage(s).get("end_ms") is not None, "end of the outage")
    record = await cast[ORGANISER].document(f"/api/sessions/{site.session_id}/record.jsonl")
    the_gap_is_the_relays([entry.event for entry in from_lines(record)], killed_ms)
    cast.no_page_failed()


def the_gap_is_the_relays(events: list[Any], killed_ms: float) -> None:
    (absence,) = [event for event in events if event.type == "service.interrupted"]
    assert absence.part == "relay"
    assert killed_ms - 1_500 <= absence.at_ms <= killed_ms + 200
    outage = next(e for e in events if e.type == "outage.closed" and e.end_ms > killed_ms)
    assert {hindrance.cause for hindrance in outage.hindrances} == {"relay"}
    assert outage.end_ms - killed_ms <= BACK_S * 1000


def relays_of(site: Site) -> list[int]:
    """Return the process ids of the server's relays, in the order of their ports."""
    assert site.process is not None
    ports: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            listen = _LISTEN.search(folder.joinpath("cmdline").read_bytes())
        except OSError:  # it ended meanwhile
            continue
        if int(parent) == site.process.pid and listen is not None:
            ports[int(listen[1])] = int(folder.name)
    return [ports[port] for port in sorted(ports)]
