"""What a rehearsal measured, against what it had to be. Values and arithmetic only.

Truth is the wire's: the bounds within which datagrams were dropped, told on the server's clock.
Source of the bars: design of exam time, section 5.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Stream = Literal["audio", "video"]
STREAMS: tuple[Stream, ...] = ("audio", "video")

START_ERROR_MAX_S = 0.15
LENGTH_ERROR_MAX_S = 0.3
SHOWN_MAX_S: dict[Stream, float] = {"audio": 1.5, "video": 2.5}
CLOCK_ERROR_MAX_S = 1.0
"""Whole seconds, rounded up in the candidate's favour: never less than was lost."""
ROBOTS_LAG_S = 0.1
"""Beyond this the robots' own sound has gaps, and errors of a tenth may be theirs."""
_MS = 1000


@dataclass(frozen=True, slots=True)
class Spread:
    p50: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        if not values:
            return None
        return cls(round(statistics.median(values), 3), round(max(values), 3))


@dataclass(frozen=True, slots=True)
class Truth:
    """A cut, in milliseconds since the epoch on the server's clock, and its length."""

    start_ms: float
    length_s: float


@dataclass(frozen=True, slots=True)
class OutageSeen:
    """One stream's interruption as recorded and shown; errors are recorded minus true."""

    stream: Stream
    injected_s: float
    start_error_s: float
    length_error_s: float
    shown_after_s: float
    """Until the last of the other participants was shown it."""


@dataclass(frozen=True, slots=True)
class ClockSeen:
    due_s: float
    given_s: float
    error_s: float


@dataclass(slots=True)
class Report:
    """Filled as the play goes on; what was not reached stays None."""

    join_s: Spread | None = None
    """From the opening of the link to a media connection that stands."""
    first_frame_s: Spread | None = None
    """From the answer to `admit` to the first picture read, for each pair it brings together."""
    outages: list[OutageSeen] = field(default_factory=list)
    clock: ClockSeen | None = None
    record: dict[str, Any] = field(default_factory=lambda: {"events": 0, "verified": False})
    documents: dict[str, str | None] = field(
        default_factory=lambda: {"minutes": None, "incident": None, "archive": None, "record": None}
    )
    relay: dict[str, Any] = field(
        default_factory=lambda: {
            "packets_out": None,
            "cpu_us_per_packet_out": None,
            "delay_ms": {"p50": None, "p99": None},
        }
    )
    robots_lag_s: float = 0.0
    """How late the robots themselves ran at worst."""
    failures: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


def outages_seen(
    events: Iterable[dict[str, Any]],
    *,
    participant_id: str,
    truth: Truth,
    shown_after_s: dict[Stream, float],
) -> tuple[list[OutageSeen], list[str]]:
    """Return what the record says of a cut, and what is wrong with it.

    Args:
        events: of the record, in order, as JSON objects.
        participant_id: whose link was cut.
        truth: of the cut.
        shown_after_s: by stream; a stream that was never shown is missing.
    """
    own = [event for event in events if event.get("participant_id") == participant_id]
    seen, wrong = [], []
    for stream in STREAMS:
        bounds = _bounds(own, stream)
        if len(bounds) != 1 or stream not in shown_after_s:
            wrong.append(f"coupure, {stream} : {len(bounds)} interruption(s) au registre, une due")
            continue
        start_ms, end_ms = bounds[0]
        outage = OutageSeen(
            stream=stream,
            injected_s=round(truth.length_s, 3),
            start_error_s=round((start_ms - truth.start_ms) / _MS, 3),
            length_error_s=round((end_ms - start_ms) / _MS - truth.length_s, 3),
            shown_after_s=round(shown_after_s[stream], 3),
        )
        seen.append(outage)
        wrong += _judge(outage)
    return seen, wrong


def clock_seen(*, due_s: float, given_s: float) -> tuple[ClockSeen, list[str]]:
    """Return the clock's account of a cut, and what is wrong with it."""
    error_s = round(given_s - due_s, 3)
    seen = ClockSeen(round(due_s, 3), round(given_s, 3), error_s)
    if 0 <= error_s <= CLOCK_ERROR_MAX_S:
        return seen, []
    return seen, [f"horloge : {given_s:.1f} s rendues pour {due_s:.1f} s perdues"]


def relay_seen(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the relay's own figures for the play, from its `Stats` before and after it.

    Robots in one room send little, so that housekeeping weighs on each packet: what a packet
    costs under load is for the load generator to say.
    """
    packets, delay = after["packets_out"] - before["packets_out"], after["delay_total_ms"]
    cpu_us = (after["cpu_s"] - before["cpu_s"]) * 1e6
    return {
        "packets_out": packets,
        "cpu_us_per_packet_out": round(cpu_us / packets, 1) if packets else None,
        "delay_ms": {"p50": delay["p50"], "p99": delay["p99"]},
    }


def _bounds(own: Iterable[dict[str, Any]], stream: Stream) -> list[tuple[int, int]]:
    """Return start and end of each interruption of a stream that is over."""
    bounds, start_ms = [], None
    for event in own:
        if event.get("stream") != stream:
            continue
        if event["type"] == "media.interrupted":
            start_ms = event["at_ms"]
        elif event["type"] == "media.restored" and start_ms is not None:
            bounds.append((start_ms, event["at_ms"]))
            start_ms = None
    return bounds


def _judge(outage: OutageSeen) -> list[str]:
    bars = (
        ("début enregistré", abs(outage.start_error_s), START_ERROR_MAX_S),
        ("durée enregistrée", abs(outage.length_error_s), LENGTH_ERROR_MAX_S),
        ("affichage", outage.shown_after_s, SHOWN_MAX_S[outage.stream]),
    )
    return [
        f"coupure, {outage.stream}, {what} : écart de {value:.3f} s, {bar} s au plus"
        for what, value, bar in bars
        if value > bar
    ]
