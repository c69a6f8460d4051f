import struct
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media import rtp, vp8
from media.formats import Format
from media.forwarding import Slot
from media.interruption import AudioWatch, VideoWatch
from media.kinds import WATCHED, Codec, Stream
from media.pictures import PictureDescriptor
from media.places import Places
from media.readers import describe
from media.rtcp import SenderReport
from media.sdp import SlotPlan, Uplink
from media.uplink import UplinkStream

Parts = tuple[bytes, rtp.RTPPacket, PictureDescriptor | None]

CODECS = {Stream.AUDIO: Codec.OPUS, Stream.VIDEO: Codec.VP8}
H264_KEY, H264_DELTA = b"\x78\0\2\x67\x42\0\2\x68\1", b"\x61\x9a\0"
"""Parameter sets together; a slice that begins a picture."""
OUT = memoryview(bytearray(2048))


@dataclass
class Sent:
    """A packet as the receiver gets it."""

    sequence: int
    timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload: bytes


class Source:
    """A sender of one stream, with numbers that start wherever it likes."""

    def __init__(
        self,
        stream: Stream,
        *,
        sequence: int,
        timestamp: int,
        picture: int = 0,
        codec: Codec | None = None,
    ) -> None:
        watch = AudioWatch() if stream is Stream.AUDIO else VideoWatch()
        self.codec = codec or CODECS[stream]
        plan = Uplink(stream, "0", self.codec, 100, None, None, None)
        self.uplink = UplinkStream(plan, watch, now=0.0)
        self.stream, self.sequence, self.timestamp = stream, sequence, timestamp
        self.picture = picture

    def packet(self, *, key: bool = False, now: float = 0.0) -> Parts:
        """The next packet, as the relay sees it: payload, header, descriptor."""
        body = b"sound"
        if self.codec is Codec.H264:
            body = H264_KEY if key else H264_DELTA
        elif self.stream is Stream.VIDEO:
            self.picture += 1
            ids = struct.pack("!HB", 0x8000 | self.picture & 0x7FFF, self.picture & 0xFF)
            body = bytes((0x90, 0xC0)) + ids + bytes((not key,)) + b"picture"
        head = struct.pack(
            "!BBHII", 0x80, 100 | 1 << 7, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, 7
        )
        self.sequence += 1
        data = memoryview(head + body)
        packet = rtp.parse(data, len(data))
        self.uplink.count(packet, now=now)
        is_video = self.stream is Stream.VIDEO
        descriptor = describe(self.codec, data, packet.start, packet.end) if is_video else None
        return self.uplink.cache.put(packet, data), packet, descriptor


def slot(stream: Stream, source: Source | None = None) -> Slot:
    made = Slot(SlotPlan(stream, "3", (Format(CODECS[stream], 120),), 0xABCD), place=0)
    made.show(source.uplink if source else None)
    return made


def forward(to: Slot, parts: Parts, now: float = 0.0) -> Sent | None:
    length = to.write(OUT, *parts, now)
    if not length:
        return None
    sent = bytes(OUT[:length])
    read = rtp.parse(sent, length)
    return Sent(
        read.sequence_number,
        read.timestamp,
        read.ssrc,
        read.payload_type,
        read.marker,
        sent[read.start :],
    )


def test_a_packet_gets_the_numbers_of_its_receiver_and_keeps_its_payload() -> None:
    source = Source(Stream.AUDIO, sequence=500, timestamp=9000)
    sent = forward(slot(Stream.AUDIO, source), source.packet())
    assert sent == Sent(500, 9000, 0xABCD, 120, marker=True, payload=b"sound")


def test_extensions_and_contributors_are_not_passed_on() -> None:
    source = Source(Stream.AUDIO, sequence=1, timestamp=1)
    data = memoryview(
        struct.pack("!BBHII", 0x91, 100, 1, 1, 7) + bytes(4) + b"\xbe\xde\0\1\x10\x2a\0\0" + b"x"
    )
    packet = rtp.parse(data, len(data))
    source.uplink.count(packet, now=0.0)
    to = slot(Stream.AUDIO, source)
    assert to.write(OUT, bytes(data[packet.start : packet.end]), packet, None, 0.0) == 13
    assert OUT[0] == 0x80


