"""What may befall any exam, whatever is done meanwhile: streams cut, people gone, ourselves down.

The base of the state machines: a story of `self.watched`, to whom things happen at instants that
only `time_passes` moves.
"""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.builders import Story
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.errors import ExamError
from visiojury.exam.media import STREAMS
from visiojury.exam.react import deadline, react

STREAM = st.sampled_from(STREAMS)
BACK_MS = st.integers(0, 9_000)
"""How long something had lasted before it was noticed."""


class Mishaps(RuleBasedStateMachine):
    story: Story
    watched: tuple[str, ...] = ("candidate", "chair", "examiner-1", "examiner-2")
    """Those to whom it happens."""

    @rule(seconds=st.floats(0.1, 400))
    def time_passes(self, seconds: float) -> None:
        """The owner wakes up at each deadline on the way."""
        until_ms = self.story.now_ms + round(seconds * 1000)
        while (due_ms := deadline(self.story.session, self.story.now_ms)) is not None:
            if due_ms > until_ms:
                break
            assert due_ms > self.story.now_ms
            self.story.now_ms = due_ms
            self.story.observe()
        self.story.now_ms = until_ms
        assert react(self.story.session, until_ms) == []

    @rule(data=st.data(), stream=STREAM, back_ms=BACK_MS)
    def is_cut(self, data: st.DataObject, stream: ev.Stream, back_ms: int) -> None:
        who = data.draw(st.sampled_from(self.watched))
        state = self.story.session.media_of(who).streams[stream]
        if state.interrupted_ms is not None:
            return
        at_ms = max(state.restored_ms, self.story.now_ms - back_ms)
        self.sees(
            ev.MediaInterrupted(
                at_ms=at_ms,
                participant_id=who,
                stream=stream,
                cause="uplink",
                detected_ms=self.story.now_ms,
            )
        )

    @rule(data=st.data(), stream=STREAM, back_ms=st.integers(0, 600))
    def comes_back(self, data: st.DataObject, stream: ev.Stream, back_ms: int) -> None:
        who = data.draw(st.sampled_from(self.watched))
        state = self.story.session.media_of(who).streams[stream]
        if state.interrupted_ms is None:
            return
        at_ms = max(state.interrupted_ms, self.story.now_ms - back_ms)
        self.sees(ev.MediaRestored(at_ms=at_ms, participant_id=who, stream=stream, cause="uplink"))

    @rule(data=st.data(), stream=STREAM, is_on=st.booleans())
    def switches(self, data: st.DataObject, stream: ev.Stream, is_on: bool) -> None:
        who = data.draw(st.sampled_from(self.watched))
        self.sees(
            ev.MediaSwitched(
                at_ms=self.story.now_ms, participant_id=who, stream=stream, is_on=is_on
            )
        )

    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.watched))
        self.sees(ev.MediaDisconnected(at_ms=self.story.now_ms, participant_id=who))

    @rule(data=st.data())
    def connects_again(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.watched))
        self.sees(
            ev.MediaBound(
                at_ms=self.story.now_ms,
                participant_id=who,
                fingerprint="AB",
                device_key="key",
                checked_by=None,
            )
        )

    @rule(part=st.sampled_from(["server", "relay"]), back_ms=BACK_MS)
    def service_is_interrupted(self, part: str, back_ms: int) -> None:
        last_ms = max(self.story.drafts[-1].received_ms, self.story.now_ms - back_ms)
        self.sees(
            ev.ServiceInterrupted(
                at_ms=last_ms,
                part="server" if part == "server" else "relay",
                resumed_ms=self.story.now_ms,
            )
        )

    def sees(self, event: ev.Event) -> None:
        """Observe, as the server does: what comes after the seal is no part of the record."""
        if self.story.session.seal is None:
            self.story.observe(event)

    def attempt(self, by: str, command: cmd.Command) -> bool:
        try:
            self.story.act(by, command)
        except ExamError:
            return False
        return True
