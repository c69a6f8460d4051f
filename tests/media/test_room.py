"""Who sees whom, with real negotiations and no network."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import commands
from media.aiortc_seam import PacketBuffer
from media.cause import CauseJudge
from media.commands import Commander
from media.errors import UnknownPeerError
from media.interruption import Interrupted, Restored, Started
from media.kinds import Cause, Stream
from media.messages import (
    CloseRoom,
    Done,
    Event,
    Join,
    Joined,
    Leave,
    Refused,
    SetGroups,
    Share,
    SlotsAssigned,
    StreamInterrupted,
    StreamRestored,
    Switch,
    TransportChanged,
)
from media.peer import Peer
from media.relay import Ports, Relay
from media.rounds import Rounds
from tests.media.offers import FINGERPRINT, media_lines, offer, usual, with_h264
from tests.media.rounds import whole_round

NAMES = "abcd"


class NoWire:
    """Nobody is connected."""

    def __init__(self) -> None:
        self.buffers = [PacketBuffer()]

    def transmit(self, data: bytes | memoryview, address: object, /) -> None:
        raise AssertionError(data, address)

    def transmit_all(self, queued: object, /) -> int:
        raise AssertionError(queued)


class Table:
    """A relay without a network, and a commander for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.relay = Relay(
            Ports(
                NoWire(), self.events.append, self._spawn, time.monotonic, lambda _after, _do: None
            )
        )
        self.commander = Commander(self.relay, announced=("192.0.2.1",), port=4000)
        self.now = 100.0

    def _spawn(self, work: Any) -> None:
        work.close()  # closing a transport that never was up has nothing to wait for

    def tell(self, command: Any) -> Any:
        return self.commander.carry_out(command, self.now)

    def join(self, name: str, group: str | None = "all", *, places: int = 3) -> Any:
        offer = usual(places)
        return self.tell(
            Join(id=1, room="r", peer=name, offer=offer, fingerprint=FINGERPRINT, group=group)
        )

    def sources(self, name: str) -> set[str]:
        told = [e for e in self.events if isinstance(e, SlotsAssigned) and e.peer == name]
        return {slot.source for slot in told[-1].slots.values()} if told else set()


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "y", None]))))
def test_peers_of_one_group_and_no_others_are_shown_to_each_other(
    rounds: list[dict[str, str | None]],
) -> None:
    table, groups = Table(), dict[str, str | None].fromkeys(NAMES)
    for name in NAMES:
        table.join(name, None)
    for change in rounds:
        groups |= change
        assert table.tell(SetGroups(id=2, room="r", groups=change)) == Done(id=2)
        for name in NAMES:
            expected = {
                other
                for other in NAMES
                if other != name and groups[name] is not None and groups[other] == groups[name]
            }
            assert table.sources(name) == expected


@given(
    echoed=st.sets(st.sampled_from(NAMES)),
    groups=st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(["x", None]))),
)
def test_who_is_echoed_is_shown_to_themselves_and_to_nobody_else(
    echoed: set[str], groups: dict[str, str | None]
) -> None:
    table = Table()
    for name, group in groups.items():
        join = Join(id=1, room="r", peer=name, offer=usual(3), fingerprint=FINGERPRINT, group=group)
        table.tell(join.model_copy(update={"is_echoed": name in echoed}))
    for name in NAMES:
        others = {one for one in set(NAMES) - echoed if groups[one] == groups[name] == "x"}
        assert table.sources(name) == ({name} if name in echoed else others - {name})


def test_nobody_is_shown_a_picture_in_a_codec_they_have_not_offered() -> None:
    table = Table()
    sound = (media_lines("audio", "0", "sendonly"), media_lines("audio", "1", "recvonly"))
    h264 = [
        with_h264(mid, way, is_alone=True) for mid, way in (("2", "sendonly"), ("3", "recvonly"))
    ]
    vp8 = [media_lines("video", mid, way) for mid, way in (("2", "sendonly"), ("3", "recvonly"))]
    for name, pictures in (("a", h264), ("b", vp8)):
        text = offer(*sound, *pictures)
        table.tell(Join(id=1, room="r", peer=name, offer=text, fingerprint=FINGERPRINT, group="x"))
    assigned = {e.peer: set(e.slots) for e in table.events if isinstance(e, SlotsAssigned)}
    assert assigned == {"a": {"1"}, "b": {"1"}}


