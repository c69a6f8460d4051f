"""A participant's media as the relay last reported them, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, field

from visiojury.exam import events as ev

STREAMS: tuple[ev.Stream, ...] = ("audio", "video")


@dataclass(slots=True)
class StreamState:
    has_started: bool = False
    is_on: bool = True
    interrupted_ms: int | None = None
    cause: ev.Cause = "uplink"
    restored_ms: int = 0
    """When it last began to flow."""

    @property
    def flows(self) -> bool:
        return self.has_started and self.is_on and self.interrupted_ms is None

    def interrupt(self, at_ms: int, cause: ev.Cause) -> None:
        self.interrupted_ms, self.cause = at_ms, cause

    def restore(self, at_ms: int) -> None:
        self.interrupted_ms, self.restored_ms = None, at_ms


@dataclass(slots=True)
class Media:
    """What the relay last said of a participant's connection."""

    is_connected: bool = False
    fingerprint: str = ""
    since_ms: int = 0
    """When it was last made."""
    link_ms: int | None = None
    """Since when it stands, or stands no more; None: there was none."""
    streams: dict[ev.Stream, StreamState] = field(
        default_factory=lambda: {stream: StreamState() for stream in STREAMS}
    )
    received: dict[ev.Stream, StreamState] = field(
        default_factory=lambda: {stream: StreamState() for stream in STREAMS}
    )
    """What reaches this participant of the others, as far as it is known."""
    is_degraded: bool = False

    @property
    def is_cut_off(self) -> bool:
        """Neither speaks nor is heard (J2): not connected, or the voice does not arrive."""
        has_started = self.streams["audio"].has_started
        return not self.is_connected or self.is_interrupted("audio") or not has_started

    def stream(self, name: ev.Stream, direction: ev.Direction) -> StreamState:
        return self.streams[name] if direction == "sent" else self.received[name]

    def is_interrupted(self, name: ev.Stream, direction: ev.Direction = "sent") -> bool:
        """What its owner switched off is not interrupted, unless its owner is gone."""
        stream = self.stream(name, direction)
        return stream.interrupted_ms is not None and (stream.is_on or not self.is_connected)
