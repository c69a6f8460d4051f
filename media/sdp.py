"""Reads an offer and writes the one answer. Knows text only.

An offer holds at most one microphone and one camera (`sendonly` or `sendrecv`) and up to
`MAX_PLACES` slots of each kind (`recvonly`). All of it is bundled on one transport, with
Opus and VP8 and nothing else. Source: RFC 8829 (JSEP), RFC 8866 (SDP), RFC 8843 (BUNDLE).

Not here: simulcast, RTX and NACK, transport-wide feedback.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from media.errors import OfferError
from media.kinds import Stream
from media.rtp import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI

MAX_PLACES = 11
_MAX_LINES = 20_000
_MAX_MEDIA = 2 * MAX_PLACES + 8
_TOKEN = re.compile(r"[!-~]{1,256}")
_CODEC = {Stream.AUDIO: "opus/48000/2", Stream.VIDEO: "vp8/90000"}
_RTPMAP = {Stream.AUDIO: "opus/48000/2", Stream.VIDEO: "VP8/90000"}
_OPUS_FMTP = "minptime=10;useinbandfec=1;usedtx=0"
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_TRANSPORT = frozenset({"ice-ufrag", "ice-pwd", "setup"})
_FEEDBACK = ("nack pli", "ccm fir", "goog-remb")
_EXTENSIONS = {
    Stream.AUDIO: (ABS_SEND_TIME_URI, AUDIO_LEVEL_URI),
    Stream.VIDEO: (ABS_SEND_TIME_URI,),
}


@dataclass(slots=True)
class OfferedMedia:
    """One m-line, as far as the relay needs it."""

    kind: str
    formats: list[str]
    profile: str
    is_rejected: bool
    mid: str = ""
    direction: str = "sendrecv"
    has_rtcp_mux: bool = False
    has_rtcp_rsize: bool = False
    codecs: dict[str, str] = field(default_factory=dict)
    """Payload type to `name/rate[/channels]`, in lower case."""
    feedback: set[tuple[str, str]] = field(default_factory=set)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    """`ice-ufrag`, `ice-pwd` and `setup`, the session's unless it has its own."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """A stream the peer sends."""

    stream: Stream
    mid: str
    payload_type: int
    ssrc: int | None
    """None when the offer names none; then the first one that arrives is taken."""
    abs_send_time_id: int | None
    audio_level_id: int | None


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A stream the peer receives; `ssrc` is ours."""

    stream: Stream
    mid: str
    payload_type: int
    ssrc: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one offer and our answer to it settle for the life of a connection."""

    offered: tuple[OfferedMedia, ...]
    remote_ufrag: str
    uplinks: tuple[Uplink, ...]
    slots: tuple[SlotPlan, ...]

    @property
    def places(self) -> int:
        """How many other peers can be received at a time."""
        kinds = [slot.stream for slot in self.slots]
        return max(kinds.count(Stream.AUDIO), kinds.count(Stream.VIDEO))

    def slots_of(self, stream: Stream) -> list[SlotPlan]:
        return [slot for slot in self.slots if slot.stream is stream]


@dataclass(frozen=True, slots=True)
class Local:
    """Our side of an answer."""

    announced: tuple[str, ...]
    port: int
    ufrag: str
    password: str
    fingerprint: str
    """SHA-256 of our certificate."""


# --- Reading --------------------------------------------------------------------------------


def read_offer(text: str, *, fingerprint: str) -> Plan:
    """Settle what an offer asks for.

    Args:
        text: the offer.
        fingerprint: SHA-256 of the certificate that the peer's token names.

    Raises:
        OfferError: it is malformed, asks for too much, or does not name that certificate.
    """
    session, media, fingerprints = _parse(text)
    if fingerprint.upper() not in fingerprints:
        raise OfferError("offer_fingerprint_mismatch", "the offer has another certificate")
    return _plan(session, media)


def reread_offer(text: str, *, plan: Plan) -> Plan:
    """Settle an ICE restart: the same m-lines with new credentials.

    Raises:
        OfferError: it is malformed or changes more than the credentials.
    """
    session, media, _ = _parse(text)
    new = _plan(session, media)
    if _shape(new) != _shape(plan):
        raise OfferError("offer_changed", "an ICE restart may not change the media")
    return Plan(new.offered, new.remote_ufrag, plan.uplinks, plan.slots)


