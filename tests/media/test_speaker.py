from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.packets import audio
from media.kinds import Stream
from media.rtp import AUDIO_LEVEL_URI
from media.speaker import Speakers, Voice
from tests.media.offers import usual
from tests.media.test_egress import Room, with_clock

QUIET, LOUD = bytes((127,)), bytes((0x80 | 20,))


@dataclass
class Person:
    name: str
    group: str | None = "all"
    muted: frozenset[Stream] = frozenset()
    voice: Voice = field(default_factory=Voice)


def tick(speakers: Speakers, pairs: list[tuple[Person, bytes]]) -> list[tuple[str, str | None]]:
    """Let a tenth of a second of sound come, then judge."""
    for person, level in pairs:
        for _ in range(5):
            if level:
                person.voice.add(level[0])
    return [(e.group, e.peer) for e in speakers.judge([p for p, _ in pairs], 0.0)]


def after(
    speakers: Speakers, pairs: list[tuple[Person, bytes]], ticks: int
) -> list[tuple[str, str | None]]:
    return [change for _ in range(ticks) for change in tick(speakers, pairs)]


def test_whoever_speaks_is_named_once() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    assert after(speakers, [(anna, QUIET), (bert, LOUD)], 20) == [("all", "bert")]
    assert after(speakers, [(anna, QUIET), (bert, QUIET)], 20) == []
    assert after(speakers, [(anna, LOUD), (bert, QUIET)], 20) == [("all", "anna")]


def test_whoever_is_muted_speaks_to_nobody() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    bert.muted = frozenset({Stream.AUDIO})
    assert after(speakers, [(anna, QUIET), (bert, LOUD)], 20) == []


def test_a_cough_is_no_speech() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    after(speakers, [(anna, LOUD), (bert, QUIET)], 20)
    assert after(speakers, [(anna, QUIET), (bert, LOUD)], 2) == []
    assert after(speakers, [(anna, QUIET), (bert, QUIET)], 20) == []


def test_two_who_are_as_loud_do_not_alternate() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    after(speakers, [(anna, LOUD), (bert, QUIET)], 20)
    assert after(speakers, [(anna, LOUD), (bert, bytes((17,)))], 50) == []


def test_groups_do_not_hear_of_each_other_and_nobody_hears_who_waits() -> None:
    speakers = Speakers("r")
    jury, office, waiting = Person("j", "jury"), Person("o", "office"), Person("w", None)
    found = after(speakers, [(jury, LOUD), (office, LOUD), (waiting, LOUD)], 20)
    assert sorted(found) == [("jury", "j"), ("office", "o")]


def test_who_leaves_the_group_speaks_no_longer() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    after(speakers, [(anna, LOUD), (bert, QUIET)], 20)
    anna.group = None
    assert tick(speakers, [(anna, LOUD), (bert, QUIET)]) == [("all", None)]


def test_who_sends_nothing_any_more_can_be_followed_by_a_softer_voice() -> None:
    speakers, anna, bert = Speakers("r"), Person("anna"), Person("bert")
    after(speakers, [(anna, bytes((0,))), (bert, QUIET)], 20)
    assert after(speakers, [(anna, b""), (bert, bytes((40,)))], 30) == [("all", "bert")]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([None, "x", "y"]), st.binary(max_size=2)),
        max_size=80,
    )
)
def test_a_speaker_is_always_one_of_the_group(steps: list[tuple[str, str | None, bytes]]) -> None:
    speakers, people = Speakers("r"), {name: Person(name) for name in "abc"}
    now: dict[str, str | None] = {}
    for name, group, level in steps:
        people[name].group = group
        for changed, peer in tick(
            speakers, [(p, level if p.name == name else b"") for p in people.values()]
        ):
            now |= {changed: peer}
        for told_group, told in now.items():
            if told is not None and any(p.group == told_group for p in people.values()):
                assert people[told].group == told_group


@pytest.mark.parametrize(
    ("extension", "is_heard"),
    [(b"\x10\x00\x00\x01\x01\x01\x00\x00", True), (b"\x10\x00\x00\x01\x01\x00\x00\x00", False)],
    ids=["loudest", "without a value"],
)
def test_a_level_of_no_octets_is_none(extension: bytes, *, is_heard: bool) -> None:
    """Two-byte extensions may be empty (RFC 8285 section 4.3); what follows is no level."""
    offered = f"a=mid:0\r\na=extmap:1 {AUDIO_LEVEL_URI}\r\n"
    room = Room(with_clock(usual()).replace("a=mid:0\r\n", offered, 1))
    packet = audio(room.sound)
    room.send([bytes([packet[0] | 0x10]) + packet[1:12] + extension + packet[12:]])
    assert (room.of("anna").peer.voice.loudness_db > 0) is is_heard