def test_a_screen_is_shown_in_its_own_slot_while_it_is_shared_and_to_its_group_alone() -> None:
    table = Table()
    for name, group in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")):
        offer = usual(3, screen=True)
        table.tell(
            Join(id=1, room="r", peer=name, offer=offer, fingerprint=FINGERPRINT, group=group)
        )

    def screens() -> dict[str, str]:
        shown = {}
        for name in NAMES:
            told = [e for e in table.events if isinstance(e, SlotsAssigned) and e.peer == name]
            slots = told[-1].slots if told else {}
            assert {mid for mid, slot in slots.items() if slot.kind is Stream.SCREEN} <= {"r"}
            if "r" in slots:
                shown[name] = slots["r"].source
        return shown

    assert screens() == {}, "a screen is nobody's unless the relay was told so"
    table.tell(Share(id=2, room="r", peer="a", is_on=True))
    assert screens() == {"b": "a", "c": "a"}
    assert table.sources("b") == {"a", "c"}
    table.tell(SetGroups(id=3, room="r", groups={"c": "y"}))
    assert screens() == {"b": "a"}
    table.tell(SetGroups(id=4, room="r", groups={"a": None}))
    assert screens() == {}
    table.tell(SetGroups(id=5, room="r", groups={"a": "x"}))
    table.tell(Share(id=6, room="r", peer="a", is_on=False))
    assert screens() == {}


def test_more_peers_than_places_leaves_the_last_out() -> None:
    table = Table()
    table.join("a", places=1)
    for name in "bcd":
        table.join(name)
    assert table.sources("a") == {"b"}
    table.tell(Leave(id=3, room="r", peer="b"))
    assert table.sources("a") == {"c"}


def test_slots_are_told_again_to_a_new_connection() -> None:
    table = Table()
    table.join("a")
    table.join("b")
    count = len(table.events)
    assert isinstance(table.join("a", None), Joined)
    told = [e for e in table.events[count:] if isinstance(e, SlotsAssigned)]
    assert [event.peer for event in told] == ["a"]
    assert table.sources("a") == {"b"}


def test_what_did_not_change_is_not_told_again() -> None:
    table = Table()
    table.join("a")
    table.join("b")
    count = len(table.events)
    table.tell(SetGroups(id=2, room="r", groups={"a": "all"}))
    assert table.events[count:] == []


def test_a_room_ends_with_its_last_peer() -> None:
    table = Table()
    table.join("a")
    table.join("b")
    assert table.tell(CloseRoom(id=4, room="r")) == Done(id=4)
    gone = [e.reason for e in table.events if isinstance(e, TransportChanged)]
    assert gone == ["left", "left"]
    assert table.relay.rooms == {}
    assert isinstance(table.tell(Leave(id=5, room="r", peer="a")), Refused)


def test_peers_are_bounded_in_a_room_and_in_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    monkeypatch.setattr(commands, "MAX_PEERS_PER_ROOM", 2)
    table.join("a")
    table.join("b")
    refused = table.join("c")
    assert isinstance(refused, Refused)
    assert refused.code == "limit_reached"
    assert isinstance(table.join("a"), Joined)
    monkeypatch.setattr(commands, "MAX_PEERS", 2)
    other = Join(id=6, room="other", peer="z", offer=usual(), fingerprint=FINGERPRINT)
    assert isinstance(table.tell(other), Refused)
    assert "other" not in table.relay.rooms


def test_a_refused_offer_leaves_the_connection_as_it_was() -> None:
    table = Table()
    table.join("a")
    before = table.relay.rooms["r"].peers["a"].connection
    bad = Join(id=7, room="r", peer="a", offer="v=0", fingerprint=FINGERPRINT)
    assert isinstance(table.tell(bad), Refused)
    assert table.relay.rooms["r"].peers["a"].connection is before


def test_a_peer_that_never_connects_is_gone_after_half_a_minute() -> None:
    table = Table()
    table.join("a")
    rounds = Rounds(table.relay, cpu_s=lambda: 0.0, now=table.now)
    for tick in range(1, 310):
        whole_round(rounds, table.now + tick * 0.1)
    steps = [(e.state.value, e.reason) for e in table.events if isinstance(e, TransportChanged)]
    assert steps == [("suspect", None), ("lost", None), ("gone", "silence")]
    assert table.relay.rooms == {}


def told(peer: Peer, stream: Stream, change: Any, judge: CauseJudge) -> Any:
    [event] = peer.told(stream, [change], judge)
    return event