def _shape(plan: Plan) -> list[tuple[str, str]]:
    return [(media.kind, media.mid) for media in plan.offered]


def _parse(text: str) -> tuple[dict[str, str], list[OfferedMedia], set[str]]:
    lines = text.splitlines()
    if not lines or lines[0] != "v=0" or len(lines) > _MAX_LINES:
        raise OfferError("offer_malformed", "not a session description")
    session: dict[str, str] = {}
    media: list[OfferedMedia] = []
    fingerprints: set[str] = set()
    for line in lines:
        name, _, value = line[2:].partition(":")
        if line.startswith("m="):
            media.append(_media_line(line, session))
        elif not line.startswith("a="):
            continue
        elif name == "fingerprint":
            algorithm, _, digest = value.partition(" ")
            if algorithm.lower() == "sha-256":
                fingerprints.add(digest.strip().upper())
        elif not media:
            session[name] = value
        else:
            _attribute(media[-1], name, value)
    if len(media) > _MAX_MEDIA:
        raise OfferError("offer_too_many_slots", f"more than {_MAX_MEDIA} m-lines")
    return session, media, fingerprints


def _media_line(line: str, session: dict[str, str]) -> OfferedMedia:
    parts = line[2:].split()
    if len(parts) < 4 or not parts[1].isdigit() or not all(map(_TOKEN.fullmatch, parts)):
        raise OfferError("offer_malformed", "broken m-line")
    kind, port, profile, *formats = parts
    inherited = {key: value for key, value in session.items() if key in _TRANSPORT}
    direction = next((d for d in _DIRECTIONS if d in session), "sendrecv")
    return OfferedMedia(
        kind, formats, profile, port == "0", direction=direction, attributes=inherited
    )


def _attribute(media: OfferedMedia, name: str, value: str) -> None:
    if name in _DIRECTIONS:
        media.direction = name
    elif name == "mid":
        media.mid = value
    elif name == "bundle-only":
        media.is_rejected = False
    elif name == "rtcp-mux":
        media.has_rtcp_mux = True
    elif name == "rtcp-rsize":
        media.has_rtcp_rsize = True
    elif name in _TRANSPORT:
        media.attributes[name] = value
    elif name in {"rtpmap", "rtcp-fb", "extmap", "ssrc"}:
        _numbered(media, name, value)


def _numbered(media: OfferedMedia, name: str, value: str) -> None:
    """Take an attribute that begins with a number."""
    number, _, rest = value.partition(" ")
    try:
        if name == "rtpmap":
            media.codecs[number] = rest.strip().lower()
        elif name == "rtcp-fb":
            media.feedback.add((number, rest.strip()))
        elif name == "extmap":
            media.extensions[rest.split()[0]] = int(number.partition("/")[0])
        elif (ssrc := int(number)) not in media.ssrcs and 0 <= ssrc < 1 << 32:
            media.ssrcs.append(ssrc)
    except (ValueError, IndexError) as error:
        raise OfferError("offer_malformed", f"broken a={name}") from error


def _plan(session: dict[str, str], media: list[OfferedMedia]) -> Plan:
    live = [m for m in media if m.kind in set(Stream) and not m.is_rejected]
    _check(session, media, live)
    uplinks: list[Uplink] = []
    slots: list[SlotPlan] = []
    ssrcs: set[int] = set()
    for m in live:
        stream = Stream(m.kind)
        payload_type = int(_format(m, stream))
        if m.direction in {"sendonly", "sendrecv"}:
            uplinks.append(_uplink(m, stream, payload_type))
        elif m.direction == "recvonly":
            slots.append(SlotPlan(stream, m.mid, payload_type, _fresh_ssrc(ssrcs)))
    plan = Plan(tuple(media), live[0].attributes["ice-ufrag"], tuple(uplinks), tuple(slots))
    _check_bounds(plan)
    return plan


def _check(session: dict[str, str], media: list[OfferedMedia], live: list[OfferedMedia]) -> None:
    if not live:
        raise OfferError("offer_malformed", "no audio or video")
    mids = [m.mid for m in media]
    if len(set(mids)) != len(mids) or not all(_TOKEN.fullmatch(mid) for mid in mids):
        raise OfferError("offer_malformed", "each m-line needs a mid of its own")
    bundled = set(session.get("group", "").split()[1:])
    if not bundled.issuperset(m.mid for m in live):
        raise OfferError("offer_not_bundled", "every m-line must be in one bundle")
    for m in live:
        credentials = m.attributes.get("ice-ufrag", ""), m.attributes.get("ice-pwd", "")
        if not all(map(_TOKEN.fullmatch, credentials)):
            raise OfferError("offer_malformed", "no ICE credentials")
        if not m.has_rtcp_mux:
            raise OfferError("offer_malformed", "RTCP must share the port")
        if m.attributes.get("setup") not in {"actpass", "active"}:
            raise OfferError("offer_malformed", "the offer must let us be the DTLS server")


