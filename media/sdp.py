"""Reads an offer. Knows text only; `answer.py` writes what is said to it.

An offer holds at most one microphone, one camera and one screen (`sendonly` or `sendrecv`), up to
`MAX_PLACES` slots of sound and as many of pictures, and one for a screen (`recvonly`). A screen is
told from a camera by `a=content:slides`. All of it is bundled on one transport, with the codecs of
`formats.py` and nothing else. Source: RFC 8829 (JSEP), RFC 8866 (SDP), RFC 8843 (BUNDLE), RFC 8851
and 8853 (layers of a camera), RFC 4585 section 4.2 (feedback), RFC 4796 (content).
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from media.errors import OfferError
from media.formats import Format, has_feedback, preferred, taken
from media.kinds import WATCHED, Codec, Stream
from media.rtp import (
    ABS_SEND_TIME_URI,
    AUDIO_LEVEL_URI,
    REPAIRED_RID_URI,
    RID_URI,
    TRANSPORT_CC_URI,
)

MAX_PLACES = 11
MAX_LAYERS = 3
"""Of one camera; those offered beyond are not accepted, so that none of them is sent."""
_MAX_LINES = 20_000
_MAX_MEDIA = 2 * MAX_PLACES + 8
_TOKEN = re.compile(r"[!-~]{1,256}")
MAX_SCREENS = 1
_MEDIA = frozenset({"audio", "video"})
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_TRANSPORT = frozenset({"ice-ufrag", "ice-pwd", "setup"})
_RID = re.compile(r"[0-9A-Za-z_-]{1,16}")
_APT = re.compile(r"(?:^|;)\s*apt=(\d+)")


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
    parameters: dict[str, str] = field(default_factory=dict)
    """Payload type to what its `fmtp` says."""
    feedback: set[tuple[str, str]] = field(default_factory=set)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)
    """SSRC to the one that repeats its packets (FID groups, RFC 5576)."""
    repeating: dict[str, str] = field(default_factory=dict)
    """Payload type to that of the RTX format that repeats it."""
    rids: list[str] = field(default_factory=list)
    """Layers it can send, smallest first."""
    is_screen: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    """`ice-ufrag`, `ice-pwd` and `setup`, the session's unless it has its own."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """A stream the peer sends."""

    stream: Stream
    mid: str
    codec: Codec
    payload_type: int
    ssrc: int | None
    """None when the offer names none; then the first one that arrives is taken."""
    abs_send_time_id: int | None
    audio_level_id: int | None
    answers_nack: bool = False
    """The peer repeats packets it is asked for."""
    rtx_payload_type: int | None = None
    """Of packets repeated (RFC 4588); None: they are repeated as they were."""
    rtx_ssrc: int | None = None
    rids: tuple[str, ...] = ()
    """Names of the layers, smallest first; empty when there is but one encoding."""
    rid_id: int | None = None
    repaired_rid_id: int | None = None
    transport_cc_id: int | None = None
    """When the peer numbers its packets and learns from us when each arrived."""


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A stream the peer receives; `ssrc` is ours."""

    stream: Stream
    mid: str
    formats: tuple[Format, ...]
    """All that the peer can play: sources of each may be shown."""
    ssrc: int
    abs_send_time_id: int | None = None
    """When the peer estimates what it can take from the time in each packet."""
    rtx_ssrc: int = 0
    """Ours too; means nothing where nothing is repeated in a stream of its own."""

    def format_of(self, codec: Codec) -> Format | None:
        """Return how a source of that codec is sent here; None when the peer cannot play it."""
        return next((one for one in self.formats if one.codec is codec), None)


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
        return max(len(self.slots_of(stream)) for stream in WATCHED)

    def slots_of(self, stream: Stream) -> list[SlotPlan]:
        return [slot for slot in self.slots if slot.stream is stream]

    def placed(self) -> Iterator[tuple[SlotPlan, int]]:
        """Yield each slot with its place: a sound and a picture share one, a screen has its own."""
        for stream in WATCHED:
            yield from zip(self.slots_of(stream), itertools.count(), strict=False)
        yield from zip(self.slots_of(Stream.SCREEN), itertools.count(self.places), strict=False)


def read_offer(text: str, *, fingerprint: str, codec: Codec = Codec.VP8) -> Plan:
    """Settle what an offer asks for.

    Args:
        text: the offer.
        fingerprint: SHA-256 of the certificate that the peer's token names.
        codec: what its pictures are to be sent in, where it has that.

    Raises:
        OfferError: it is malformed, asks for too much, or does not name that certificate.
    """
    session, media, fingerprints = _parse(text)
    if fingerprint.upper() not in fingerprints:
        raise OfferError("offer_fingerprint_mismatch", "the offer has another certificate")
    return _plan(session, media, codec)


def reread_offer(text: str, *, plan: Plan) -> Plan:
    """Settle an ICE restart: the same m-lines with new credentials.

    Raises:
        OfferError: it is malformed or changes more than the credentials.
    """
    session, media, _ = _parse(text)
    new = _plan(session, media, Codec.VP8)
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
    elif name in {"rtpmap", "rtcp-fb", "extmap", "ssrc", "fmtp"}:
        _numbered(media, name, value)
    elif name == "content":
        media.is_screen = media.kind == "video" and "slides" in value.split(",")
    else:
        _encodings(media, name, value)


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
        elif name == "fmtp":
            media.parameters[number] = rest.strip()
            if (apt := _APT.search(rest)) is not None:
                media.repeating.setdefault(apt[1], number)
        elif (ssrc := int(number)) not in media.ssrcs and 0 <= ssrc < 1 << 32:
            media.ssrcs.append(ssrc)
    except (ValueError, IndexError) as error:
        raise OfferError("offer_malformed", f"broken a={name}") from error


def _encodings(media: OfferedMedia, name: str, value: str) -> None:
    """Take what says how many streams there are behind an m-line."""
    if name == "simulcast":
        _layers(media, value.split())
    elif name == "ssrc-group":
        _repair_group(media, value.split())


def _layers(media: OfferedMedia, words: list[str]) -> None:
    """Read what `a=simulcast` says of sending: the first alternative of each layer."""
    for direction, streams in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            names = [one.split(",")[0].removeprefix("~") for one in streams.split(";")]
            if not all(map(_RID.fullmatch, names)) or len(set(names)) != len(names):
                raise OfferError("offer_malformed", "broken a=simulcast")
            media.rids = names


def _repair_group(media: OfferedMedia, words: list[str]) -> None:
    if len(words) != 3 or words[0] != "FID":
        return
    if not (words[1].isdecimal() and words[2].isdecimal()):
        raise OfferError("offer_malformed", "broken a=ssrc-group")
    media.repairs[int(words[1])] = int(words[2])


def _plan(session: dict[str, str], media: list[OfferedMedia], codec: Codec) -> Plan:
    live = [m for m in media if m.kind in _MEDIA and not m.is_rejected]
    _check(session, media, live)
    uplinks: list[Uplink] = []
    slots: list[SlotPlan] = []
    ssrcs: set[int] = set()
    for m in live:
        stream = Stream.SCREEN if m.is_screen else Stream(m.kind)
        formats = taken(m, stream)
        if m.direction in {"sendonly", "sendrecv"}:
            if stream is Stream.SCREEN and not m.ssrcs:
                continue  # Nothing else would tell its packets from the camera's.
            uplinks.append(_uplink(m, stream, preferred(formats, codec)))
        elif m.direction == "recvonly":
            slots.append(_slot(m, stream, formats, ssrcs))
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
        most = MAX_SCREENS if stream is Stream.SCREEN else MAX_PLACES
        if len(plan.slots_of(stream)) > most:
            raise OfferError("offer_too_many_slots", f"more than {most} {stream} slots")
    sent = {(uplink.payload_type, str(uplink.codec)) for uplink in plan.uplinks}
    sent |= {(u.rtx_payload_type, "rtx") for u in plan.uplinks if u.rtx_payload_type is not None}
    if len({payload_type for payload_type, _ in sent}) != len(sent):
        raise OfferError("offer_malformed", "one payload type for two codecs")


def _uplink(media: OfferedMedia, stream: Stream, sent_as: Format) -> Uplink:
    ssrc = media.ssrcs[0] if media.ssrcs else None
    repair = None if ssrc is None else media.repairs.get(ssrc)
    has_rids = stream is Stream.VIDEO and RID_URI in media.extensions and ssrc is None
    rids = tuple(media.rids[:MAX_LAYERS]) if has_rids else ()
    is_repaired = repair is not None or (rids and REPAIRED_RID_URI in media.extensions)
    learns_arrivals = media.kind == "video" and has_feedback(
        media, sent_as.payload_type, "transport-cc"
    )
    return Uplink(
        stream,
        media.mid,
        sent_as.codec,
        sent_as.payload_type,
        ssrc,
        media.extensions.get(ABS_SEND_TIME_URI),
        media.extensions.get(AUDIO_LEVEL_URI) if stream is Stream.AUDIO else None,
        answers_nack=has_feedback(media, sent_as.payload_type, "nack"),
        rtx_payload_type=sent_as.rtx_payload_type if is_repaired else None,
        rtx_ssrc=repair,
        rids=rids,
        rid_id=media.extensions.get(RID_URI) if rids else None,
        repaired_rid_id=media.extensions.get(REPAIRED_RID_URI) if rids else None,
        transport_cc_id=media.extensions.get(TRANSPORT_CC_URI) if learns_arrivals else None,
    )


def _slot(
    media: OfferedMedia, stream: Stream, formats: tuple[Format, ...], ssrcs: set[int]
) -> SlotPlan:
    clock_id = media.extensions.get(ABS_SEND_TIME_URI, 0) if media.kind == "video" else 0
    return SlotPlan(
        stream,
        media.mid,
        formats,
        _fresh_ssrc(ssrcs),
        # Written in the form of one byte a head, which has no room for others (RFC 8285, 4.2).
        abs_send_time_id=clock_id if 1 <= clock_id <= 14 else None,
        rtx_ssrc=_fresh_ssrc(ssrcs),
    )


def _fresh_ssrc(taken: set[int]) -> int:
    while (ssrc := secrets.randbits(32)) in taken or ssrc == 0:
        continue
    taken.add(ssrc)
    return ssrc
