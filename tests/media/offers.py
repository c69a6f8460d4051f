"""Offers as peers make them, for tests that need no peer."""

from __future__ import annotations

FINGERPRINT = ":".join(["AB"] * 32)

_TRANSPORT = (
    "a=ice-ufrag:frag",
    "a=ice-pwd:passwordpasswordpassword",
    f"a=fingerprint:sha-256 {FINGERPRINT}",
    "a=setup:actpass",
    "a=rtcp-mux",
)


def media_lines(kind: str, mid: str, direction: str, *extra: str) -> list[str]:
    codec = (
        ["m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=rtpmap:111 opus/48000/2", "a=rtpmap:0 PCMU/8000"]
        if kind == "audio"
        else [
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98",
            "a=rtpmap:96 VP8/90000",
            "a=rtcp-fb:96 nack",
            "a=rtcp-fb:96 nack pli",
            "a=rtcp-fb:96 goog-remb",
            "a=rtcp-fb:96 transport-cc",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96",
            "a=rtpmap:98 H264/90000",
        ]
    )
    return [*codec, "c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={direction}", *_TRANSPORT, *extra]


_H264 = [
    "m=video 9 UDP/TLS/RTP/SAVPF 102 103 104 105",
    "a=rtpmap:102 H264/90000",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
    "a=rtpmap:103 H264/90000",
    "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
    "a=rtpmap:104 H264/90000",
    "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtcp-fb:104 nack",
    "a=rtcp-fb:104 nack pli",
    "a=rtpmap:105 rtx/90000",
    "a=fmtp:105 apt=104",
]
"""As a browser lists it: each profile in each mode, and what repeats the one that we take."""
_ABOUT_CODECS = ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:")


def with_h264(mid: str, direction: str, *, is_alone: bool = False) -> list[str]:
    """Offer H.264 beside VP8, or alone."""
    codec, *rest = media_lines("video", mid, direction)
    if is_alone:
        return [*_H264, *(line for line in rest if not line.startswith(_ABOUT_CODECS))]
    return [f"{codec} 102 103 104 105", *_H264[1:], *rest]


def offer(*parts: list[str], bundle: str | None = None) -> str:
    mids = [line[6:] for part in parts for line in part if line.startswith("a=mid:")]
    lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines.append(f"a=group:BUNDLE {' '.join(mids)}" if bundle is None else bundle)
    for part in parts:
        lines += part
    return "\r\n".join(lines) + "\r\n"


SLIDES = "a=content:slides"
SCREEN = (
    media_lines("video", "s", "sendonly", SLIDES, "a=ssrc:3001 cname:me"),
    media_lines("video", "r", "recvonly", SLIDES),
)
"""A screen, and a slot for another one's."""


def usual(places: int = 2, *, ssrcs: bool = True, screen: bool = False) -> str:
    """A microphone, a camera and `places` slots of each kind, perhaps a screen with its slot."""
    sound = ["a=ssrc:1001 cname:me"] if ssrcs else []
    picture = (
        ["a=ssrc-group:FID 2001 2002", "a=ssrc:2001 cname:me", "a=ssrc:2002 cname:me"]
        if ssrcs
        else []
    )
    parts = [
        media_lines("audio", "0", "sendonly", *sound),
        media_lines(
            "video",
            "1",
            "sendonly",
            "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            *picture,
        ),
    ]
    parts += SCREEN if screen else ()
    for kind, first in (("audio", 2), ("video", 2 + places)):
        parts += [media_lines(kind, str(first + i), "recvonly") for i in range(places)]
    return offer(*parts)
