"""Which formats of an m-line are taken: sound as Opus, pictures as VP8 or H.264.

A slot takes both kinds of picture, for whom it shows may change; what is sent takes one. H.264 is
taken in constrained baseline and packetization mode 1, which every browser has to offer beside
VP8 (RFC 7742 sections 5 and 6.2). Source: RFC 6184 sections 8.1 and 8.2.2, RFC 4588 section 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.errors import OfferError
from media.kinds import Codec, Stream

if TYPE_CHECKING:
    from media.sdp import OfferedMedia

_CODECS = {"audio": (Codec.OPUS,), "video": (Codec.VP8, Codec.H264)}
"""Of each kind of m-line, the ones preferred first."""
_PROFILE = re.compile(
    r"(?:^|;)\s*profile-level-id=42([0-9a-f]{2})[0-9a-f]{2}\s*(?:;|$)", re.IGNORECASE
)
_MODE_1 = re.compile(r"(?:^|;)\s*packetization-mode=1\s*(?:;|$)", re.IGNORECASE)
_CONSTRAINED = 0x40
"""`constraint_set1_flag`: what baseline has beyond constrained baseline is not used."""


@dataclass(frozen=True, slots=True)
class Format:
    """One codec on one m-line, with the payload types of this connection."""

    codec: Codec
    payload_type: int
    rtx_payload_type: int | None = None
    """Of packets repeated (RFC 4588); None: they are repeated as they were."""


def taken(media: OfferedMedia, stream: Stream) -> tuple[Format, ...]:
    """Return the formats of an m-line that we can forward, one of each codec.

    Raises:
        OfferError: there is none, or a payload type is out of range.
    """
    found = tuple(_found(media))
    if not found:
        wanted = " or ".join(_CODECS[stream.media])
        raise OfferError("offer_codec_missing", f"no {wanted} offered")
    return found


def preferred(formats: tuple[Format, ...], codec: Codec) -> Format:
    """Return the format of that codec, or the first where it is not among them."""
    return next((one for one in formats if one.codec is codec), formats[0])


def has_feedback(media: OfferedMedia, payload_type: int, value: str) -> bool:
    """Tell whether the offer lists this RTCP feedback for the format."""
    return not media.feedback.isdisjoint({(str(payload_type), value), ("*", value)})


def _found(media: OfferedMedia) -> Iterator[Format]:
    for codec in _CODECS[media.kind]:
        for number in media.formats:
            if media.codecs.get(number) != codec or not number.isdecimal():
                continue
            if not _is_payload_type(number):
                raise OfferError("offer_malformed", "payload type out of range")
            if codec is Codec.H264 and not _is_plain(media.parameters.get(number, "")):
                continue
            yield Format(codec, int(number), _rtx(media, int(number)))
            break


def _is_plain(parameters: str) -> bool:
    """Tell whether a format of H.264 is the one that everybody has."""
    profile = _PROFILE.search(parameters)
    is_constrained = profile is not None and bool(int(profile[1], 16) & _CONSTRAINED)
    return is_constrained and _MODE_1.search(parameters) is not None


def _is_payload_type(text: str) -> bool:
    # 64 to 95 would read as RTCP on a shared port (RFC 5761 section 4).
    return text.isdecimal() and int(text) <= 127 and not 64 <= int(text) <= 95


def _rtx(media: OfferedMedia, payload_type: int) -> int | None:
    """Return the format that repeats packets of this one, when both ends can ask for them."""
    rtx = media.repeating.get(str(payload_type), "")
    is_rtx = media.codecs.get(rtx, "").startswith("rtx/") and rtx in media.formats
    has_nack = has_feedback(media, payload_type, "nack")
    return int(rtx) if is_rtx and has_nack and _is_payload_type(rtx) else None