def test_a_picture_begins_with_a_key_frame() -> None:
    source = Source(Stream.VIDEO, sequence=1, timestamp=1)
    to = slot(Stream.VIDEO, source)
    assert forward(to, source.packet()) is None
    assert to.waits_for_key_frame
    assert forward(to, source.packet(key=True)) is not None
    assert not to.waits_for_key_frame
    assert forward(to, source.packet()) is not None


def test_a_packet_from_before_the_key_frame_comes_too_late() -> None:
    source = Source(Stream.VIDEO, sequence=1, timestamp=1)
    late, key = source.packet(), source.packet(key=True)
    to = slot(Stream.VIDEO, source)
    assert forward(to, key) is not None
    assert forward(to, late) is None


def test_reordered_packets_keep_their_places() -> None:
    source = Source(Stream.AUDIO, sequence=10, timestamp=1)
    to = slot(Stream.AUDIO, source)
    first, second, third = source.packet(), source.packet(), source.packet()
    sent = [forward(to, parts) for parts in (first, third, second)]
    assert [s.sequence for s in sent if s] == [10, 12, 11]


def test_padding_alone_is_passed_on_so_that_numbers_stay_whole() -> None:
    source = Source(Stream.VIDEO, sequence=1, timestamp=1)
    to = slot(Stream.VIDEO, source)
    forward(to, source.packet(key=True))
    data = memoryview(struct.pack("!BBHII", 0xA0, 100, 2, 1, 7) + b"\0\0\3")
    packet = rtp.parse(data, len(data))
    source.uplink.count(packet, now=0.0)
    sent = forward(to, (bytes(data[packet.start : packet.end]), packet, None))
    assert sent is not None
    assert (sent.sequence, sent.payload) == (2, b"")


numbers = st.integers(0, 0xFFFFFFFF)


@given(
    starts=st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=5),
    lengths=st.lists(st.integers(1, 6), min_size=5, max_size=5),
    pauses=st.lists(st.floats(0.0, 3.0), min_size=5, max_size=5),
    stream=st.sampled_from(WATCHED),
)
def test_a_receiver_cannot_tell_that_sources_were_switched(
    starts: list[tuple[int, int, int]],
    lengths: list[int],
    pauses: list[float],
    stream: Stream,
) -> None:
    to, now, sent = slot(stream), 100.0, []
    for (sequence, timestamp, picture), length, pause in zip(starts, lengths, pauses, strict=False):
        source = Source(stream, sequence=sequence, timestamp=timestamp, picture=picture)
        to.show(source.uplink)
        now += pause
        for index in range(length):
            found = forward(to, source.packet(key=index == 0, now=now), now)
            assert found is not None
            sent.append((found, now))
            now += 0.02
            source.timestamp += stream.clock_rate_hz // 50
    for (before, then), (after, later) in pairwise(sent):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        passed = (after.timestamp - before.timestamp) & 0xFFFFFFFF
        assert passed >= 1
        assert abs(passed - (later - then) * stream.clock_rate_hz) <= 2
        if stream is Stream.VIDEO:
            assert picture_id(after) == (picture_id(before) + 1) & 0x7FFF
            assert after.payload[4] == (before.payload[4] + 1) & 0xFF


def picture_id(sent: Sent) -> int:
    return (sent.payload[2] << 8 | sent.payload[3]) & 0x7FFF


def test_two_sources_in_one_instant_still_differ_in_time() -> None:
    to, sent = slot(Stream.AUDIO), list[Sent | None]()
    for start in (7, 70_000):
        source = Source(Stream.AUDIO, sequence=start, timestamp=start)
        to.show(source.uplink)
        sent.append(forward(to, source.packet(), now=5.0))
    first, second = sent
    assert first is not None
    assert second is not None
    assert second.timestamp == first.timestamp + 1


