"""Anything that may happen to a sitting, in any order: the clock's promises hold throughout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import get_args

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.builders import DAY_MS, DEIS, SITTING, Story, definition
from tests.mishaps import Mishaps
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.clock import Span, whole_seconds
from visiojury.exam.conduct import left_under_cap_s, provisional_s
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.state import Session
from visiojury.exam.transitions import SittingState


class ASitting(Mishaps):
    @initialize(late_s=st.integers(0, 1500), ends_on_time=st.booleans())
    def begin(self, late_s: int, ends_on_time: bool) -> None:
        self.story = Story(definition(diploma=replace(DEIS, late_ends_on_time=ends_on_time)))
        self.story.now_ms = DAY_MS + late_s * 1000 - 300_000
        self.story.act("invigilator", cmd.RecordArrival(participant_id="candidate"))
        self.story.open_sitting()
        self.remember()

    @property
    def sitting(self) -> Sitting:
        return self.story.session.sitting(SITTING)

    def remaining_ms(self) -> int:
        reading = self.sitting.read_clock(self.story.now_ms)
        assert reading is not None
        return reading.remaining_ms

    # --- what may happen

    @rule(
        by=st.sampled_from(["chair", "invigilator", "organiser", "examiner-1", "candidate"]),
        ago_s=st.none() | st.floats(0, 500),
        for_s=st.none() | st.floats(0, 300),
    )
    def is_declared(self, by: str, ago_s: float | None, for_s: float | None) -> None:
        start_ms = None if ago_s is None else self.story.now_ms - round(ago_s * 1000)
        end_ms = None
        if start_ms is not None and for_s is not None:
            end_ms = min(self.story.now_ms, start_ms + round(for_s * 1000))
        declared = cmd.DeclareOutage(
            sitting_id=SITTING,
            side="both",
            stream="audio",
            description="Bruit",
            start_ms=start_ms,
            end_ms=end_ms,
        )
        assert not (self.attempt(by, declared) and by == "candidate")
        self.is_just_decided = True

    @precondition(lambda self: self.sitting.outages)
    @rule(data=st.data(), by=st.sampled_from(["chair", "invigilator"]), is_withdrawn=st.booleans())
    def declaration_ends(self, data: st.DataObject, by: str, is_withdrawn: bool) -> None:
        outage = data.draw(st.sampled_from(self.sitting.outages))
        kind = cmd.WithdrawOutage if is_withdrawn else cmd.EndOutage
        was_done = self.attempt(by, kind(sitting_id=SITTING, outage_id=outage.outage_id))
        assert not (was_done and outage.declaration is None)
        self.is_just_decided = True

    @precondition(lambda self: self.sitting.outages)
    @rule(by=st.sampled_from(["organiser", "invigilator"]), bit=st.integers(0, 3))
    def is_held_void(self, by: str, bit: int) -> None:
        """Rarely: a sitting that is over has nothing more to show."""
        if self.story.now_ms % 4 == bit:
            self.attempt(by, cmd.VoidSitting(sitting_id=SITTING, reason="Fraude"))
        agreed = {self.story.session.participant(who).office_id for who in self.sitting.voiding.by}
        assert (self.sitting.state is SittingState.VOIDED) is (len(agreed) > 1)

    @rule()
    def is_rebuilt(self) -> None:
        """A crash: the next state is what the record says, and nothing else."""
        again = Session()
        for draft in self.story.drafts:
            again.apply(draft.event, by=draft.actor.participant_id if draft.actor else None)
        assert again.sittings == self.story.session.sittings
        self.story.session = again

    @rule(by=st.sampled_from(["chair", "invigilator"]))
    def is_paused(self, by: str) -> None:
        self.attempt(by, cmd.Pause(sitting_id=SITTING, reason="Malaise"))

    @rule()
    def is_resumed(self) -> None:
        self.attempt("chair", cmd.Resume(sitting_id=SITTING))

    @precondition(lambda self: self.sitting.outages)
    @rule(data=st.data())
    def is_decided(self, data: st.DataObject) -> None:
        outage = data.draw(st.sampled_from(self.sitting.outages))
        wanted_s = data.draw(st.integers(0, 700))
        most_s = min(
            provisional_s(self.sitting, outage, self.story.now_ms),
            left_under_cap_s(self.sitting, outage, self.story.now_ms),
        )
        is_open = any(
            other is outage or other.start_ms < (outage.end_ms or 0)
            for other in self.sitting.open_outages
        )
        was_given = self.attempt(
            "chair",
            cmd.DecideExtension(sitting_id=SITTING, outage_id=outage.outage_id, granted_s=wanted_s),
        )
        assert was_given is (self.sitting.is_live and not is_open and wanted_s <= most_s)
        self.is_just_decided = True

    @rule(seconds=st.integers(0, 3))
    def is_closed(self, seconds: int) -> None:
        """Rarely: a sitting that is over has nothing more to show."""
        if self.story.now_ms % 5 == seconds and not self.sitting.outages:
            return
        self.attempt("chair", cmd.Close(sitting_id=SITTING))

    # --- what holds

    @invariant()
    def the_extension_is_what_was_given_under_the_cap(self) -> None:
        if not hasattr(self, "story"):
            return
        reading = self.sitting.read_clock(self.story.now_ms)
        assert reading is not None
        given_back = sum(
            outage.decision.granted_s * 1000
            if outage.decision
            else self.counted_ms(outage, reading.at_ms)
            for outage in self.sitting.outages
        )
        assert reading.extension_ms == min(given_back, reading.cap_ms)
        assert given_back <= self.lost_ms(reading.at_ms) + 999 * len(self.sitting.outages)
        decided_s = sum(o.decision.granted_s for o in self.sitting.outages if o.decision)
        assert decided_s * 1000 <= reading.cap_ms == 600_000

    def counted_ms(self, outage: Outage, now_ms: int) -> int:
        length_ms = self.sitting.counted_ms(outage, now_ms)
        return length_ms if outage.end_ms is None else whole_seconds(length_ms) * 1000

    def lost_ms(self, now_ms: int) -> int:
        """The time in which some outage was and no pause: what there is to give, once."""
        spans: list[Span] = [*self.sitting.pauses, *self.sitting.outages]
        union_ms = sum(length_ms for length_ms in covered(spans, now_ms))
        return union_ms - sum(length_ms for length_ms in covered(self.sitting.pauses, now_ms))

    @invariant()
    def outages_follow_each_other(self) -> None:
        if not hasattr(self, "story"):
            return
        reached_ms = self.sitting.started_ms or 0
        for outage in (o for o in self.sitting.outages if not o.is_declared):
            assert outage.start_ms >= reached_ms
            assert outage.end_ms is None or outage.end_ms >= outage.start_ms
            reached_ms = outage.end_ms if outage.end_ms is not None else self.story.now_ms
        assert reached_ms <= self.story.now_ms

    @invariant()
    def time_comes_back_only_where_it_was_lost(self) -> None:
        """Remaining never rises but by what an outage took since its start, and the rounding."""
        if not hasattr(self, "story"):
            return
        remaining_ms, starts = self.remaining_ms(), self.starts()
        taken_ms = sum(
            self.starts_before.get(outage_id, self.now_before_ms) - start_ms
            for outage_id, start_ms in starts.items()
        )
        if not self.is_just_decided:
            assert remaining_ms <= self.remaining_before_ms + taken_ms + 999
        self.remember()

    def starts(self) -> dict[str, int]:
        return {outage.outage_id: outage.start_ms for outage in self.sitting.outages}

    def remember(self) -> None:
        self.is_just_decided = False
        self.remaining_before_ms = self.remaining_ms()
        self.now_before_ms = self.story.now_ms
        self.starts_before = self.starts()

    def teardown(self) -> None:
        """A second fold of the same events gives the same state."""
        if not hasattr(self, "story"):
            return
        again = Session()
        for draft in self.story.drafts:
            again.apply(draft.event, by=draft.actor.participant_id if draft.actor else None)
        assert again.sittings == self.story.session.sittings
        assert again.checks == self.story.session.checks
        known = {who: media for who, media in again.media.items() if media.since_ms}
        assert known == {
            who: media for who, media in self.story.session.media.items() if media.since_ms
        }


def covered(spans: Iterable[Span], now_ms: int) -> Iterator[int]:
    """Yield the lengths of the stretches that `spans` cover together."""
    reached_ms = 0
    for span in sorted(spans, key=lambda span: span.start_ms):
        end_ms = now_ms if span.end_ms is None else span.end_ms
        yield max(0, end_ms - max(span.start_ms, reached_ms))
        reached_ms = max(reached_ms, end_ms)


TestASitting = ASitting.TestCase
TestASitting.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_the_machine_knows_every_kind_of_media_event() -> None:
    kinds = {t for t in get_args(ev.Event) if t.__name__.startswith("Media")}
    assert len(kinds) == 6
