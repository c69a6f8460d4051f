"""Writes the one answer to an offer. Knows text only.

Each m-line of the offer is answered in its place: taken as a stream the peer sends, taken as a
slot of ours, or rejected. Source: RFC 8829 (JSEP) section 5.3, RFC 8866 (SDP), RFC 8839 (ICE).
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from media.formats import Format, has_feedback
from media.kinds import Codec
from media.rtp import (
    ABS_SEND_TIME_URI,
    AUDIO_LEVEL_URI,
    MID_URI,
    REPAIRED_RID_URI,
    RID_URI,
    TRANSPORT_CC_URI,
)
from media.sdp import OfferedMedia, Plan, SlotPlan, Uplink

_RTPMAP = {Codec.OPUS: "opus/48000/2", Codec.VP8: "VP8/90000", Codec.H264: "H264/90000"}
_OPUS_FMTP = "minptime=10;useinbandfec=1;usedtx=0"
_FEEDBACK = {
    "audio": ("nack",),
    "video": ("nack", "nack pli", "ccm fir"),
}
_LIMIT, _ARRIVALS = "goog-remb", "transport-cc"
"""Two ways to learn what a path carries: one is negotiated, the second where a sender has it."""
_EXTENSIONS = {
    "audio": (ABS_SEND_TIME_URI, AUDIO_LEVEL_URI),
    "video": (ABS_SEND_TIME_URI,),
}
_LAYER_EXTENSIONS = (MID_URI, RID_URI, REPAIRED_RID_URI)


@dataclass(frozen=True, slots=True)
class Local:
    """Our side of an answer."""

    announced: tuple[str, ...]
    port: int
    ufrag: str
    password: str
    fingerprint: str
    """SHA-256 of our certificate."""


def write_answer(plan: Plan, local: Local) -> str:
    accepted = {u.mid for u in plan.uplinks} | {slot.mid for slot in plan.slots}
    lines = [
        "v=0",
        f"o=- {secrets.randbits(62)} 1 IN {_net(local.announced[0])}",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(m.mid for m in plan.offered if m.mid in accepted),
        "a=msid-semantic: WMS *",
    ]
    slots = {slot.mid: slot for slot in plan.slots}
    uplinks = {uplink.mid: uplink for uplink in plan.uplinks}
    places = {slot.mid: place for slot, place in plan.placed()}
    for media in plan.offered:
        if media.mid in uplinks:
            lines += _uplink_lines(media, uplinks[media.mid], local)
        elif media.mid in slots:
            lines += _slot_lines(media, slots[media.mid], places[media.mid], local)
        else:
            lines += _rejected_lines(media)
    return "\r\n".join(lines) + "\r\n"


def place_cname(place: int) -> str:
    """Name of what is shown at a place: its sound and its picture belong together."""
    return f"place-{place}"


def _net(address: str) -> str:
    return f"IP{ipaddress.ip_address(address).version} {address}"


def _uplink_lines(media: OfferedMedia, uplink: Uplink, local: Local) -> Iterable[str]:
    layers, arrivals = uplink.rids, uplink.transport_cc_id is not None
    wanted = _EXTENSIONS[media.kind] + (_LAYER_EXTENSIONS if layers else ())
    wanted += (TRANSPORT_CC_URI,) if arrivals else ()
    known = [uri for uri in wanted if uri in media.extensions]
    sent_as = Format(uplink.codec, uplink.payload_type, uplink.rtx_payload_type)
    path = _ARRIVALS if arrivals else _LIMIT
    return [
        *_common_lines(media, local, (sent_as,), path=path),
        *(f"a=extmap:{media.extensions[uri]} {uri}" for uri in known),
        "a=recvonly",
        *(f"a=rid:{rid} recv" for rid in layers),
        *([f"a=simulcast:recv {';'.join(layers)}"] if layers else []),
    ]


def _slot_lines(media: OfferedMedia, slot: SlotPlan, place: int, local: Local) -> Iterable[str]:
    name = place_cname(place)
    lines = _common_lines(media, local, slot.formats)
    if slot.abs_send_time_id is not None:
        lines.append(f"a=extmap:{slot.abs_send_time_id} {ABS_SEND_TIME_URI}")
    lines += ["a=sendonly", f"a=msid:{name} {name}-{slot.stream}"]
    ssrcs = [slot.ssrc]
    if any(one.rtx_payload_type is not None for one in slot.formats):
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
        ssrcs.append(slot.rtx_ssrc)
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{name}", f"a=ssrc:{ssrc} msid:{name} {name}-{slot.stream}"]
    return lines


def _rejected_lines(media: OfferedMedia) -> Iterable[str]:
    return [
        f"m={media.kind} 0 {media.profile} {' '.join(media.formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{media.mid}",
        "a=inactive",
    ]


def _common_lines(
    media: OfferedMedia,
    local: Local,
    formats: tuple[Format, ...],
    *,
    path: str = _LIMIT,
) -> list[str]:
    numbers = [one.payload_type for one in formats]
    numbers += [one.rtx_payload_type for one in formats if one.rtx_payload_type is not None]
    lines = [
        f"m={media.kind} {local.port} {media.profile} {' '.join(map(str, numbers))}",
        f"c=IN {_net(local.announced[0])}",
        f"a=mid:{media.mid}",
        "a=rtcp-mux",
    ]
    if media.has_rtcp_rsize:
        lines.append("a=rtcp-rsize")
    for one in formats:
        lines += _format_lines(media, one, path)
    return [
        *lines,
        *_candidate_lines(local),
        "a=end-of-candidates",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
    ]


def _format_lines(media: OfferedMedia, one: Format, path: str) -> Iterable[str]:
    number, rtx = one.payload_type, one.rtx_payload_type
    yield f"a=rtpmap:{number} {_RTPMAP[one.codec]}"
    if one.codec is Codec.OPUS:
        yield f"a=fmtp:{number} {_OPUS_FMTP}"
    elif one.codec is Codec.H264:
        # What the peer can do is what it may be sent: nothing is decoded here.
        yield f"a=fmtp:{number} {media.parameters[str(number)]}"
    for value in (*_FEEDBACK[media.kind], path):
        if has_feedback(media, number, value):
            yield f"a=rtcp-fb:{number} {value}"
    if rtx is not None:
        yield f"a=rtpmap:{rtx} rtx/90000"
        yield f"a=fmtp:{rtx} apt={number}"


def _candidate_lines(local: Local) -> Iterable[str]:
    """Write our host candidates: UDP first, and the same port over TCP for whoever has no UDP.

    Earlier addresses are preferred. Source: RFC 8445 section 5.1.2.1, RFC 6544 sections 4.2 (a
    passive candidate's direction preference is 4) and 4.5.
    """
    for index, address in enumerate(local.announced):
        udp = 126 << 24 | (65535 - index) << 8 | 255
        yield f"a=candidate:{index + 1} 1 udp {udp} {address} {local.port} typ host"
    for index, address in enumerate(local.announced):
        tcp = 90 << 24 | (4 << 13 | 8191 - index) << 8 | 255
        number = len(local.announced) + index + 1
        where = f"{address} {local.port} typ host tcptype passive"
        yield f"a=candidate:{number} 1 tcp {tcp} {where}"
