"""The candidate's machine loses its network for six seconds: shown, stopped, given back, kept."""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.images import NAMES, is_wanted, photograph
from tests.e2e.machine import OtherWork
from tests.e2e.netns import Change, Host
from tests.e2e.people import Cast, clock, last_outage
from tests.e2e.site import CANDIDATE, CHAIR, EXAMINER, INVIGILATOR, ORGANISER, SITTING, Site
from visiojury.rehearsal.report import Stream, Truth, outages_seen

CUT_S = 6.0
DURATION_S = 600
SHOWN_MS = 2_500
BUSY_LATE_MS = 2_500
START_ERROR_MS, LENGTH_ERROR_MS = 150, 300
PICTURE_BACK_S = 1.5
SAME_CLOCK_MS = 200
AGREED_S = 10.0
OTHERS = (CHAIR, EXAMINER, INVIGILATOR, ORGANISER)
_DRAWN = """async (sitting) => {
  const told = (await document.querySelector("vj-app").api.timeline(sitting)).bands
    .map((band) => band.intervals.map((one) => one.kind));
  const card = document.querySelector(`[data-testid="timeline-${sitting}"]`);
  const drawn = [...card.querySelectorAll(".timeline-band")]
    .map((row) => [...row.querySelectorAll("[data-kind]")].map((one) => one.dataset.kind));
  return [drawn, told];
}"""

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


@pytest.mark.requirement("D5", "D7", "D8", "J7")
async def test_a_cut_is_shown_given_back_and_in_the_documents(
    host: Host, site: Site, cast: Cast, tmp_path: Path
) -> None:
    await begin(host, site, cast)
    others = OtherWork()
    start, end = await cut(host, cast)
    await cast[CHAIR].until(lambda s: last_outage(s).get("end_ms") is not None, "end of the outage")

    is_busy = others.is_much
    await every_page_showed_it(cast, start, late_ms=BUSY_LATE_MS if is_busy else 0)
    await the_clock_stood_still(cast, start, end)
    outage = await the_time_came_back(cast)
    await cast[CHAIR].page.wait_for_selector("[data-testid=extension-panel]")
    await photograph(cast[CHAIR].page, "extension")
    await cast[CHAIR].click("act-decide_extension")
    await cast[CHAIR].until(lambda s: "granted_s" in last_outage(s), "decision")

    await the_page_draws_the_timeline(cast)

    await cast[CHAIR].click("act-close")
    await cast[CHAIR].until(lambda s: clock(s).get("ended_ms") is not None, "end of the sitting")
    await cast[CHAIR].page.locator(".timeline-band").first.wait_for()
    await photograph(cast[CHAIR].page, "timeline")
    sheet = tmp_path / "incident.pdf"
    path = f"{documents(site)}/documents/incident-{SITTING}.pdf"
    sheet.write_bytes(await cast[INVIGILATOR].document(path))
    await cast.deliberate()
    minutes = tmp_path / "minutes.pdf"
    minutes.write_bytes(await cast[CHAIR].document(f"{documents(site)}/documents/minutes.pdf"))

    await the_record_is_true(cast, start, end)
    for document in (minutes, sheet):
        carries(document, outage)
    assert site.verify(minutes).returncode == 0, site.verify(minutes).stdout
    cast.no_page_failed()


async def begin(host: Host, site: Site, cast: Cast) -> None:
    """Up to a running sitting, the candidate on a machine of their own."""
    site.create_session(duration_s=DURATION_S)
    if any(is_wanted(name) for name in NAMES):
        cast.window = (1280, 800)
    secure = f"--unsafely-treat-insecure-origin-as-secure={site.origin(host.gateway)}"
    candidate = await cast.enter(CANDIDATE, program=str(host.chromium()), flags=[secure])
    await candidate.join(site, host.gateway, at_devices="device-check")
    await cast.join_all(site, but=[CANDIDATE])
    await photograph(candidate.page, "waiting-room")
    await photograph(cast[INVIGILATOR].page, "reception")
    await photograph(cast[ORGANISER].page, "organiser")
    await photograph(cast[CHAIR].page, "jury-room")
    await cast.receive()
    await cast.open_sitting()
    await asyncio.sleep(3)
    await photograph(cast[CHAIR].page, "sitting")


async def cut(host: Host, cast: Cast) -> tuple[Change, Change]:
    start = await asyncio.to_thread(host.cut)
    await asyncio.sleep(SHOWN_MS / 1000 + 1)
    await photograph(cast[CHAIR].page, "outage")
    await photograph(cast[CANDIDATE].page, "outage-candidate")
    await asyncio.sleep(start.at_s + CUT_S - time.time())
    return start, await asyncio.to_thread(host.mend)


async def every_page_showed_it(cast: Cast, start: Change, *, late_ms: int) -> None:
    """`late_ms`: what a page may need more on a machine that others are using."""
    delays: dict[str, float] = {}
    for who, person in cast.people.items():
        wanted = "outage-own" if who == CANDIDATE else "outage-banner"
        shown = [b["shown"] for b in await person.banners() if b["name"] == wanted]
        assert shown, f"{who} never showed {wanted}"
        delays[who] = shown[0] - start.at_s * 1000
    print("shown after, ms:", {who: round(delay) for who, delay in delays.items()})
    assert all(0 < delay <= SHOWN_MS + late_ms for delay in delays.values())


