"""Session descriptions of a light peer: a microphone, a camera, and places or a subscription."""

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
            f"a=rtcp-fb:{VIDEO_TYPE} nack",
            f"a=rtcp-fb:{VIDEO_TYPE} nack pli",
            f"a=rtcp-fb:{VIDEO_TYPE} goog-remb",
        ),
    ),
}
_SENT = ("audio", "video")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a light peer needs of a server's description."""

    host: str
    port: int
    ufrag: str
    password: str
    fingerprint: str


def offer(
    *, places: int, ufrag: str, password: str, fingerprint: str, audio_ssrc: int, video_ssrc: int
) -> str:
    """Offer to send sound and picture, and to receive `places` others."""
    kinds = [*_SENT, *["audio"] * places, *["video"] * places]
    lines = _head(len(kinds))
    for mid, kind in enumerate(kinds):
        payload_type, codec, more = _KINDS[kind]
        lines += [
            *_media(kind, str(payload_type), str(mid)),
            f"a={'sendonly' if mid < len(_SENT) else 'recvonly'}",
            f"a=rtpmap:{payload_type} {codec}",
            *more,
            *_security(ufrag, password, fingerprint),
        ]
        if mid < len(_SENT):
            lines.append(f"a=ssrc:{audio_ssrc if kind == 'audio' else video_ssrc} cname:load")
    return "\r\n".join(lines) + "\r\n"


def subscription(offered: str, *, ufrag: str, password: str, fingerprint: str) -> str:
    """Answer a server that offers what it sends: take all of it."""
    sections = re.findall(r"m=(audio|video) \d+ \S+ (\d+).*?\r\na=mid:(\S+)", offered, re.DOTALL)
    lines = _head(len(sections), [mid for _, _, mid in sections])
    for kind, payload_type, mid in sections:
        lines += [
            *_media(kind, payload_type, mid),
            "a=recvonly",
            f"a=rtpmap:{payload_type} {_KINDS[kind][1]}",
            *_security(ufrag, password, fingerprint),
        ]
    return "\r\n".join(lines) + "\r\n"


def _head(count: int, mids: list[str] | None = None) -> list[str]:
    bundle = " ".join(mids or map(str, range(count)))
    return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {bundle}"]


def _media(kind: str, payload_type: str, mid: str) -> list[str]:
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        "a=rtcp-mux",
    ]


def _security(ufrag: str, password: str, fingerprint: str) -> list[str]:
    return [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:active",
    ]


def read_answer(sdp: str) -> Answer:
    def first(pattern: str) -> str:
        found = re.search(pattern, sdp, re.IGNORECASE)
        assert found is not None, pattern
        return found[1]

    return Answer(
        first(r"a=candidate:\S+ 1 udp \d+ (\S+) \d+ typ host"),
        int(first(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host")),
        first(r"a=ice-ufrag:(\S+)"),
        first(r"a=ice-pwd:(\S+)"),
        first(r"a=fingerprint:sha-256 (\S+)"),
    )