def test_the_same_source_again_changes_nothing() -> None:
    source = Source(Stream.VIDEO, sequence=1, timestamp=1)
    to = slot(Stream.VIDEO, source)
    forward(to, source.packet(key=True))
    to.show(source.uplink)
    assert forward(to, source.packet()) is not None


def repeated(to: Slot, sequence: int) -> bytes | None:
    found = to.find(sequence & 0xFFFF)
    return None if found is None else bytes(OUT[: to.repeat(OUT, found, 0.0)])


@given(
    starts=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=3),
    stream=st.sampled_from(WATCHED),
)
def test_a_repeated_packet_is_the_packet_that_was_sent(
    starts: list[tuple[int, int, int]], stream: Stream
) -> None:
    to, sent = slot(stream), dict[int, bytes]()
    for sequence, timestamp, picture in starts:
        source = Source(stream, sequence=sequence, timestamp=timestamp, picture=picture)
        to.show(source.uplink)
        to.begin_again()
        before, sent = sent, {}
        for index in range(5):
            length = to.write(OUT, *source.packet(key=index in {0, 3}), 0.0)
            sent[rtp.parse(OUT, length).sequence_number] = bytes(OUT[:length])
            if index == 2:
                to.begin_again()
        for number, data in sent.items():
            assert repeated(to, number) == data
        assert repeated(to, max(sent) + 1) is None or max(sent) == 0xFFFF
        assert [repeated(to, number) for number in before] == [None] * len(before)


def test_a_repetition_in_a_stream_of_its_own_carries_the_number_it_had() -> None:
    repeated_as = (Format(Codec.VP8, 120, 121),)
    plan = SlotPlan(Stream.VIDEO, "3", repeated_as, 0xABCD, abs_send_time_id=4, rtx_ssrc=0xEF)
    to, source = Slot(plan, place=0), Source(Stream.VIDEO, sequence=700, timestamp=9)
    to.show(source.uplink)
    first = forward(to, source.packet(key=True))
    assert first is not None
    for count in range(2):
        data = repeated(to, 700)
        assert data is not None
        read = rtp.parse(data, len(data))
        assert (read.payload_type, read.ssrc, read.sequence_number) == (121, 0xEF, count)
        assert read.timestamp == first.timestamp
        assert data[read.start :] == struct.pack("!H", 700) + first.payload


def test_the_time_of_sending_goes_with_each_packet_where_the_receiver_reads_it() -> None:
    plan = SlotPlan(Stream.VIDEO, "3", (Format(Codec.VP8, 120),), 0xABCD, abs_send_time_id=4)
    to, source = Slot(plan, place=0), Source(Stream.VIDEO, sequence=1, timestamp=1)
    to.show(source.uplink)
    length = to.write(OUT, *source.packet(key=True, now=64 + 1.5), 0.0)
    packet = rtp.parse(OUT, length)
    assert rtp.extension(OUT, packet, 4) == bytes((0x06, 0, 0))
    assert vp8.parse(OUT, packet.start, packet.end).is_key


def test_a_sender_report_keeps_its_instant_and_moves_its_timestamp() -> None:
    old = Source(Stream.AUDIO, sequence=1, timestamp=0)
    to = slot(Stream.AUDIO, old)
    forward(to, old.packet(), now=10.0)
    new = Source(Stream.AUDIO, sequence=900, timestamp=5_000_000)
    to.show(new.uplink)
    report = SenderReport(7, 123 << 32, 5_000_480, packets=50, octets=999)
    assert to.sender_report(report) is None
    sent = forward(to, new.packet(), now=11.0)
    assert sent is not None
    mapped = to.sender_report(report)
    assert mapped is not None
    assert mapped.ntp == report.ntp
    assert mapped.rtp_timestamp - sent.timestamp == 480
    assert (mapped.ssrc, mapped.packets, mapped.octets) == (0xABCD, 2, 10)


def test_who_returns_finds_the_same_place() -> None:
    places = Places()
    assert places.assign(["a", "b"], count=3) == {"a": 0, "b": 1}
    assert places.assign(["b", "c"], count=3) == {"b": 1, "c": 2}
    assert places.assign(["a", "b", "c"], count=3) == {"a": 0, "b": 1, "c": 2}


