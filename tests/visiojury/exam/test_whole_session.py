"""A whole session, from its first day to the last signature, in any order and by anybody.

Right and wrong people ask for every act there is, streams fail, the server is killed and starts
again from the bytes of its record. Whatever happens, the clock is what the record says, the cap
holds, no time is given twice, nothing is decided by someone without the right, the chain holds,
and the session can still be brought to its end.

    pytest --hypothesis-profile=deep tests/visiojury/exam/test_whole_session.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from itertools import cycle
from typing import ClassVar, get_args

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from tests import oracle
from tests.acts import on_session, on_sitting
from tests.builders import DAY_MS, DEIS, Story, entry_ids, key_of
from tests.course import go_on
from tests.mishaps import Mishaps
from tests.stages import CAST, REASON, definition, enrol_stations
from tests.written import LEGAL, RIGHTS, SESSION_STEPS, SITTING_STEPS
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.decide import decide
from visiojury.exam.errors import ExamError
from visiojury.exam.follow_up import unsigned
from visiojury.exam.sitting import Sitting
from visiojury.exam.transitions import ENDED, UNDER_WAY, SittingState
from visiojury.record.entry import Draft, Entry
from visiojury.record.fold import different_parts, fold
from visiojury.record.lines import check_lines, to_lines
from visiojury.record.link import link

STEPS = 50
DURATION_S = 600
CAP_S = DURATION_S // 3
MOST_TO_THE_END = 120
"""Natural steps that are more than enough from anywhere."""
AT_STATIONS = ("attest_presence", "leave_station")
JURY_ACTS = (
    *(name for name, step in SESSION_STEPS.items() if step == "deliberate"),
    *AT_STATIONS,
)
LATER_ACTS = tuple(name for name, step in SESSION_STEPS.items() if step == "follow_up")
DAY_ACTS = (
    *("take_duty", "hand_over_duty", "sign_attendance", "call_help", "suspend_session"),
    *("open_technical_test", "close_technical_test", "record_device_check"),
    *AT_STATIONS,
)
LIVELY = (
    *("declare_outage", "decide_extension", "end_outage", "pause", "resume") * 3,
    *("request_postponement", "agree_postponement", "agree_postponement", "void_sitting"),
)
AGENTS = st.sampled_from(["organiser", "invigilator", "host-organiser", "third-invigilator"])
EVENTS = {kind.__dataclass_fields__["type"].default for kind in get_args(ev.Event)}
ELSEWHERE = {kind.__dataclass_fields__["type"].default for kind in ev.TRACES} | {
    "invitation.revoked",
    "person.erased",
}
"""What comes of links, readings and retention: not of the exam's acts."""


