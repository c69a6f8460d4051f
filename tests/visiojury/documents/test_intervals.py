"""A sitting as intervals: what lasted from when to when, at any moment of it and afterwards."""

from __future__ import annotations

import pytest

from tests.builders import SITTING, Story, eventful_story, sealed_story
from visiojury.documents.facts import gather
from visiojury.documents.intervals import Course, Interval, Kind, course
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.record.fold import fold

CANDIDATE = "candidate"


def drawn(story: Story, sitting_id: str = SITTING) -> Course:
    told = course(gather(story.entries), story.session.sitting(sitting_id), now_ms=story.now_ms)
    assert told is not None
    return told


def band(told: Course, who: str | None) -> tuple[Interval, ...]:
    (found,) = [one.intervals for one in told.bands if one.participant_id == who]
    return found


def lasted(told: Course, who: str | None, kind: Kind) -> list[tuple[int, int]]:
    """Return when it was so, as milliseconds since the start."""
    return [
        (one.start_ms - told.start_ms, one.end_ms - told.start_ms)
        for one in band(told, who)
        if one.kind == kind
    ]


def quality(story: Story, who: str, *, is_degraded: bool) -> None:
    kind = ev.QualityDegraded if is_degraded else ev.QualityRecovered
    story.observe(kind(at_ms=story.now_ms, participant_id=who))


@pytest.mark.requirement("D6", "D7", "D8")
def test_everything_that_lasted_is_an_interval_of_what_it_concerns() -> None:
    story = Story()
    story.open_sitting()
    story.wait(60)
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Un papier manque."))
    story.wait(30)
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    story.wait(10)
    quality(story, "examiner-1", is_degraded=True)
    story.wait(20)
    quality(story, "examiner-1", is_degraded=False)
    story.cut(CANDIDATE, 6)
    story.decide_all()
    story.close_sitting()
    told = drawn(story)
    assert told.is_over
    length_ms = told.end_ms - told.start_ms
    assert lasted(told, None, "held") == [(0, length_ms)]
    assert lasted(told, None, "pause") == [(60_000, 90_000)]
    assert lasted(told, None, "outage") == [(120_000, 126_000)]
    assert lasted(told, None, "extension") == [(length_ms - 6_000, length_ms)]
    assert lasted(told, CANDIDATE, "missing") == [(120_000, 126_000)] * 2  # sound and picture
    assert lasted(told, CANDIDATE, "degraded") == []
    assert lasted(told, "examiner-1", "degraded") == [(100_000, 120_000)]
    assert lasted(told, "examiner-1", "present") == [(0, length_ms)]


def test_what_lasts_still_ends_now_and_the_extension_is_ahead() -> None:
    story = Story()
    story.open_sitting()
    story.wait(100)
    start_ms = story.now_ms
    for stream in ("audio", "video"):
        story.wait(1)
        story.observe(
            ev.MediaInterrupted(
                at_ms=start_ms,
                participant_id=CANDIDATE,
                stream=stream,
                cause="uplink",
                detected_ms=story.now_ms,
            )
        )
    story.wait(3)
    told = drawn(story)
    assert not told.is_over
    assert told.end_ms == story.now_ms
    assert lasted(told, None, "outage") == [(100_000, 105_000)]
    assert lasted(told, CANDIDATE, "missing") == [(100_000, 105_000)] * 2
    assert band(told, None)[1] == Interval(told.due_ms - 5_000, told.due_ms, "extension")
    assert told.due_ms > told.end_ms


def test_who_closes_before_the_end_due_used_no_extension() -> None:
    story = Story()
    story.open_sitting()
    story.wait(100)
    story.cut(CANDIDATE, 6)
    story.decide_all()
    story.act("chair", cmd.Close(sitting_id=SITTING))
    told = drawn(story)
    assert told.due_ms > told.end_ms
    assert lasted(told, None, "extension") == []


def test_a_lost_connection_is_no_presence_and_no_bad_quality_any_more() -> None:
    story = Story()
    story.open_sitting()
    story.wait(10)
    quality(story, CANDIDATE, is_degraded=True)
    story.wait(10)
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id=CANDIDATE))
    story.wait(10)
    story.connect(CANDIDATE)
    story.wait(10)
    told = drawn(story)
    assert lasted(told, CANDIDATE, "present") == [(0, 20_000), (30_000, 40_000)]
    assert lasted(told, CANDIDATE, "degraded") == [(10_000, 20_000)]


def test_who_is_at_a_station_is_there_by_its_connection_and_only_meanwhile() -> None:
    story = Story()
    story.act("organiser", cmd.EnrolStation(station="Poste 1", room="Salle 1", day="2026-06-15"))
    (station,) = story.session.stations.known
    story.open_sitting()
    story.observe(
        ev.MediaDisconnected(at_ms=story.now_ms, participant_id="examiner-1"),
        ev.MediaBound(
            at_ms=story.now_ms,
            participant_id=station,
            fingerprint="sha-256 AB:CD",
            device_key="key",
            checked_by=None,
        ),
    )
    story.wait(20)
    story.observe(
        ev.PresenceAttested(at_ms=story.now_ms, station_id=station, participant_id="examiner-1")
    )
    story.wait(30)
    story.observe(
        ev.StationSignedOut(at_ms=story.now_ms, station_id=station, participant_id="examiner-1")
    )
    story.wait(10)
    assert lasted(drawn(story), "examiner-1", "present") == [(20_000, 50_000)]


def test_a_sitting_that_has_not_begun_has_no_course() -> None:
    story = Story()
    story.receive()
    sitting = story.session.sitting(SITTING)
    assert course(gather(story.entries), sitting, now_ms=story.now_ms) is None


@pytest.mark.parametrize("story", [eventful_story(), sealed_story()], ids=["eventful", "sealed"])
def test_at_every_moment_of_a_session_no_interval_is_outside_its_sitting(story: Story) -> None:
    entries, seen = story.entries, 0
    for count in range(1, len(entries) + 1):
        told_so_far = entries[:count]
        now_ms = told_so_far[-1].received_ms
        for sitting in fold(told_so_far).sittings.values():
            told = course(gather(told_so_far), sitting, now_ms=now_ms)
            if told is None:
                continue
            last_ms = told.end_ms if told.is_over else max(told.end_ms, told.due_ms)
            for one in (one for band in told.bands for one in band.intervals):
                assert told.start_ms <= one.start_ms < one.end_ms
                assert one.end_ms <= (last_ms if one.kind == "extension" else told.end_ms)
                seen += 1
    assert seen > len(entries)
