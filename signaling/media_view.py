"""A connection's sound, picture and quality, as pages show them."""

from __future__ import annotations

from typing import Literal

from visiojury.exam import events as ev
from visiojury.exam.media import STREAMS, Media
from visiojury.exam.people import JURY, Role

StreamView = Literal["none", "on", "off", "interrupted"]
Quality = Literal["good", "poor", "cut"]
"""`poor`: degraded for five seconds or more; `cut`: something is interrupted, either way."""
SEE_QUALITY = JURY | {Role.ORGANISER, Role.INVIGILATOR, Role.SESSION_MANAGER}
"""Who can act on it (D6)."""


def quality_of(media: Media) -> Quality | None:
    if not media.is_connected:
        return None
    directions: tuple[ev.Direction, ...] = ("sent", "received")
    if any(media.is_interrupted(name, way) for name in STREAMS for way in directions):
        return "cut"
    return "poor" if media.is_degraded else "good"


def stream_of(media: Media, name: ev.Stream, muted: frozenset[ev.Stream]) -> StreamView:
    stream = media.streams[name]
    if media.is_interrupted(name):
        return "interrupted"
    if not stream.is_on or name in muted:
        return "off"
    return "on" if stream.has_started and media.is_connected else "none"