def _check_bounds(plan: Plan) -> None:
    for stream in Stream:
        if sum(uplink.stream is stream for uplink in plan.uplinks) > 1:
            raise OfferError("offer_too_many_streams", f"more than one {stream} to send")
        if len(plan.slots_of(stream)) > MAX_PLACES:
            raise OfferError("offer_too_many_slots", f"more than {MAX_PLACES} {stream} slots")
    sent = [uplink.payload_type for uplink in plan.uplinks]
    if len(set(sent)) != len(sent):
        raise OfferError("offer_malformed", "one payload type for two codecs")


def _format(media: OfferedMedia, stream: Stream) -> str:
    for payload_type in media.formats:
        if media.codecs.get(payload_type) == _CODEC[stream] and payload_type.isdecimal():
            # 64 to 95 would read as RTCP on a shared port (RFC 5761 section 4).
            if not 0 <= int(payload_type) <= 127 or 64 <= int(payload_type) <= 95:
                raise OfferError("offer_malformed", "payload type out of range")
            return payload_type
    raise OfferError("offer_codec_missing", f"no {_RTPMAP[stream]} offered")


def _uplink(media: OfferedMedia, stream: Stream, payload_type: int) -> Uplink:
    return Uplink(
        stream,
        media.mid,
        payload_type,
        media.ssrcs[0] if media.ssrcs else None,
        media.extensions.get(ABS_SEND_TIME_URI),
        media.extensions.get(AUDIO_LEVEL_URI) if stream is Stream.AUDIO else None,
    )


def _fresh_ssrc(taken: set[int]) -> int:
    while (ssrc := secrets.randbits(32)) in taken or ssrc == 0:
        continue
    taken.add(ssrc)
    return ssrc


# --- Writing --------------------------------------------------------------------------------


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
    places = {slot.mid: place for s in Stream for place, slot in enumerate(plan.slots_of(s))}
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
    lines = _common_lines(media, uplink.stream, uplink.payload_type, local)
    known = [uri for uri in _EXTENSIONS[uplink.stream] if uri in media.extensions]
    lines += [f"a=extmap:{media.extensions[uri]} {uri}" for uri in known]
    return [*lines, "a=recvonly"]


def _slot_lines(media: OfferedMedia, slot: SlotPlan, place: int, local: Local) -> Iterable[str]:
    name = place_cname(place)
    return [
        *_common_lines(media, slot.stream, slot.payload_type, local),
        "a=sendonly",
        f"a=msid:{name} {name}-{slot.stream}",
        f"a=ssrc:{slot.ssrc} cname:{name}",
        f"a=ssrc:{slot.ssrc} msid:{name} {name}-{slot.stream}",
    ]


def _rejected_lines(media: OfferedMedia) -> Iterable[str]:
    return [
        f"m={media.kind} 0 {media.profile} {' '.join(media.formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{media.mid}",
        "a=inactive",
    ]


def _common_lines(
    media: OfferedMedia, stream: Stream, payload_type: int, local: Local
) -> list[str]:
    lines = [
        f"m={stream} {local.port} {media.profile} {payload_type}",
        f"c=IN {_net(local.announced[0])}",
        f"a=mid:{media.mid}",
        "a=rtcp-mux",
        f"a=rtpmap:{payload_type} {_RTPMAP[stream]}",
    ]
    if media.has_rtcp_rsize:
        lines.append("a=rtcp-rsize")
    if stream is Stream.AUDIO:
        lines.append(f"a=fmtp:{payload_type} {_OPUS_FMTP}")
    else:
        offered = {value for pt, value in media.feedback if pt in {str(payload_type), "*"}}
        lines += [f"a=rtcp-fb:{payload_type} {value}" for value in _FEEDBACK if value in offered]
    return [
        *lines,
        *_candidate_lines(local),
        "a=end-of-candidates",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
    ]


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
