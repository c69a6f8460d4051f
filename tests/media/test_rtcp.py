import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, RtcpSrPacket, unpack_remb_fci
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp
from media.errors import MalformedPacketError

u32 = st.integers(0, 0xFFFFFFFF)
blocks = st.builds(
    rtcp.ReportBlock,
    ssrc=u32,
    fraction_lost=st.integers(0, 255),
    lost=st.integers(-0x800000, 0x7FFFFF),
    highest=u32,
    jitter=u32,
    last_sr=u32,
    delay=u32,
)
reports = st.builds(
    rtcp.SenderReport,
    ssrc=u32,
    ntp=st.integers(0, 2**64 - 1),
    rtp_timestamp=u32,
    packets=u32,
    octets=u32,
)


@given(reports)
def test_a_sender_report_reads_back(report: rtcp.SenderReport) -> None:
    assert rtcp.parse(rtcp.sender_report(report)) == [report]


@given(u32, st.lists(blocks, max_size=31))
def test_a_receiver_report_reads_back(ssrc: int, given_blocks: list[rtcp.ReportBlock]) -> None:
    assert rtcp.parse(rtcp.receiver_report(ssrc, given_blocks)) == given_blocks


@given(reports, st.lists(blocks, min_size=1, max_size=3), st.text("abc-", max_size=20))
def test_another_implementation_reads_a_compound_packet(
    report: rtcp.SenderReport, given_blocks: list[rtcp.ReportBlock], name: str
) -> None:
    packet = rtcp.sender_report(report) + rtcp.source_description(report.ssrc, name)
    packet += rtcp.receiver_report(9, given_blocks) + rtcp.key_frame_request(9, 10)
    sender, _, receiver, request = RtcpPacket.parse(packet)
    assert isinstance(sender, RtcpSrPacket)
    assert isinstance(receiver, RtcpRrPacket)
    assert isinstance(request, RtcpPsfbPacket)
    assert sender.sender_info.ntp_timestamp == report.ntp
    assert [block.packets_lost for block in receiver.reports] == [b.lost for b in given_blocks]
    assert (request.fmt, request.media_ssrc) == (1, 10)
    assert rtcp.parse(packet) == [report, *given_blocks, rtcp.KeyFrameRequest(10)]


@given(st.integers(0, 100_000_000), st.lists(u32, max_size=4))
def test_a_bitrate_limit_is_understood_to_18_bits(bitrate: int, ssrcs: list[int]) -> None:
    packet = rtcp.bitrate_limit(1, bitrate, ssrcs)
    [theirs] = RtcpPacket.parse(packet)
    assert isinstance(theirs, RtcpPsfbPacket)
    limit, found = unpack_remb_fci(theirs.fci)
    assert found == ssrcs
    assert bitrate * (1 - 2**-17) <= limit <= bitrate
    assert rtcp.parse(packet) == [rtcp.BitrateLimit(limit, frozenset(ssrcs))]


def test_each_entry_of_a_fir_asks_for_a_key_frame() -> None:
    entries = bytes.fromhex("0000000a 01000000 0000000b 02000000")
    packet = bytes.fromhex("84ce0006 00000001 00000000") + entries
    assert rtcp.parse(packet) == [rtcp.KeyFrameRequest(10), rtcp.KeyFrameRequest(11)]


def test_a_nack_names_packets_and_those_after_them() -> None:
    nack = bytes.fromhex("81cd0003 00000001 0000000a ffff0005")
    assert rtcp.parse(nack + rtcp.key_frame_request(1, 2)) == [
        rtcp.NACK(10, (0xFFFF, 0, 2)),
        rtcp.KeyFrameRequest(2),
    ]


@pytest.mark.parametrize(
    "packet",
    [
        b"\x80",
        b"\x80\xc9\x00\x00",
        bytes(8),
        rtcp.receiver_report(1, [])[:-1],
        b"\x83" + rtcp.receiver_report(1, [])[1:],
    ],
    ids=["short", "no sender", "version 0", "cut", "blocks missing"],
)
def test_a_length_that_points_outside_is_malformed(packet: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        rtcp.parse(packet)


@given(st.binary(max_size=120), st.sampled_from([200, 201, 205, 206]))
def test_any_bytes_are_read_or_malformed(data: bytes, kind: int) -> None:
    words = len(data) // 4
    packet = bytes((0x81, kind, 0, words)) + data[: words * 4]
    try:
        found = rtcp.parse(packet)
    except MalformedPacketError:
        return
    assert len(found) <= len(packet)