def sending(peer: Peer, *streams: Stream, until: float) -> None:
    """Let those streams have flowed from 1.0 to `until`."""
    for stream in streams:
        watch = peer.watch(stream)
        times = [1.0 + i * 0.1 for i in range(round((until - 1.0) * 10) + 1)]
        for index, at in enumerate(times):
            if stream is Stream.AUDIO:
                list(peer.audio.packet(index, index * 0.02, now=at))
            else:
                list(peer.video.frame(index, index, is_key=True, now=at))
        assert watch.last_good == pytest.approx(until)


def cause_of(prepare: Callable[[Peer], None]) -> tuple[Cause, Cause]:
    """An interruption of sound from 10 to 14: its cause at detection, and at the end."""
    peer, judge = Peer("r", "p", now=0.0), CauseJudge()
    sending(peer, Stream.AUDIO, until=10.0)
    prepare(peer)
    first = told(peer, Stream.AUDIO, Interrupted(10.0, 11.0), judge)
    assert isinstance(first, StreamInterrupted)
    last = told(peer, Stream.AUDIO, Restored(10.0, 14.0), judge)
    assert isinstance(last, StreamRestored)
    return first.cause, last.cause


def test_a_picture_that_went_on_shows_that_only_the_sound_failed() -> None:
    assert cause_of(lambda peer: sending(peer, Stream.VIDEO, until=14.0)) == (
        Cause.CAPTURE,
        Cause.CAPTURE,
    )


def test_a_picture_that_failed_as_well_shows_that_the_link_did() -> None:
    assert cause_of(lambda peer: sending(peer, Stream.VIDEO, until=10.0)) == (
        Cause.UPLINK,
        Cause.UPLINK,
    )


def test_a_picture_switched_off_says_nothing() -> None:
    def prepare(peer: Peer) -> None:
        sending(peer, Stream.VIDEO, until=10.0)
        list(peer.video.switch(is_on=False, now=10.0))

    assert cause_of(prepare) == (Cause.UPLINK, Cause.UPLINK)


def test_traffic_without_media_shows_that_the_transport_lives() -> None:
    def prepare(peer: Peer) -> None:
        peer.other_traffic_at = 10.8

    assert cause_of(prepare) == (Cause.CAPTURE, Cause.CAPTURE)


def test_traffic_that_came_back_with_the_media_shows_nothing() -> None:
    peer, judge = Peer("r", "p", now=0.0), CauseJudge()
    sending(peer, Stream.AUDIO, until=10.0)
    told(peer, Stream.AUDIO, Interrupted(10.0, 11.0), judge)
    peer.other_traffic_at = 14.2
    list(peer.judge(judge, 14.3))
    assert told(peer, Stream.AUDIO, Restored(10.0, 14.0), judge).cause is Cause.UPLINK


def test_the_end_corrects_what_the_detection_could_not_know() -> None:
    peer, judge = Peer("r", "p", now=0.0), CauseJudge()
    sending(peer, Stream.AUDIO, until=10.0)
    assert told(peer, Stream.AUDIO, Interrupted(10.0, 11.0), judge).cause is Cause.UPLINK
    peer.other_traffic_at = 12.0
    list(peer.judge(judge, 12.05))
    assert told(peer, Stream.AUDIO, Restored(10.0, 14.0), judge).cause is Cause.CAPTURE


def test_a_switch_is_passed_to_both_streams() -> None:
    peer, judge = Peer("r", "p", now=0.0), CauseJudge()
    sending(peer, *Stream, until=10.0)
    assert list(peer.switch(audio=False, video=False, judge=judge, now=10.0)) == []
    assert list(peer.judge(judge, 20.0)) == []
    assert list(peer.switch(audio=True, video=True, judge=judge, now=20.0)) == []
    assert [e.stream for e in peer.judge(judge, 22.0)] == [Stream.AUDIO, Stream.VIDEO]


def test_a_closed_connection_interrupts_what_was_flowing_and_nothing_else() -> None:
    peer, judge = Peer("r", "p", now=0.0), CauseJudge()
    sending(peer, Stream.AUDIO, until=10.0)
    assert told(peer, Stream.AUDIO, Started(10.0), judge).at_s == 10.0
    [event] = peer.fall_silent(10.5)
    assert isinstance(event, StreamInterrupted)
    assert (event.stream, event.cause) == (Stream.AUDIO, Cause.UPLINK)
    assert event.since_s == pytest.approx(10.0)
    assert event.detected_s == 10.5


def test_a_switch_of_a_stranger_is_refused() -> None:
    refused = Table().tell(Switch(id=9, room="r", peer="x", audio=True, video=True))
    assert refused.code == UnknownPeerError.code