def test_a_kept_place_is_given_away_when_no_other_is_left() -> None:
    places = Places()
    places.assign(["a", "b"], count=2)
    assert places.assign(["b", "c"], count=2) == {"b": 1, "c": 0}


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=8), st.integers(0, 4))
def test_nobody_shares_a_place_and_nobody_moves(rounds: list[list[str]], count: int) -> None:
    places, before = Places(), dict[str, int]()
    for wanted in rounds:
        found = places.assign(wanted, count=count)
        assert len(set(found.values())) == len(found) == min(count, len(wanted))
        assert all(place < count for place in found.values())
        assert all(found[p] == before[p] for p in found.keys() & before.keys())
        before = found


@given(
    starts=st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=3),
    moves=st.lists(st.integers(0, 2), min_size=1, max_size=12),
)
def test_a_receiver_cannot_tell_that_layers_were_switched(
    starts: list[tuple[int, int, int]], moves: list[int]
) -> None:
    """Layers of one camera carry the same pictures, each with numbers of its own."""
    layers = [
        Source(Stream.VIDEO, sequence=sequence, timestamp=timestamp, picture=picture)
        for sequence, timestamp, picture in starts
    ]
    to, now, sent = slot(Stream.VIDEO, layers[0]), 10.0, list[Sent]()
    for move in moves:
        shown = layers[move % len(layers)]
        to.move(shown.uplink)
        for is_key in (True, False, False):
            for layer in layers:
                parts = layer.packet(key=is_key, now=now)
                layer.timestamp += 3000
                if layer is shown and (found := forward(to, parts, now)) is not None:
                    sent.append(found)
            now += 1 / 30
    assert len(sent) == 3 * len(moves)
    for before, after in pairwise(sent):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        assert abs(((after.timestamp - before.timestamp) & 0xFFFFFFFF) - 3000) <= 2
        assert picture_id(after) == (picture_id(before) + 1) & 0x7FFF
        assert after.payload[4] == (before.payload[4] + 1) & 0xFF
    # What an earlier layer sent can still be repeated: the person may see it.
    if len(moves) <= 2:
        first = repeated(to, sent[0].sequence)
        assert first is not None
        assert first[12:] == sent[0].payload


def test_a_paused_slot_goes_on_with_the_next_key_frame() -> None:
    source = Source(Stream.VIDEO, sequence=1, timestamp=1)
    to = slot(Stream.VIDEO, source)
    forward(to, source.packet(key=True))
    to.pause()
    assert to.waits_for_key_frame
    to.move(source.uplink)
    assert forward(to, source.packet()) is None
    sent = forward(to, source.packet(key=True))
    assert sent is not None
    assert sent.sequence == 2


def test_a_slot_goes_from_one_codec_to_another_and_repeats_each_as_it_was() -> None:
    formats = (Format(Codec.VP8, 120, 121), Format(Codec.H264, 122, 123))
    to = Slot(SlotPlan(Stream.VIDEO, "3", formats, 0xABCD, rtx_ssrc=0xEF), place=0)
    first = Source(Stream.VIDEO, sequence=700, timestamp=9, picture=50)
    then = Source(Stream.VIDEO, sequence=20, timestamp=90_000, codec=Codec.H264)
    sent: list[Sent] = []
    for source in (first, then, first):
        to.show(source.uplink)
        assert forward(to, source.packet(), 1.0) is None, "it begins with a key frame"
        for is_key in (True, False):
            found = forward(to, source.packet(key=is_key), 1.0)
            assert found is not None
            sent.append(found)
        again = repeated(to, sent[-2].sequence)
        assert again is not None
        assert again[1] & 127 == sent[-2].payload_type + 1
        assert again[14:] == sent[-2].payload
    assert [one.payload_type for one in sent] == [120, 120, 122, 122, 120, 120]
    assert [one.sequence for one in sent] == list(range(sent[0].sequence, sent[0].sequence + 6))
    assert sent[2].payload == H264_KEY
