import struct

from media import rtp, simulcast
from media.interruption import VideoWatch
from media.kinds import Codec, Stream
from media.sdp import Uplink
from media.uplink import UplinkStream

PLAN = Uplink(
    Stream.VIDEO,
    "0",
    Codec.VP8,
    96,
    None,
    None,
    None,
    rids=("h", "f"),
    rid_id=10,
    repaired_rid_id=11,
)


def camera() -> UplinkStream:
    layers = [UplinkStream(PLAN, VideoWatch(), rid=rid, now=0.0) for rid in PLAN.rids]
    for layer in layers:
        layer.layers = layers
    return layers[0]


def named(ssrc: int, identifier: int, name: bytes) -> tuple[memoryview, rtp.RTPPacket]:
    block = bytes((identifier << 4 | len(name) - 1,)) + name
    block += bytes(-len(block) % 4)
    head = struct.pack("!BBHIIHH", 0x90, 96, 1, 1, ssrc, 0xBEDE, len(block) // 4)
    data = memoryview(head + block + b"picture")
    return data, rtp.parse(data, len(data))


def test_a_layer_and_its_repetitions_are_known_by_name() -> None:
    base = camera()
    small, large = base.layers
    assert simulcast.learn(base, *named(1, 10, b"f")) is large
    assert simulcast.learn(base, *named(2, 10, b"h")) is small
    assert simulcast.learn(base, *named(3, 11, b"f")) is large
    assert (small.ssrc, large.ssrc, large.rtx_ssrc) == (2, 1, 3)


def test_another_name_or_another_ssrc_for_the_same_name_stays_unknown() -> None:
    base = camera()
    assert simulcast.learn(base, *named(1, 10, b"f")) is not None
    for ssrc in range(2, 2000):
        assert simulcast.learn(base, *named(ssrc, 10, b"f")) is None
        assert simulcast.learn(base, *named(ssrc, 10, b"x")) is None
        assert simulcast.learn(base, *named(ssrc, 9, b"h")) is None
    assert base.ssrc is None
