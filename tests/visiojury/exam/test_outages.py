"""What stops a sitting, from when to when: facts of media in, outages and the cap out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import DAY_MS, DEIS, GRAND_EST, SITTING, Story, definition, people, person
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import Reading
from visiojury.exam.media import STREAMS
from visiojury.exam.people import Role
from visiojury.exam.react import deadline, react
from visiojury.exam.sitting import Outage, Sitting

MIDNIGHT_MS = DAY_MS + 13 * 3600 * 1000
"""When the checks of the day are over, in Paris."""


def running(story: Story | None = None, *, minutes: float = 5) -> Story:
    story = story or Story()
    story.open_sitting()
    story.wait(minutes * 60)
    return story


def sitting_of(story: Story) -> Sitting:
    return story.session.sitting(SITTING)


def outages(story: Story) -> list[Outage]:
    return sitting_of(story).outages


def lengths(story: Story) -> list[int]:
    return [(one.end_ms or story.now_ms) - one.start_ms for one in outages(story)]


def clock(story: Story) -> Reading:
    reading = sitting_of(story).read_clock(story.now_ms)
    assert reading is not None
    return reading


def interrupt(story: Story, who: str, stream: ev.Stream, *, since_s: float = 0.0) -> None:
    """`who` has been silent for `since_s`; it is noticed now."""
    story.observe(
        ev.MediaInterrupted(
            at_ms=story.now_ms - round(since_s * 1000),
            participant_id=who,
            stream=stream,
            cause="uplink",
            detected_ms=story.now_ms,
        )
    )


def restore(story: Story, who: str, stream: ev.Stream, *, since_s: float = 0.0) -> None:
    at_ms = story.now_ms - round(since_s * 1000)
    story.observe(ev.MediaRestored(at_ms=at_ms, participant_id=who, stream=stream, cause="uplink"))


def switch(story: Story, who: str, stream: ev.Stream, *, is_on: bool) -> None:
    story.observe(
        ev.MediaSwitched(at_ms=story.now_ms, participant_id=who, stream=stream, is_on=is_on)
    )


def leave(story: Story, who: str) -> None:
    story.observe(ev.MediaDisconnected(at_ms=story.now_ms, participant_id=who))


def commission_of(size: int, *, minimum: int = 2) -> Story:
    """A story with `size` examiners, the chair among them."""
    more = tuple(
        person(f"examiner-{n}", "Eve", "Experte", Role.EXAMINER, GRAND_EST, "remote")
        for n in range(3, size)
    )
    ids = ("chair", *(f"examiner-{n}" for n in range(1, size)))
    plain = definition()
    return Story(
        replace(
            plain,
            diploma=replace(DEIS, commission_minimum=minimum),
            participants=(*people(), *more),
            sittings=(replace(plain.sittings[0], examiner_ids=ids),),
        )
    )


# --- what is an outage ----------------------------------------------------------------------


def deafen(
    story: Story, who: str, stream: ev.Stream, *, since_s: float = 0.0, cause: ev.Cause = "downlink"
) -> None:
    """Nothing of the others has reached `who` for `since_s`; it is noticed now."""
    story.observe(
        ev.DownlinkInterrupted(
            at_ms=story.now_ms - round(since_s * 1000),
            participant_id=who,
            stream=stream,
            cause=cause,
            witness="reports",
            detected_ms=story.now_ms,
        )
    )


def hear_again(story: Story, who: str, stream: ev.Stream) -> None:
    story.observe(
        ev.DownlinkRestored(
            at_ms=story.now_ms,
            participant_id=who,
            stream=stream,
            cause="downlink",
            witness="reports",
        )
    )


@pytest.mark.requirement("D7")
@pytest.mark.parametrize(
    ("who", "stream"), [("candidate", "audio"), ("candidate", "video"), ("chair", "audio")]
)
def test_who_does_not_receive_is_cut_off_as_well(who: str, stream: ev.Stream) -> None:
    story = running()
    deafen(story, who, stream, since_s=1.0)
    [outage] = outages(story)
    assert outage.start_ms == story.now_ms - 1000
    [hindrance] = outage.hindrances
    assert (hindrance.direction, hindrance.cause) == ("received", "downlink")
    story.wait(5)
    hear_again(story, who, stream)
    assert lengths(story) == [6000]


@pytest.mark.requirement("D7")
def test_both_directions_at_once_are_one_outage_until_both_are_back() -> None:
    story = running()
    interrupt(story, "candidate", "audio", since_s=1.0)
    deafen(story, "candidate", "audio", since_s=0.5)
    story.wait(4)
    restore(story, "candidate", "audio")
    story.wait(2)
    hear_again(story, "candidate", "audio")
    assert lengths(story) == [7000]
    assert {h.direction for h in outages(story)[0].hindrances} == {"sent", "received"}


@pytest.mark.requirement("D7")
def test_an_examiner_who_does_not_receive_stops_nothing_while_there_are_enough() -> None:
    story = running(commission_of(4))
    deafen(story, "examiner-1", "audio", since_s=1.0)
    assert outages(story) == []


@pytest.mark.requirement("D7")
@pytest.mark.parametrize(
    ("who", "stream"), [("candidate", "audio"), ("candidate", "video"), ("chair", "audio")]
)
def test_the_sitting_cannot_go_on_without(who: str, stream: ev.Stream) -> None:
    story = running()
    interrupt(story, who, stream, since_s=1.0)
    assert [one.start_ms for one in outages(story)] == [story.now_ms - 1000]
    assert outages(story)[0].hindrances[0].participant_id == who
    story.wait(5)
    restore(story, who, stream, since_s=0.5)
    assert lengths(story) == [5500]


@pytest.mark.parametrize(
    ("who", "stream"), [("chair", "video"), ("examiner-1", "video"), ("examiner-1", "audio")]
)
def test_the_sitting_goes_on_without(who: str, stream: ev.Stream) -> None:
    story = running()
    interrupt(story, who, stream)
    assert outages(story) == []


def test_one_examiner_of_five_cut_off_stops_nothing() -> None:
    story = running(commission_of(5))
    story.cut("examiner-4", 30)
    assert outages(story) == []


def test_a_commission_under_its_minimum_is_an_outage_from_the_one_too_many() -> None:
    story = running(commission_of(4, minimum=3))
    interrupt(story, "examiner-1", "audio", since_s=2)
    assert outages(story) == []
    story.wait(10)
    interrupt(story, "examiner-2", "audio", since_s=1)
    assert [one.start_ms for one in outages(story)] == [story.now_ms - 1000]
    assert [h.participant_id for h in outages(story)[0].hindrances] == ["examiner-2"]


def test_it_ends_when_any_examiner_is_back_even_if_another_is_not() -> None:
    story = running(commission_of(4, minimum=3))
    interrupt(story, "examiner-1", "audio")
    interrupt(story, "examiner-2", "audio")
    story.wait(20)
    restore(story, "examiner-1", "audio", since_s=0.5)
    assert lengths(story) == [19_500]


def test_an_examiner_who_never_joined_is_not_missed() -> None:
    story = commission_of(4, minimum=2)
    for who in ("chair", "examiner-1", "examiner-2"):
        story.act("organiser", cmd.CheckIdentity(participant_id=who, document="passport"))
        story.connect(who)
    story.act("organiser", cmd.CheckIdentity(participant_id="examiner-3", document="passport"))
    running(story)
    interrupt(story, "examiner-1", "audio")
    assert outages(story) == []
    interrupt(story, "examiner-2", "audio")
    assert len(outages(story)) == 1


def test_a_late_examiner_who_joins_ends_the_outage() -> None:
    story = commission_of(4, minimum=3)
    for who in ("chair", "examiner-1", "examiner-2", "examiner-3"):
        story.act("organiser", cmd.CheckIdentity(participant_id=who, document="passport"))
        if who != "examiner-3":
            story.connect(who)
    running(story)
    interrupt(story, "examiner-2", "audio")
    story.wait(60)
    story.connect("examiner-3")
    assert lengths(story) == [60_000]


# --- switched off, gone ---------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["audio", "video"])
def test_what_its_owner_switched_off_is_no_interruption(stream: ev.Stream) -> None:
    story = running()
    switch(story, "candidate", stream, is_on=False)
    interrupt(story, "candidate", stream)
    assert outages(story) == []


def test_switching_off_ends_the_outage_there() -> None:
    story = running()
    interrupt(story, "chair", "audio")
    story.wait(3)
    switch(story, "chair", "audio", is_on=False)
    assert lengths(story) == [3000]


@pytest.mark.parametrize("who", ["candidate", "chair"])
def test_who_switched_off_and_left_is_missed_all_the_same(who: str) -> None:
    story = running()
    for stream in STREAMS:
        switch(story, who, stream, is_on=False)
    story.wait(10)
    leave(story, who)
    assert len(outages(story)) == 1
    story.wait(30)
    switch(story, who, "audio", is_on=False)  # said by a page that has no media now
    story.connect(who)
    assert lengths(story) == [30_000]


def test_leaving_counts_from_the_interruption_before_it() -> None:
    story = running()
    interrupt(story, "candidate", "audio", since_s=8)
    interrupt(story, "candidate", "video", since_s=8)
    story.wait(22)
    leave(story, "candidate")
    story.connect("candidate")
    assert len(outages(story)) == 1
    assert outages(story)[0].end_ms is None  # a connection is not yet sound and picture
    restore(story, "candidate", "audio")
    restore(story, "candidate", "video")
    assert lengths(story) == [30_000]


# --- bounds ---------------------------------------------------------------------------------


@pytest.mark.requirement("D7")
def test_overlapping_interruptions_are_one_outage_over_their_union() -> None:
    story = running()
    interrupt(story, "candidate", "audio", since_s=1)
    story.wait(1)
    interrupt(story, "candidate", "video", since_s=2.5)
    story.wait(1)
    interrupt(story, "chair", "audio", since_s=1)
    story.wait(4)
    restore(story, "candidate", "audio", since_s=0.5)
    restore(story, "chair", "audio", since_s=0.5)
    restore(story, "candidate", "video", since_s=0.5)
    assert lengths(story) == [7_000]
    causes = {(h.participant_id, h.stream) for h in outages(story)[0].hindrances}
    assert causes == {("candidate", "audio"), ("candidate", "video"), ("chair", "audio")}


def test_an_outage_never_begins_before_the_sitting() -> None:
    story = running(minutes=0)
    started_ms = sitting_of(story).started_ms
    story.wait(0.5)
    interrupt(story, "candidate", "audio", since_s=1.0)
    assert outages(story)[0].start_ms == started_ms


def test_an_outage_never_begins_before_the_last_one_ended() -> None:
    story = running()
    interrupt(story, "candidate", "audio", since_s=1)
    story.wait(1)
    restore(story, "candidate", "audio", since_s=0.5)
    end_ms = outages(story)[0].end_ms
    story.wait(0.2)
    interrupt(story, "candidate", "video", since_s=2.2)
    assert outages(story)[1].start_ms == end_ms
    story.wait(4)
    restore(story, "candidate", "video")
    assert outages(story)[1].start_ms == end_ms
    assert sum(lengths(story)) == 6_200


def test_an_outage_that_lasts_through_a_pause_gives_back_what_the_pause_did_not() -> None:
    story = running()
    interrupt(story, "candidate", "audio")
    story.wait(10)
    story.act("invigilator", cmd.Pause(sitting_id=SITTING, reason="Alarme incendie"))
    story.wait(100)
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    story.wait(5)
    restore(story, "candidate", "audio")
    assert clock(story).extension_ms == 15_000
    assert clock(story).remaining_ms == 1_500_000


def test_what_began_in_a_pause_counts_from_its_end() -> None:
    story = running()
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Malaise"))
    story.wait(20)
    interrupt(story, "candidate", "audio")
    assert outages(story) == []
    story.wait(20)
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    assert [one.start_ms for one in outages(story)] == [story.now_ms]
    story.wait(3)
    restore(story, "candidate", "audio")
    assert lengths(story) == [3_000]
    assert outages(story)[0].start_ms == story.now_ms - 3_000


def test_after_the_end_of_the_time_nothing_is_lost_any_more() -> None:
    story = running(minutes=30)
    story.wait(1)
    interrupt(story, "candidate", "audio", since_s=1)
    assert outages(story) == []
    story.act("chair", cmd.Close(sitting_id=SITTING))


def test_a_cut_in_the_last_second_is_still_an_outage() -> None:
    story = running(minutes=30)
    interrupt(story, "candidate", "audio", since_s=1)
    assert len(outages(story)) == 1


def test_before_the_start_nothing_is_an_outage() -> None:
    story = Story()
    story.receive()
    story.cut("candidate", 10)
    assert outages(story) == []


# --- our own absence ------------------------------------------------------------------------


@pytest.mark.requirement("T4")
def test_a_service_interruption_is_an_outage_of_the_relay_until_media_flows() -> None:
    story = running()
    last_ms = story.now_ms
    story.wait(4)
    story.observe(ev.ServiceInterrupted(at_ms=last_ms, part="server", resumed_ms=story.now_ms))
    assert [one.start_ms for one in outages(story)] == [last_ms]
    assert {h.cause for h in outages(story)[0].hindrances} == {"relay"}
    story.wait(2)
    for who in ("chair", "examiner-1", "examiner-2", "candidate"):
        story.connect(who)
        for stream in STREAMS:
            restore(story, who, stream)
    assert lengths(story) == [6_000]


def test_a_service_interruption_where_nobody_flowed_is_no_outage() -> None:
    story = Story()
    story.receive()
    story.observe(ev.ServiceInterrupted(at_ms=story.now_ms, part="relay", resumed_ms=story.now_ms))
    assert outages(story) == []


# --- react and its deadline -----------------------------------------------------------------


def test_react_has_nothing_to_add_to_what_it_said() -> None:
    story = running()
    interrupt(story, "candidate", "audio")
    assert react(story.session, story.now_ms) == []
    restore(story, "candidate", "audio")
    assert react(story.session, story.now_ms) == []


def test_the_deadline_is_the_instant_of_the_cap() -> None:
    story = running()
    assert deadline(story.session, story.now_ms) == MIDNIGHT_MS
    story.cut("candidate", 90.2)  # 91 s are given of the 600
    story.wait(60)
    interrupt(story, "candidate", "audio", since_s=1)
    due_ms = deadline(story.session, story.now_ms)
    assert due_ms == story.now_ms - 1000 + (600 - 91) * 1000
    assert react(story.session, due_ms - 1) == []
    advised = react(story.session, due_ms)
    assert [type(event) for event in advised] == [ev.PostponementAdvised]


@pytest.mark.requirement("D8")
def test_a_postponement_is_advised_once() -> None:
    story = running()
    story.cut("candidate", 700)
    story.cut("candidate", 100)
    advised = [d for d in story.drafts if isinstance(d.event, ev.PostponementAdvised)]
    assert len(advised) == 1
    assert sitting_of(story).is_postponement_advised
    assert deadline(story.session, story.now_ms) == MIDNIGHT_MS


def test_no_deadline_while_paused_as_the_extension_does_not_grow() -> None:
    story = running()
    interrupt(story, "candidate", "audio")
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Alarme"))
    assert deadline(story.session, story.now_ms) == MIDNIGHT_MS
    before = clock(story).extension_ms
    story.wait(1000)
    assert clock(story).extension_ms == before
