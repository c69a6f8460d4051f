from collections.abc import Callable

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from media.answer import Local, write_answer
from media.errors import OfferError
from media.kinds import Codec, Stream
from media.rtp import TRANSPORT_CC_URI as ARRIVALS
from media.sdp import MAX_PLACES, read_offer, reread_offer
from tests.media.offers import FINGERPRINT, SCREEN, SLIDES, media_lines, offer, usual, with_h264

LOCAL = Local(("192.0.2.1", "2001:db8::1"), 4000, "ours", "our-password", "CD:" * 31 + "CD")


def answer_to(text: str) -> SessionDescription:
    """Our answer, as another implementation reads it."""
    plan = read_offer(text, fingerprint=FINGERPRINT)
    return SessionDescription.parse(write_answer(plan, LOCAL))


def test_settles_what_is_sent_and_what_is_received() -> None:
    plan = read_offer(usual(3), fingerprint=FINGERPRINT.lower())
    assert [(u.stream, u.mid, u.payload_type, u.ssrc) for u in plan.uplinks] == [
        (Stream.AUDIO, "0", 111, 1001),
        (Stream.VIDEO, "1", 96, 2001),
    ]
    assert plan.uplinks[1].abs_send_time_id == 3
    assert [slot.mid for slot in plan.slots_of(Stream.VIDEO)] == ["5", "6", "7"]
    assert plan.places == 3
    assert len({slot.ssrc for slot in plan.slots}) == 6
    assert plan.remote_ufrag == "frag"


def test_the_answer_takes_each_line_in_order_and_nothing_that_was_not_offered() -> None:
    answer = answer_to(usual(1))
    assert [(m.rtp.muxId, m.kind, m.direction) for m in answer.media] == [
        ("0", "audio", "recvonly"),
        ("1", "video", "recvonly"),
        ("2", "audio", "sendonly"),
        ("3", "video", "sendonly"),
    ]
    assert answer.group[0].items == ["0", "1", "2", "3"]
    for media in answer.media:
        assert media.ice is not None
        assert media.dtls is not None
        assert media.ice.iceLite
        assert (media.ice.usernameFragment, media.ice.password) == ("ours", "our-password")
        assert media.dtls.role == "server"
        assert [p.value for p in media.dtls.fingerprints] == [LOCAL.fingerprint]
        assert media.rtcp_mux
        by_udp = [c for c in media.ice_candidates if c.protocol == "udp"]
        assert [(c.ip, c.port) for c in by_udp] == [
            ("192.0.2.1", 4000),
            ("2001:db8::1", 4000),
        ]
    sound, picture = answer.media[0].rtp, answer.media[1].rtp
    assert [codec.mimeType for codec in sound.codecs] == ["audio/opus"]
    assert sound.codecs[0].parameters == {"minptime": 10, "useinbandfec": 1, "usedtx": "0"}
    assert [codec.mimeType for codec in picture.codecs] == ["video/VP8", "video/rtx"]
    assert picture.codecs[1].parameters == {"apt": 96}
    feedback = [f"{f.type} {f.parameter or ''}".strip() for f in picture.codecs[0].rtcpFeedback]
    assert feedback == ["nack", "nack pli", "goog-remb"]
    assert [(e.id, e.uri.rpartition("/")[2]) for e in picture.headerExtensions] == [
        (3, "abs-send-time")
    ]


def test_a_camera_that_numbers_its_packets_is_told_of_arrivals_instead_of_a_limit() -> None:
    sent = media_lines("video", "0", "sendonly", "a=ssrc:2001 cname:me", f"a=extmap:5 {ARRIVALS}")
    text = offer(sent, media_lines("video", "1", "recvonly", f"a=extmap:5 {ARRIVALS}"))
    (camera,) = read_offer(text, fingerprint=FINGERPRINT).uplinks
    assert camera.transport_cc_id == 5
    up, down = (media.rtp for media in answer_to(text).media)
    assert [(e.id, e.uri) for e in up.headerExtensions] == [(5, ARRIVALS)]
    assert down.headerExtensions == []
    named = [{f.type for f in media.codecs[0].rtcpFeedback} for media in (up, down)]
    assert named == [{"nack", "transport-cc"}, {"nack", "goog-remb"}]


def test_a_slot_plays_both_codecs_and_a_camera_is_asked_for_one() -> None:
    text = offer(with_h264("0", "sendonly"), with_h264("1", "recvonly"))
    for wanted in (Codec.VP8, Codec.H264):
        plan = read_offer(text, fingerprint=FINGERPRINT, codec=wanted)
        assert [uplink.codec for uplink in plan.uplinks] == [wanted]
        sent, shown = SessionDescription.parse(write_answer(plan, LOCAL)).media
        names = {Codec.VP8: "video/VP8", Codec.H264: "video/H264"}
        assert [codec.mimeType for codec in sent.rtp.codecs][:1] == [names[wanted]]
        assert [(codec.mimeType, codec.payloadType) for codec in shown.rtp.codecs] == [
            ("video/VP8", 96),
            ("video/rtx", 97),
            ("video/H264", 104),
            ("video/rtx", 105),
        ]
        assert shown.rtp.codecs[2].parameters == {
            "level-asymmetry-allowed": "1",
            "packetization-mode": "1",
            "profile-level-id": "42e01f",
        }