async def the_clock_stood_still(cast: Cast, start: Change, end: Change) -> None:
    """And on what remained when the cut began: what the display took meanwhile came back."""
    started_ms = clock(await cast[CHAIR].state())["started_ms"]
    remained = DURATION_S * 1000 - (start.at_s * 1000 - started_ms)
    for who in OTHERS:
        banners, samples = await cast[who].banners(), await cast[who].clock_samples()
        shown = next(b["shown"] for b in banners if b["name"] == "outage-banner")
        during = [s for s in samples if shown + 500 < s["at"] < end.before_s * 1000]
        values = {sample["remaining_ms"] for sample in during}
        print(f"{who}: {len(during)} samples, off by {[round(v - remained) for v in values]} ms")
        assert len(during) >= 10
        assert not any(sample["runs"] for sample in during)
        assert max(abs(value - remained) for value in values) <= SAME_CLOCK_MS
    own = [
        s["remaining_ms"]
        for s in await cast[CANDIDATE].clock_samples()
        if start.at_s * 1000 + SHOWN_MS < s["at"] < end.before_s * 1000
    ]
    assert len(own) >= 10
    assert max(own) - min(own) <= SAME_CLOCK_MS


async def the_time_came_back(cast: Cast) -> dict[str, Any]:
    """Whole seconds, in the candidate's favour, and the same on all screens."""
    await asyncio.sleep(1)
    states = {who: await person.state() for who, person in cast.people.items()}
    outage = last_outage(states[CHAIR])
    lost_ms = outage["end_ms"] - outage["start_ms"]
    ends = {clock(state)["end_due_ms"] for state in states.values()}
    assert len(ends) == 1
    given_ms = ends.pop() - clock(states[CHAIR])["started_ms"] - DURATION_S * 1000
    print(f"lost {lost_ms} ms, given {given_ms} ms")
    assert given_ms == -(-lost_ms // 1000) * 1000
    await asyncio.wait_for(all_clocks_agree(cast), AGREED_S)
    return outage


async def all_clocks_agree(cast: Cast) -> None:
    while True:
        shown = {}
        for who, person in cast.people.items():
            (sample,) = await person.clock_samples(last=1)
            shown[who] = sample["at"] + sample["remaining_ms"]
        first = min(shown.values())
        print("end as shown, off by ms:", {w: round(s - first) for w, s in shown.items()})
        if max(shown.values()) - first <= SAME_CLOCK_MS:
            return
        await asyncio.sleep(0.5)


async def the_page_draws_the_timeline(cast: Cast) -> None:
    """Each interval that the server tells of is drawn, and said in words."""
    page = cast[CHAIR].page
    name = f"timeline-{SITTING}"
    await page.get_by_test_id(name).locator("summary").first.click()
    await page.get_by_test_id(name).locator(".timeline-outage").first.wait_for()
    await page.get_by_text("La même chose en toutes lettres").click()
    drawn, told = await page.evaluate(_DRAWN, SITTING)
    print("timeline:", drawn)
    assert drawn == told
    assert drawn[0] == ["held", "extension", "outage"]
    assert "missing" in drawn[1]
    words = await page.get_by_test_id("timeline-words").inner_text()
    for word in ("prolongation", "défaillance", "son ou image manquant", "connecté"):
        assert word in words


async def the_record_is_true(cast: Cast, start: Change, end: Change) -> None:
    record = await cast[ORGANISER].events()
    # The candidate's page ends its connection when the sitting does: no part of the cut.
    closing = next(i for i, event in enumerate(record) if event["type"] == "sitting.closed")
    events = record[:closing]
    # The picture is back when it is seen again: the camera's processor makes a key frame first.
    late_s = await picture_late_s(cast, end)
    truth = Truth(start.at_s * 1000, end.at_s - start.at_s + late_s)
    shown: dict[Stream, float] = {"audio": 0, "video": 0}  # Said by the pages themselves, above.
    for stream, late in (("audio", 0.0), ("video", late_s)):
        ended = replace(truth, length_s=end.at_s - start.at_s + late)
        seen, wrong = outages_seen(
            events, participant_id=CANDIDATE, truth=ended, shown_after_s=shown
        )
        print(f"{stream}, back {late * 1000:.0f} ms after the link:", seen)
        assert [one for one in wrong if one.startswith(f"coupure, {stream}")] == []
    (closed,) = [event for event in events if event["type"] == "outage.closed"]
    assert abs(closed["start_ms"] - truth.start_ms) <= START_ERROR_MS
    length_ms = closed["end_ms"] - closed["start_ms"]
    assert abs(length_ms - truth.length_s * 1000) <= LENGTH_ERROR_MS
    decided = [event for event in events if event["type"] == "extension.decided"]
    assert [event["granted_s"] for event in decided] == [-(-length_ms // 1000)]


async def picture_late_s(cast: Cast, end: Change) -> float:
    """Return how long after the link the picture was back on the jury's pages."""
    back_ms = [
        await cast[who].first_picture_ms(CANDIDATE, after_ms=end.at_s * 1000)
        for who in (CHAIR, EXAMINER)
    ]
    late_s = min(back_ms) / 1000 - end.at_s
    assert late_s <= PICTURE_BACK_S
    return late_s


def carries(document: Path, outage: dict[str, Any]) -> None:
    """The document says how long it lasted, to the tenth of a second, and what was given."""
    command = ["pdftotext", "-layout", str(document), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    plain = " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())
    tenths = (outage["end_ms"] - outage["start_ms"] + 50) // 100
    length = f"{tenths // 10},{tenths % 10} s"
    for expected in (length, f"{outage['most_s']} s", "MORVAN"):
        assert expected in plain, f"{document.name} lacks « {expected} »:\n{plain}"


def documents(site: Site) -> str:
    return f"/api/sessions/{site.session_id}"
