"""The offer of a light peer: a microphone, a camera and as many places as the room needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loadtests.packets import ABS_SEND_TIME_ID, AUDIO_TYPE, VIDEO_TYPE

_EXTENSION = f"{ABS_SEND_TIME_ID} http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_KINDS = {
    "audio": (AUDIO_TYPE, "opus/48000/2", ()),
    "video": (
        VIDEO_TYPE,
        "VP8/90000",
        (
            f"a=extmap:{_EXTENSION}",
            f"a=rtcp-fb:{VIDEO_TYPE} nack pli",
            f"a=rtcp-fb:{VIDEO_TYPE} goog-remb",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a light peer needs of the relay's answer."""

    port: int
    ufrag: str
    password: str
    fingerprint: str


def offer(*, places: int, ufrag: str, fingerprint: str, audio_ssrc: int, video_ssrc: int) -> str:
    kinds = ["audio", "video", *["audio"] * places, *["video"] * places]
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines.append("a=group:BUNDLE " + " ".join(map(str, range(len(kinds)))))
    for mid, kind in enumerate(kinds):
        payload_type, codec, more = _KINDS[kind]
        lines += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{mid}",
            f"a={'sendonly' if mid < 2 else 'recvonly'}",
            "a=rtcp-mux",
            f"a=rtpmap:{payload_type} {codec}",
            *more,
            f"a=ice-ufrag:{ufrag}",
            "a=ice-pwd:not-used-by-an-ice-lite-relay",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:actpass",
        ]
        if mid < 2:
            lines.append(f"a=ssrc:{audio_ssrc if kind == 'audio' else video_ssrc} cname:load")
    return "\r\n".join(lines) + "\r\n"


def read_answer(sdp: str) -> Answer:
    def first(pattern: str) -> str:
        found = re.search(pattern, sdp)
        assert found is not None
        return found[1]

    return Answer(
        int(first(r"m=audio (\d+) ")),
        first(r"a=ice-ufrag:(\S+)"),
        first(r"a=ice-pwd:(\S+)"),
        first(r"a=fingerprint:sha-256 (\S+)"),
    )