def test_who_has_nothing_but_h264_is_asked_for_that() -> None:
    text = offer(with_h264("0", "sendonly", is_alone=True))
    [camera] = read_offer(text, fingerprint=FINGERPRINT).uplinks
    assert (camera.codec, camera.payload_type) == (Codec.H264, 104)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("packetization-mode=1;profile-level-id=42e01f", "packetization-mode=2"),
        ("mode=1;profile-level-id=42e01f", "mode=1;profile-level-id=42001f"),
        ("mode=1;profile-level-id=42e01f", "mode=1"),
    ],
)
def test_h264_that_not_everybody_can_play_is_not_taken(old: str, new: str) -> None:
    text = offer(with_h264("0", "sendonly", is_alone=True)).replace(old, new)
    with pytest.raises(OfferError) as refusal:
        read_offer(text, fingerprint=FINGERPRINT)
    assert refusal.value.code == "offer_codec_missing"


def test_sound_and_picture_of_one_place_belong_to_one_stream() -> None:
    answer = answer_to(usual(2))
    streams = [str(media.msid).split()[0] for media in answer.media[2:]]
    assert streams == ["place-0", "place-1", "place-0", "place-1"]
    # A picture has a second one, for what is repeated.
    assert [len(media.ssrc) for media in answer.media[2:]] == [1, 1, 2, 2]
    [group] = answer.media[4].ssrc_group
    assert (group.semantic, group.items) == ("FID", [one.ssrc for one in answer.media[4].ssrc])


def test_lines_may_come_in_any_order_and_streams_may_be_absent() -> None:
    text = offer(media_lines("video", "b", "recvonly"), media_lines("audio", "a", "sendrecv"))
    answer = answer_to(text)
    assert [media.direction for media in answer.media] == ["sendonly", "recvonly"]


def test_a_line_of_another_kind_is_rejected_in_its_place() -> None:
    data = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:d"]
    answer = answer_to(offer(data, media_lines("audio", "a", "sendonly")))
    assert [(m.kind, m.port) for m in answer.media] == [("application", 0), ("audio", 4000)]
    assert answer.group[0].items == ["a"]


def test_one_certificate_of_several_is_enough() -> None:
    text = usual().replace(
        "a=setup:actpass", f"a=setup:actpass\r\na=fingerprint:sha-384 {FINGERPRINT}:AB", 1
    )
    assert read_offer(text, fingerprint=FINGERPRINT).places == 2


def test_an_offer_with_another_certificate_is_refused() -> None:
    with pytest.raises(OfferError) as refusal:
        read_offer(usual(), fingerprint=":".join(["AC"] * 32))
    assert refusal.value.code == "offer_fingerprint_mismatch"


def without(line: str) -> Callable[[], str]:
    return lambda: usual().replace(line + "\r\n", "")


def replaced(old: str, new: str) -> Callable[[], str]:
    return lambda: usual().replace(old, new)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: "", "offer_malformed"),
        (lambda: "hello", "offer_malformed"),
        (offer, "offer_fingerprint_mismatch"),
        (without("a=ice-ufrag:frag"), "offer_malformed"),
        (without("a=rtcp-mux"), "offer_malformed"),
        (without("a=mid:1"), "offer_malformed"),
        (replaced("a=mid:1", "a=mid:0"), "offer_malformed"),
        (replaced("a=setup:actpass", "a=setup:passive"), "offer_malformed"),
        (replaced("m=audio 9 ", "m=audio x "), "offer_malformed"),
        (replaced("a=ssrc:1001", "a=ssrc:many"), "offer_malformed"),
        (replaced("a=extmap:3 ", "a=extmap:3"), "offer_malformed"),
        (replaced("opus/48000/2", "opus/16000"), "offer_codec_missing"),
        (replaced("VP8/90000", "VP9/90000"), "offer_codec_missing"),
        (lambda: usual().replace("96", "72"), "offer_malformed"),
        (lambda: usual().replace("96", "111"), "offer_malformed"),
        (replaced("BUNDLE 0 1", "BUNDLE 1"), "offer_not_bundled"),
        (
            lambda: offer(*(media_lines("video", m, "sendonly") for m in "ab")),
            "offer_too_many_streams",
        ),
        (lambda: usual(MAX_PLACES + 1), "offer_too_many_slots"),
        (lambda: usual(40), "offer_too_many_slots"),
        (
            lambda: offer(SCREEN[0], [line.replace("mid:s", "mid:t") for line in SCREEN[0]]),
            "offer_too_many_streams",
        ),
        (
            lambda: offer(SCREEN[1], [line.replace("mid:r", "mid:t") for line in SCREEN[1]]),
            "offer_too_many_slots",
        ),
        (lambda: "v=0\r\n" + "a=x\r\n" * 30_000, "offer_malformed"),
    ],
)
def test_an_odd_offer_is_refused_with_its_code(make: Callable[[], str], code: str) -> None:
    with pytest.raises(OfferError) as refusal:
        read_offer(make(), fingerprint=FINGERPRINT)
    assert refusal.value.code == code


