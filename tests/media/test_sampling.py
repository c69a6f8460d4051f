"""A second of a connection, both ways."""

import pytest

from media.downlink import SlotReception
from media.formats import Format
from media.forwarding import Slot
from media.interruption import AudioWatch
from media.kinds import Codec, Direction, Stream
from media.messages import StreamStats
from media.rtcp import ReportBlock
from media.rtp import RTPPacket
from media.sampling import QualityMeter
from media.sdp import SlotPlan, Uplink
from media.uplink import UplinkStream

pytestmark = pytest.mark.requirement("D6")


class Speaker:
    """A microphone at 50 packets a second, and the meter of its connection."""

    def __init__(self) -> None:
        self.meter = QualityMeter(now=0.0)
        self.watch = AudioWatch()
        plan = Uplink(
            Stream.AUDIO, "0", Codec.OPUS, 111, 1, abs_send_time_id=None, audio_level_id=None
        )
        self.stream = UplinkStream(plan, self.watch, now=0.0)
        self._number = 0

    def speak(self, begin: float, end: float, *, lose: int = 0) -> None:
        """Send from `begin` to `end`, every `lose`-th packet to nobody."""
        for index in range(round((end - begin) * 50)):
            self._number += 1
            if lose and index % lose == lose - 1:
                continue
            now = begin + index * 0.02
            packet = RTPPacket(111, True, self._number, self._number * 960, 1, 12, 92, 0)
            self.stream.count(packet, now=now)
            list(self.stream.watch_audio(packet, now=now))

    def sample(self, now: float, *, rtt_s: float | None = 0.02) -> StreamStats | None:
        return self.meter.sent(self.stream, self.watch, rtt_s=rtt_s, now=now)


def test_the_first_reading_has_nothing_to_be_compared_with() -> None:
    speaker = Speaker()
    speaker.speak(0.0, 1.0)
    assert speaker.sample(1.0) is None
    assert speaker.meter.overall.value is None


def test_counts_are_of_the_last_second_alone() -> None:
    speaker = Speaker()
    speaker.speak(0.0, 1.0, lose=2)
    speaker.sample(1.0)
    speaker.speak(1.0, 2.0)
    sampled = speaker.sample(2.0)
    assert sampled is not None
    # The last of the first second is known to be lost with the first of this one.
    assert (sampled.packets, sampled.lost) == (50, 1)
    assert sampled.direction is Direction.SENT
    assert sampled.bitrate_bps == 50 * 92 * 8


def test_loss_delay_and_silence_lower_the_score() -> None:
    clean, lossy, slow, silent = (Speaker() for _ in range(4))
    for speaker in (clean, lossy, slow, silent):
        speaker.speak(0.0, 1.0)
        speaker.sample(1.0)
    clean.speak(1.0, 2.0)
    lossy.speak(1.0, 2.0, lose=5)
    slow.speak(1.0, 2.0)
    scores = [
        sampled.score
        for sampled in (
            clean.sample(2.0),
            lossy.sample(2.0),
            slow.sample(2.0, rtt_s=0.8),
            silent.sample(2.01),
        )
        if sampled is not None
    ]
    assert scores[0] == 100
    assert scores[1] < 70
    assert scores[2] < 90
    assert scores[3] == 0


def test_glitches_are_counted_and_interruptions_are_not() -> None:
    speaker = Speaker()
    speaker.speak(0.0, 1.0)
    speaker.sample(1.0)
    speaker.speak(1.2, 1.4)  # after 220 ms
    speaker.speak(2.9, 3.0)  # after 1.5 s: an interruption
    sampled = speaker.sample(3.0)
    assert sampled is not None
    assert sampled.glitches == 1


def test_a_microphone_that_is_off_has_no_score() -> None:
    speaker = Speaker()
    speaker.speak(0.0, 1.0)
    speaker.sample(1.0)
    list(speaker.watch.switch(is_on=False, now=1.0))
    assert speaker.sample(2.0) is None


def slot() -> Slot:
    return Slot(SlotPlan(Stream.AUDIO, "2", (Format(Codec.OPUS, 111),), 7), place=0)


def test_what_is_received_is_what_its_receiver_reports() -> None:
    meter, reception, shown = QualityMeter(now=0.0), SlotReception(), slot()
    sampled = None
    for second in range(4):
        reception.log.sent(100 + 50 * second, now=float(second))
        block = ReportBlock(7, 0, 5 * second, 100 + 50 * second, 480, 0, 0)
        reception.report(block, as_of=float(second))
        shown.octets += 5_000
        sampled = meter.received(
            Stream.AUDIO, [reception], [shown], rtt_s=0.05, is_interrupted=False, now=second + 1.0
        )
    assert sampled is not None
    assert (sampled.packets, sampled.lost) == (45, 5)
    assert sampled.jitter_ms == 10.0
    assert sampled.bitrate_bps == 40_000
    assert sampled.direction is Direction.RECEIVED


def test_who_is_sent_nothing_receives_no_score() -> None:
    meter = QualityMeter(now=0.0)
    for now in (1.0, 2.0):
        sampled = meter.received(
            Stream.AUDIO, [], [slot()], rtt_s=None, is_interrupted=False, now=now
        )
        assert sampled is None


def test_the_worse_direction_decides_over_all() -> None:
    meter = QualityMeter(now=0.0)
    both = [
        StreamStats(
            stream=Stream.AUDIO,
            direction=direction,
            bitrate_bps=1,
            packets=1,
            lost=0,
            jitter_ms=0.0,
            frames=0,
            glitches=0,
            freezes=0,
            score=score,
            mos=None,
        )
        for direction, score in ((Direction.SENT, 90), (Direction.RECEIVED, 30))
    ]
    steps = [meter.judge(both, now=float(second)) for second in range(7)]
    assert meter.overall.value == 30
    assert [step is not None for step in steps] == [False] * 5 + [True, False]
