"""A receiver whose path becomes narrow: what it is no longer sent, and how soon."""

from __future__ import annotations

from loadtests.packets import Numbers, frame
from media import rtcp
from media.kinds import Stream
from media.rounds import Rounds
from media.rtp import MID_URI, RID_URI
from tests.media.offers import usual
from tests.media.rounds import whole_round
from tests.media.test_egress import Room, numbers, with_clock

WIDE_BPS, NARROW_BPS = 3_000_000, 250_000
FRAMES_PER_S = 20
LAYERS = f"a=mid:1\r\na=extmap:4 {MID_URI}\r\na=extmap:10 {RID_URI}\r\na=simulcast:send h;f\r\n"
OFFER = with_clock(usual(ssrcs=False)).replace("a=mid:1\r\n", LAYERS, 1)
SMALL, LARGE = 2001, 2101


class LayeredRoom(Room):
    """Cameras of two layers, of 180 and 920 kbit/s."""

    def __init__(self) -> None:
        super().__init__(OFFER)
        self.rounds = Rounds(self.relay, cpu_s=lambda: 0.0, now=self.now)
        connection = self.of("anna")
        self.layers = connection.uplinks[Stream.VIDEO].layers
        self.numbers = [Numbers(SMALL), Numbers(LARGE)]
        for layer, ssrc in zip(self.layers, (SMALL, LARGE), strict=True):
            layer.ssrc = ssrc
            connection._routes[ssrc] = layer

    def play(self, seconds: float, *, is_key: bool = False) -> None:
        """Let anna's camera run, and the relay judge as it does."""
        for number in range(round(seconds * FRAMES_PER_S)):
            for running, count in zip(self.numbers, (1, 5), strict=True):
                self.send(frame(running, is_key=is_key and number == 0, count=count))
            self.run(1 / FRAMES_PER_S)
            if number % 2:
                whole_round(self.rounds, self.now)

    def name_limit(self, name: str, bitrate_bps: int) -> None:
        """Let a receiver say what it can take."""
        report = rtcp.receiver_report(7, [])
        ssrcs = sorted(self.of(name).pictures_sent())
        self.send([report + rtcp.bitrate_limit(7, bitrate_bps, ssrcs)], name)

    def requests(self) -> int:
        """How many key frames anna was asked for."""
        return sum(
            isinstance(message, rtcp.KeyFrameRequest)
            for data in self.told["anna"]
            for message in rtcp.parse(data)
        )


def settled() -> LayeredRoom:
    """Everyone has the larger layer, and has said so much that nothing is limited."""
    room = LayeredRoom()
    for _ in range(4):
        room.play(1.0, is_key=True)
        for name in ("bert", "carl"):
            room.name_limit(name, WIDE_BPS)
    for name in ("bert", "carl"):
        assert room.slot_of_anna(name).source is room.layers[1]
    return room


def test_a_limit_far_below_is_acted_on_at_once_and_for_nobody_else() -> None:
    """A layer too large fills the link and arrives broken: 2 s of that is an interruption."""
    room = settled()
    room.play(0.3)
    asked, had, carls = room.requests(), len(room.pictures("bert")), len(room.pictures("carl"))
    room.name_limit("bert", NARROW_BPS)
    assert room.requests() == asked + 1, "the smaller layer's key frame is asked for now"
    room.play(0.2)
    assert len(room.pictures("bert")) == had, "nothing of the larger one is sent meanwhile"
    room.play(0.4, is_key=True)
    shown = room.pictures("bert")
    assert len(shown) - had == round(0.4 * FRAMES_PER_S)
    assert room.slot_of_anna("bert").source is room.layers[0]
    assert numbers(shown)[had] == numbers(shown)[had - 1] + 1 & 0xFFFF
    assert len(room.pictures("carl")) - carls == round(0.6 * FRAMES_PER_S) * 5


def test_a_limit_that_falls_again_is_acted_on_again_and_one_that_trembles_is_not() -> None:
    room = settled()
    room.name_limit("bert", NARROW_BPS)
    room.play(0.6, is_key=True)
    capacity, asked = room.of("bert").capacity, room.requests()
    for percent in (99, 95, 103, 90, 85):
        room.name_limit("bert", NARROW_BPS * percent // 100)
        assert capacity.bps == NARROW_BPS
    assert room.requests() == asked
    room.name_limit("bert", NARROW_BPS // 2)
    assert capacity.bps == NARROW_BPS // 2


def test_a_picture_that_the_page_shows_smaller_goes_on_until_the_smaller_layer_begins() -> None:
    room = settled()
    slot, had = room.slot_of_anna("bert"), len(room.pictures("bert"))
    room.of("bert").heights[slot.plan.mid] = 180
    room.play(1.5)
    assert len(room.pictures("bert")) - had == round(1.5 * FRAMES_PER_S) * 5
    room.play(0.5, is_key=True)
    assert slot.source is room.layers[0]