@given(st.data())
def test_no_text_makes_it_fail_otherwise(data: st.DataObject) -> None:
    lines = usual(1).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[index])))
        lines[index] = lines[index][:cut] + data.draw(st.text(max_size=5))
    try:
        plan = read_offer("\r\n".join(lines), fingerprint=FINGERPRINT)
    except OfferError:
        return
    assert write_answer(plan, LOCAL).endswith("\r\n")


def test_a_restart_keeps_the_slots_and_takes_the_new_credentials() -> None:
    plan = read_offer(usual(), fingerprint=FINGERPRINT)
    again = reread_offer(usual().replace("ufrag:frag", "ufrag:newf"), plan=plan)
    assert again.remote_ufrag == "newf"
    assert (again.slots, again.uplinks) == (plan.slots, plan.uplinks)


def test_a_restart_may_not_change_the_media() -> None:
    plan = read_offer(usual(), fingerprint=FINGERPRINT)
    with pytest.raises(OfferError) as refusal:
        reread_offer(usual(3), plan=plan)
    assert refusal.value.code == "offer_changed"


def test_a_screen_is_a_stream_of_its_own_with_a_slot_and_a_place_of_its_own() -> None:
    plan = read_offer(usual(2, screen=True), fingerprint=FINGERPRINT)
    sent = [(uplink.stream, uplink.mid, uplink.ssrc) for uplink in plan.uplinks]
    assert sent == [
        (Stream.AUDIO, "0", 1001),
        (Stream.VIDEO, "1", 2001),
        (Stream.SCREEN, "s", 3001),
    ]
    assert plan.places == 2, "a screen is nobody's place"
    assert {slot.mid: place for slot, place in plan.placed()} == {
        "2": 0, "3": 1, "4": 0, "5": 1, "r": 2,
    }  # fmt: skip
    answer = SessionDescription.parse(write_answer(plan, LOCAL))
    directions = {m.rtp.muxId: m.direction for m in answer.media}
    assert (directions["s"], directions["r"]) == ("recvonly", "sendonly")
    assert answer.media[3].msid == "place-2 place-2-screen"


def test_a_screen_without_an_ssrc_is_left_out_for_it_would_pass_for_the_camera() -> None:
    lines = media_lines("video", "s", "sendonly", SLIDES)
    text = offer(media_lines("video", "1", "sendonly"), lines)
    plan = read_offer(text, fingerprint=FINGERPRINT)
    assert [uplink.mid for uplink in plan.uplinks] == ["1"]
    assert "a=mid:s\r\na=inactive\r\n" in write_answer(plan, LOCAL)


LAYERS = (
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
)


def test_a_camera_in_layers_is_taken_layer_by_layer() -> None:
    lines = media_lines("video", "0", "sendonly", *LAYERS, "a=simulcast:recv x send q;~h,i;f")
    plan = read_offer(offer(lines), fingerprint=FINGERPRINT)
    [camera] = plan.uplinks
    assert (camera.rids, camera.rid_id, camera.repaired_rid_id) == (("q", "h", "f"), 10, 11)
    assert camera.rtx_payload_type == 97
    answer = write_answer(plan, LOCAL).splitlines()
    assert [line for line in answer if line.startswith("a=rid:")] == [
        "a=rid:q recv",
        "a=rid:h recv",
        "a=rid:f recv",
    ]
    assert "a=simulcast:recv q;h;f" in answer
    assert all(line in answer for line in LAYERS)


def test_layers_beyond_the_third_are_not_accepted() -> None:
    lines = media_lines("video", "0", "sendonly", *LAYERS, "a=simulcast:send a;b;c;d;e")
    plan = read_offer(offer(lines), fingerprint=FINGERPRINT)
    assert plan.uplinks[0].rids == ("a", "b", "c")
    assert "a=simulcast:recv a;b;c\r\n" in write_answer(plan, LOCAL)


@pytest.mark.parametrize("names", ["a;a", "a;", "a;" + "x" * 17, "é"])
def test_broken_layer_names_are_refused(names: str) -> None:
    lines = media_lines("video", "0", "sendonly", *LAYERS, f"a=simulcast:send {names}")
    with pytest.raises(OfferError):
        read_offer(offer(lines), fingerprint=FINGERPRINT)