class ASession(Mishaps):
    watched = (
        *("candidate", "candidate-2", "chair", "examiner-1", "examiner-2", "examiner-3"),
        *("station-1", "station-2"),
    )
    seen: ClassVar[Counter[str]] = Counter()
    """What came about in all runs together, and how often anybody was refused."""

    @initialize(ends_on_time=st.booleans(), steps=st.integers(0, 20))
    def begin(self, ends_on_time: bool, steps: int) -> None:
        plain = definition(is_open=True)
        plan = replace(
            plain,
            diploma=replace(DEIS, late_ends_on_time=ends_on_time),
            # Short, so that the cap is soon reached.
            sittings=tuple(replace(one, duration_s=DURATION_S) for one in plain.sittings),
        )
        self.story = Story(plan)
        enrol_stations(self.story)
        self.story.now_ms = DAY_MS - 3_900_000
        self.entries: list[Entry] = []
        self.lines: list[oracle.Line] = []
        self.judged = 0
        self.new_id = entry_ids()
        for _ in range(steps):
            go_on(self.story)

    # --- what people ask for

    @rule(data=st.data(), count=st.integers(1, 12))
    def those_with_the_right_ask(self, data: st.DataObject, count: int) -> None:
        for _ in range(count):
            name = data.draw(st.sampled_from(self.timely()))
            who = data.draw(st.sampled_from([w for w in CAST if CAST[w].value in RIGHTS[name]]))
            self.ask(data, name, who)
            self.story.wait(5)

    def timely(self) -> tuple[str, ...]:
        """Return the acts that somebody may well ask for now; some more than once: more often."""
        session = self.story.session
        if session.seal is not None:
            return LATER_ACTS
        if session.deliberation.is_open:
            return JURY_ACTS
        states = {sitting.state for sitting in self.under_way() or session.sittings.values()}
        acts = [n for n, step in SITTING_STEPS.items() if any((s, step) in LEGAL for s in states)]
        often = LIVELY if any(sitting.is_live for sitting in self.under_way()) else ()
        return (*acts, *often, *DAY_ACTS)

    def under_way(self) -> list[Sitting]:
        return [s for s in self.story.session.sittings.values() if s.state in UNDER_WAY]

    @rule(data=st.data(), who=st.sampled_from(list(CAST)), count=st.integers(1, 8))
    def anybody_asks(self, data: st.DataObject, who: str, count: int) -> None:
        for _ in range(count):
            is_timely = data.draw(st.booleans())
            name = data.draw(st.sampled_from(self.timely() if is_timely else tuple(RIGHTS)))
            was_done = self.ask(data, name, who)
            assert not was_done or CAST[who].value in RIGHTS[name]

    @rule(who=st.sampled_from(list(CAST)))
    def could_ask_for_everything(self, who: str) -> None:
        """Nothing is carried out: what would be is held against the record all the same."""
        actor, now_ms = self.story.session.subject(who), self.story.now_ms
        for command in self.all_acts_of(who):
            try:
                events = decide(self.story.session, command, actor=actor, now_ms=now_ms)
            except ExamError:
                continue
            assert CAST[who].value in RIGHTS[command.command], (command, who)
            self.check_imagined(events, who)

    def all_acts_of(self, who: str) -> Iterator[cmd.Command]:
        sitting = (self.under_way() or list(self.story.session.sittings.values()))[0]
        outage_ids = [outage.outage_id for outage in sitting.outages] or ["x"]
        for name in RIGHTS:
            if name not in SITTING_STEPS:
                yield on_session(name, who)
                continue
            for outage_id in outage_ids:
                command = on_sitting(name, who, sitting.plan, outage_id)
                yield command
                if isinstance(command, cmd.DecideExtension):
                    yield from (replace(command, granted_s=s) for s in (1, CAP_S, CAP_S + 1))

    def check_imagined(self, events: list[ev.Event], who: str) -> None:
        self.catch_up()
        actor = {"participant_id": who, "role": CAST[who].value}
        imagined = [{"event": asdict(event), "actor": actor} for event in events]
        lines = [*self.lines, *imagined]
        assert list(oracle.wrongs(lines, since=len(self.lines))) == []
        for event in events:
            if isinstance(event, ev.ExtensionDecided):
                told = oracle.told(lines, event.sitting_id)
                assert sum(one.granted_s or 0 for one in told.outages.values()) <= CAP_S

    @rule(patience=st.integers(0, 4))
    def it_goes_on(self, patience: int) -> None:
        """A sitting that runs is not brought to its end at once."""
        if patience == 0 or not any(sitting.is_live for sitting in self.under_way()):
            go_on(self.story)

    @precondition(lambda self: self.under_way())
    @rule(two=st.tuples(AGENTS, AGENTS), is_asked=st.booleans(), patience=st.integers(0, 2))
    def nothing_of_it_counts(self, two: tuple[str, str], is_asked: bool, patience: int) -> None:
        """Two people say so, of one office or of two, asked by the examiners or not."""
        sitting = self.under_way()[0]
        if patience:
            return
        if is_asked:
            asked = cmd.RequestPostponement(sitting_id=sitting.sitting_id, reason=REASON)
            self.attempt("examiner-1", asked)
        word: cmd.Command = cmd.VoidSitting(sitting_id=sitting.sitting_id, reason=REASON)
        if is_asked:
            word = cmd.AgreePostponement(sitting_id=sitting.sitting_id)
        for who in two:
            self.attempt(who, word)

    @precondition(lambda self: self.story.session.state == "in_progress")
    @rule(who=st.sampled_from(["organiser", "invigilator"]))
    def it_is_held_again(self, who: str) -> None:
        """What did not count is followed by another sitting, once."""
        sittings = self.story.session.sittings
        for before in list(sittings.values()):
            if before.state in ENDED and before.state is not SittingState.CLOSED:
                again = cmd.SittingPlan(
                    sitting_id=f"again-{len(sittings)}",
                    candidate_id=before.plan.candidate_id,
                    examiner_ids=before.plan.examiner_ids,
                    host_office_id=before.plan.host_office_id,
                    planned_ms=max(s.plan.planned_ms for s in sittings.values()) + 7_200_000,
                    duration_s=900,
                    follows_sitting_id=before.sitting_id,
                )
                was_planned = self.attempt(who, cmd.ScheduleSitting(plan=again))
                assert not was_planned or who == "organiser"

    def ask(self, data: st.DataObject, name: str, who: str) -> bool:
        if name == "recuse_member" and who == "examiner-1":
            return False  # The chair and one more stay: without a quorum no jury comes to an end.
        if name in SITTING_STEPS:
            command = self.on_some_sitting(data, name, who)
        else:
            command = on_session(name, who)
        was_done = self.attempt(who, command)
        self.catch_up()
        self.seen["done" if was_done else "refused"] += 1
        return was_done

    def on_some_sitting(self, data: st.DataObject, name: str, who: str) -> cmd.Command:
        sittings = self.under_way() or list(self.story.session.sittings.values())
        sitting = data.draw(st.sampled_from(sittings))
        outage_ids = [outage.outage_id for outage in sitting.outages]
        command = on_sitting(
            name, who, sitting.plan, data.draw(st.sampled_from(["x", *outage_ids]))
        )
        if isinstance(command, cmd.DecideExtension):
            return replace(command, granted_s=data.draw(st.integers(0, 400)))
        if isinstance(command, cmd.DeclareOutage) and data.draw(st.booleans()):
            start_ms = self.story.now_ms - data.draw(st.integers(0, 500_000))
            end_ms = start_ms + data.draw(st.integers(0, 300_000))
            return replace(command, start_ms=start_ms, end_ms=min(end_ms, self.story.now_ms))
        return command

    # --- what befalls us

    @rule(gap_s=st.floats(0.5, 90))
    def the_server_dies(self, gap_s: float) -> None:
        """All that is left is the file: the chain must hold, and give the same state again."""
        self.catch_up()
        before, last_ms = self.story.session, self.story.now_ms
        entries = self.read_back()
        assert entries == self.entries
        self.story.session = fold(entries)
        assert different_parts(before, self.story.session) == []
        names = [field.name for field in fields(Draft)]
        self.story.drafts = [
            Draft(**{name: getattr(entry, name) for name in names}) for entry in entries
        ]
        self.story.wait(gap_s)
        self.sees(ev.ServiceInterrupted(at_ms=last_ms, part="server", resumed_ms=self.story.now_ms))

    # --- what holds

    def catch_up(self) -> None:
        """Chain what is new; seal what is over, as the server does at once."""
        self.chain()
        if self.story.session.is_over and self.story.session.seal is None:
            self.story.seal(entries=self.entries)
            self.chain()

    def chain(self) -> None:
        last = (self.entries[-1].seq, self.entries[-1].digest) if self.entries else None
        new = link(
            self.story.definition.session_id,
            self.story.drafts[len(self.entries) :],
            new_id=self.new_id,
            key_of=key_of,
            last=last,
        )
        self.entries += new
        self.lines += [oracle.read(entry.raw) for entry in new]

    @invariant()
    def nothing_was_done_without_the_right(self) -> None:
        self.catch_up()
        assert list(oracle.wrongs(self.lines, since=self.judged)) == []
        self.judged = len(self.lines)

    @invariant()
    def the_clock_is_what_the_record_says(self) -> None:
        self.catch_up()
        for sitting in self.story.session.sittings.values():
            self.check_clock(sitting)

    def check_clock(self, sitting: Sitting) -> None:
        told = oracle.told(self.lines, sitting.sitting_id)
        reading = sitting.read_clock(self.story.now_ms)
        expected = oracle.clock(told, self.story.now_ms)
        if reading is None or expected is None:
            assert (reading, expected) == (None, None)
            return
        shown = (reading.end_due_ms, reading.remaining_ms, reading.extension_ms, reading.cap_ms)
        assert shown == (
            expected.end_due_ms,
            expected.remaining_ms,
            expected.extension_ms,
            expected.cap_ms,
        )
        decided_ms = sum(1000 * (one.granted_s or 0) for one in told.outages.values())
        assert max(decided_ms, expected.extension_ms) <= expected.cap_ms
        # Whole seconds, rounded up: less than one more for each outage, and nothing twice.
        assert expected.extension_ms <= expected.lost_ms + 999 * len(told.outages)

    def read_back(self) -> list[Entry]:
        report, entries = check_lines(to_lines(self.entries))
        # People's signatures are letters here: who signs is the exam's, the key is `auth`'s.
        faults = {found.code for found in report.findings if found.is_error}
        assert faults <= {"signature_invalid"}
        return entries

    def teardown(self) -> None:
        """From wherever this has come to, there is a way to the last signature."""
        if not hasattr(self, "entries"):
            return
        session = self.story.session
        for _, who in zip(range(MOST_TO_THE_END), cycle(["chair", *CAST]), strict=False):
            if session.seal is not None and (session.life.is_given_up or not unsigned(session)):
                break
            go_on(self.story)
            self.could_ask_for_everything(who)
            self.nothing_was_done_without_the_right()
            self.the_clock_is_what_the_record_says()
        assert session.seal is not None
        assert session.life.is_given_up or unsigned(session) == []
        self.read_back()
        self.seen.update(line["event"]["type"] for line in self.lines)


@pytest.mark.requirement("D5", "D8", "D9", "D12", "J5", "T4")
def test_whatever_happens_to_a_session_the_promises_hold() -> None:
    ASession.seen.clear()
    run_state_machine_as_test(
        ASession,
        settings=settings(
            max_examples=settings().max_examples // 2,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Every run is brought to its end, whatever comes before; the rest is chance.
    assert {"sitting.closed", "decision.adopted", "record.sealed"} <= set(ASession.seen)
    assert min(ASession.seen["done"], ASession.seen["refused"]) > 20


def test_the_oracle_knows_every_kind_of_event() -> None:
    assert {*oracle.MAY, *oracle.NOBODY} == EVENTS - ELSEWHERE | {"invitation.revoked"}
