import struct

import pytest

from media import rtp, rtx
from media.interruption import AudioWatch, Started, VideoWatch
from media.kinds import Codec, Stream
from media.nack import MAX_MISSING
from media.pictures import PictureDescriptor
from media.rtcp import SenderReport
from media.rtp import RTPPacket
from media.sdp import Uplink
from media.uplink import Frame, FrameAssembler, UplinkStream


def packet(number: int, timestamp: int = 0, *, marker: bool = False) -> RTPPacket:
    made = RTPPacket(96, marker, number & 0xFFFF, timestamp, 7, 12, 112, 0)
    made.extended = number
    return made


def vp8(*, starts: bool = False, key: bool = False) -> PictureDescriptor:
    return PictureDescriptor(starts, key)


def stream(kind: Stream) -> UplinkStream:
    watch = AudioWatch() if kind is Stream.AUDIO else VideoWatch()
    return UplinkStream(Uplink(kind, "0", Codec.VP8, 96, 7, None, None), watch, now=0.0)


def test_a_frame_is_whole_when_all_its_packets_came_in_whatever_order() -> None:
    assembler = FrameAssembler()
    assert assembler.add(packet(12, marker=True), vp8()) is None
    assert assembler.add(packet(10), vp8(starts=True, key=True)) is None
    assert assembler.add(packet(11), vp8()) == Frame(10, 12, is_key=True)


def test_a_frame_with_a_hole_is_never_whole_and_hurts_no_other() -> None:
    assembler = FrameAssembler()
    assert assembler.add(packet(10, 1), vp8(starts=True)) is None
    assert assembler.add(packet(12, 1, marker=True), vp8()) is None
    assert assembler.add(packet(13, 2, marker=True), vp8(starts=True)) == Frame(
        13, 13, is_key=False
    )


def test_frames_being_put_together_are_bounded() -> None:
    assembler = FrameAssembler()
    for timestamp in range(1000):
        assembler.add(packet(2 * timestamp, timestamp), vp8(starts=True))
    assert assembler.add(packet(1, 0, marker=True), vp8()) is None
    assert assembler.add(packet(1999, 999, marker=True), vp8()) == Frame(1998, 1999, is_key=False)


def test_sound_starts_with_its_first_packet() -> None:
    audio, first = stream(Stream.AUDIO), packet(5)
    audio.count(first, now=1.0)
    assert [*audio.watch_audio(first, now=1.0)] == [Started(1.0)]


def test_a_picture_starts_with_its_first_whole_frame() -> None:
    video = stream(Stream.VIDEO)
    half, rest = packet(1), packet(2, marker=True)
    for made, at in ((half, 1.0), (rest, 1.1)):
        video.count(made, now=at)
    assert [*video.watch_video(half, vp8(starts=True, key=True), now=1.0)] == []
    assert [*video.watch_video(rest, vp8(), now=1.1)] == [Started(1.1)]
    assert video.frames == 1


def feed(video: UplinkStream, numbers: list[int], *, now: float) -> None:
    for number in numbers:
        video.count(packet(number), now=now)


def test_a_lasting_gap_asks_for_a_key_frame_once() -> None:
    video = stream(Stream.VIDEO)
    feed(video, [1, 2, 5], now=0.1)
    assert video.take_missing(rtt_s=None, now=0.15) == []
    assert not video.key_frames.is_due(0.15)
    video.take_missing(rtt_s=None, now=0.21)
    assert video.key_frames.is_due(0.21)
    video.key_frames.arrived()
    feed(video, [6, 7], now=0.3)
    video.take_missing(rtt_s=None, now=0.9)
    assert not video.key_frames.is_due(0.9)


def test_a_screen_that_stood_still_is_no_cause_for_a_key_frame() -> None:
    for kind, is_due in ((Stream.VIDEO, True), (Stream.SCREEN, False)):
        picture = stream(kind)
        feed(picture, [1, 2], now=0.1)
        feed(picture, [3], now=1.1)
        assert picture.key_frames.is_due(1.1) is is_due


def test_a_late_packet_is_no_gap() -> None:
    video = stream(Stream.VIDEO)
    feed(video, [1, 2, 4, 3, 5], now=0.1)
    video.take_missing(rtt_s=None, now=0.5)
    assert not video.key_frames.is_due(0.5)


def test_sound_that_is_given_up_asks_for_no_key_frame() -> None:
    audio = stream(Stream.AUDIO)
    feed(audio, [1, 2, 5], now=0.1)
    audio.take_missing(rtt_s=None, now=0.9)
    assert not audio.key_frames.is_due(0.9)


def test_a_gap_too_wide_to_repair_lets_the_picture_begin_again() -> None:
    video = stream(Stream.VIDEO)
    feed(video, [1, 1 + MAX_MISSING + 2], now=0.1)
    assert len(video.missing) == 0
    assert video.key_frames.is_due(0.1)


def test_a_packet_repeated_in_a_stream_of_its_own_takes_its_place_once() -> None:
    video = UplinkStream(
        Uplink(
            Stream.VIDEO, "0", Codec.VP8, 96, 7, None, None, answers_nack=True, rtx_payload_type=97
        ),
        VideoWatch(),
        now=0.0,
    )
    feed(video, [0xFFFE, 0x10000], now=0.1)
    repeated = struct.pack("!BBHIIH", 0x80, 97, 5, 900, 8, 0xFFFF) + b"picture"
    for is_first in (True, False):
        read = rtp.parse(repeated, len(repeated))
        assert rtx.restore(repeated, read, video) is is_first
        if is_first:
            assert (read.sequence_number, read.ssrc, read.payload_type) == (0xFFFF, 7, 96)
            assert repeated[read.start : read.end] == b"picture"
            video.count(read, now=0.2)
            assert read.extended == 0xFFFF + 0x10000


@pytest.mark.parametrize("payload", [b"", b"\0", b"\xff\xf0probe"])
def test_a_repetition_that_nobody_waits_for_is_dropped(payload: bytes) -> None:
    video = stream(Stream.VIDEO)
    feed(video, [1, 3], now=0.1)
    repeated = struct.pack("!BBHII", 0x80, 97, 5, 900, 8) + payload
    assert not rtx.restore(repeated, rtp.parse(repeated, len(repeated)), video)


def test_the_first_packet_after_a_silence_asks_at_once() -> None:
    video = stream(Stream.VIDEO)
    feed(video, [1], now=0.1)
    feed(video, [2], now=3.0)
    assert video.key_frames.is_due(3.0)


def test_reports_say_when_the_sender_last_reported() -> None:
    video = stream(Stream.VIDEO)
    assert video.report(now=0.0) is None
    feed(video, [10, 11, 13], now=0.1)
    video.note_sender_report(SenderReport(7, 0xAABBCCDDEEFF0011, 0, 0, 0), now=1.0)
    block = video.report(now=1.5)
    assert block is not None
    assert (block.ssrc, block.last_sr, block.delay) == (7, 0xCCDDEEFF, 32768)
    assert (block.lost, block.fraction_lost) == (1, 64)


@pytest.mark.parametrize("kind", Stream)
def test_bytes_are_counted_for_the_rate(kind: Stream) -> None:
    counted = stream(kind)
    feed(counted, [1, 2], now=0.5)
    assert counted.rate.read(1.0) == 2 * 112 * 8
