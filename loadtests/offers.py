"""Session descriptions of a light peer: a microphone, a camera, and places or a subscription."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loadtests.packets import ABS_SEND_TIME_ID, AUDIO_TYPE, TRANSPORT_CC_ID, VIDEO_TYPE
from media.rtp import ABS_SEND_TIME_URI, TRANSPORT_CC_URI

_KINDS = {
    "audio": (AUDIO_TYPE, "opus/48000/2", ()),
    "video": (
        VIDEO_TYPE,
        "VP8/90000",
        (
            f"a=extmap:{ABS_SEND_TIME_ID} {ABS_SEND_TIME_URI}",
            f"a=rtcp-fb:{VIDEO_TYPE} nack",
            f"a=rtcp-fb:{VIDEO_TYPE} nack pli",
            f"a=rtcp-fb:{VIDEO_TYPE} goog-remb",
        ),
    ),
}
_ARRIVALS = (
    f"a=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC_URI}",
    f"a=rtcp-fb:{VIDEO_TYPE} transport-cc",
)
"""What browsers of now offer besides, of a picture."""
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
    *,
    places: int,
    ufrag: str,
    password: str,
    fingerprint: str,
    audio_ssrc: int,
    video_ssrc: int,
    has_arrivals: bool,
) -> str:
    """Offer to send sound and picture, and to receive `places` others.

    Args:
        places: of others.
        ufrag: of ICE, as `password`.
        password: of ICE.
        fingerprint: SHA-256 of the certificate.
        audio_ssrc: of the sound.
        video_ssrc: of the picture.
        has_arrivals: whether to offer to learn the path from arrivals, not only from a limit.
    """
    kinds = [*_SENT, *["audio"] * places, *["video"] * places]
    lines = _head(len(kinds))
    for mid, kind in enumerate(kinds):
        payload_type, codec, more = _KINDS[kind]
        lines += [
            *_media(kind, str(payload_type), str(mid)),
            f"a={'sendonly' if mid < len(_SENT) else 'recvonly'}",
            f"a=rtpmap:{payload_type} {codec}",
            *more,
            *(_ARRIVALS if has_arrivals and kind == "video" else ()),
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
