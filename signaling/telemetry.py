"""Metrics: one place for their names. No id, no name of a person, no address (T3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from media.messages import PeerAggregate, RelayStats, Stats
from signaling.refusals import TABLE
from visiojury.exam import events as ev

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began helps nobody
REGISTRY = CollectorRegistry()

EVENTS = Counter("visiojury_events", "Events committed to the record.", ["type"], registry=REGISTRY)
REFUSALS = Counter(
    "visiojury_refusals", "Requests and messages refused.", ["code"], registry=REGISTRY
)
MAILS = Counter(
    "visiojury_mails",
    "Invitations handed to the mail server: sent, refused (the address), failed (all else).",
    ["outcome"],
    registry=REGISTRY,
)
CONTESTS_UNRECORDED = Counter(
    "visiojury_access_contests_unrecorded",
    "Contested accesses that left no trace in the record: too many, or it took none.",
    ["what"],
    registry=REGISTRY,
)
JOIN_DURATION = Histogram(
    "visiojury_join_seconds",
    "Media offer received to connection made.",
    buckets=(0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 15),
    registry=REGISTRY,
)
ANSWER_DURATION = Histogram(
    "visiojury_offer_answer_seconds", "Media offer received to answer sent.", registry=REGISTRY
)
APPEND_DURATION = Histogram(
    "visiojury_record_append_seconds",
    "Commit of one batch of events.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
APPEND_FAILURES = Counter(
    "visiojury_record_append_failures",
    "Batches that could not be committed; nothing of them was answered.",
    registry=REGISTRY,
)
APPENDED_AT = Gauge(
    "visiojury_record_appended_timestamp_seconds",
    "When something was last committed, as Unix time; 0 before.",
    registry=REGISTRY,
)
LOOP_LAG = Gauge(
    "visiojury_loop_lag_seconds",
    "Largest delay of the server's loop in the last ten seconds.",
    registry=REGISTRY,
)
DRAINING = Gauge(
    "visiojury_draining",
    "1 from when the server was asked to stop and waits for sittings that run; else 0.",
    registry=REGISTRY,
)
LEASES = Gauge(
    "visiojury_leases",
    "Sessions that this server owns, where several share the database.",
    registry=REGISTRY,
)
LEASES_LOST = Counter(
    "visiojury_leases_lost",
    "Sessions that this server had to give up without having been asked to.",
    registry=REGISTRY,
)
FORWARDED = Counter(
    "visiojury_forwarded_requests",
    "Requests passed on to the server that owns their session.",
    ["outcome"],
    registry=REGISTRY,
)
RECORD_FAULTS = Counter(
    "visiojury_record_faults",
    "Sessions whose stored record did not hold when it was read.",
    registry=REGISTRY,
)
OUTAGES = Counter(
    "visiojury_outages", "Outages of sittings, by first cause.", ["cause"], registry=REGISTRY
)
OUTAGE_DURATION = Histogram(
    "visiojury_outage_seconds",
    "Length of outages that are over.",
    buckets=(1, 2, 5, 10, 30, 60, 120, 300, 600, 1800),
    registry=REGISTRY,
)
EXTENSION_GIVEN = Counter(
    "visiojury_extension_given_seconds", "Exam time given back by chairs.", registry=REGISTRY
)


QUALITY_SCORE = Histogram(
    "visiojury_quality_score",
    "Scores, 0 to 100, of ten seconds of a stream in one direction.",
    ["stream", "direction"],
    buckets=(20, 40, 60, 70, 80, 90, 100),
    registry=REGISTRY,
)
PACKET_LOSS = Histogram(
    "visiojury_packet_loss_ratio",
    "Packets lost, after repair, of those of ten seconds of a stream.",
    ["stream", "direction"],
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    registry=REGISTRY,
)
ROUND_TRIP = Histogram(
    "visiojury_round_trip_seconds",
    "Round trip between the relay and a participant, mean of ten seconds.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1),
    registry=REGISTRY,
)

# Known from the beginning: a first one is an increase, which an alert sees.
for _outcome in ("answered", "unreachable"):
    FORWARDED.labels(_outcome)
for _code in TABLE:
    REFUSALS.labels(_code)
for _cause in (*get_args(ev.Cause), "declared"):
    OUTAGES.labels(_cause)


def observe_quality(peer: PeerAggregate) -> None:
    """Count ten seconds of one participant, who is not named (T3)."""
    if peer.rtt_ms is not None:
        ROUND_TRIP.observe(peer.rtt_ms / 1000)
    for one in peer.streams:
        labels = (one.stream.value, one.direction.value)
        QUALITY_SCORE.labels(*labels).observe(one.score)
        if total := one.packets + one.lost:
            PACKET_LOSS.labels(*labels).observe(one.lost / total)


def observe(event: ev.Event) -> None:
    """Count one committed event."""
    EVENTS.labels(event.type).inc()
    match event:
        case ev.OutageOpened():
            OUTAGES.labels(event.hindrances[0].cause).inc()
        case ev.OutageDeclared():
            OUTAGES.labels("declared").inc()
        case ev.OutageClosed():
            OUTAGE_DURATION.observe((event.end_ms - event.start_ms) / 1000)
        case ev.ExtensionDecided():
            EXTENSION_GIVEN.inc(event.granted_s)


class RelayCollector(Collector):
    """The relays' own figures, read when Prometheus asks."""

    def __init__(self, stats: Callable[[], Mapping[int, Stats | None]]) -> None:
        """Take what gives each relay's last statistics, by its number; None: it is not there."""
        self._stats = stats

    def collect(self) -> Iterable[Metric]:
        relays = {str(number): stats for number, stats in self._stats().items()}
        up = GaugeMetricFamily("visiojury_relay_up", "Whether the relay answers.", labels=["relay"])
        for number, stats in relays.items():
            up.add_metric([number], 0 if stats is None else 1)
        yield up
        known = [(number, stats.relay) for number, stats in relays.items() if stats is not None]
        if known:
            yield from _counters(known)
            yield from _gauges(known)


def _counters(known: Sequence[tuple[str, RelayStats]]) -> Iterable[Metric]:
    for name, said, attribute in (
        ("visiojury_relay_packets_in", "Datagrams received.", "packets_in"),
        ("visiojury_relay_packets_out", "Packets sent.", "packets_out"),
        ("visiojury_relay_cpu_seconds", "CPU time of the relay.", "cpu_s"),
    ):
        counter = CounterMetricFamily(name, said, labels=["relay"])
        for number, figures in known:
            counter.add_metric([number], getattr(figures, attribute))
        yield counter
    dropped = CounterMetricFamily(
        "visiojury_relay_dropped", "Datagrams not used, by reason.", labels=["relay", "reason"]
    )
    for number, figures in known:
        for reason, count in figures.dropped.items():
            dropped.add_metric([number, reason], count)
    yield dropped


def _gauges(known: Sequence[tuple[str, RelayStats]]) -> Iterable[Metric]:
    lag = GaugeMetricFamily(
        "visiojury_relay_loop_lag_seconds",
        "Largest delay of the relay's loop in the last second.",
        labels=["relay"],
    )
    delay = GaugeMetricFamily(
        "visiojury_relay_delay_seconds",
        "Packet in to packet out, last second.",
        labels=["relay", "percentile"],
    )
    for number, figures in known:
        lag.add_metric([number], figures.loop_lag_max_ms / 1000)
        delay.add_metric([number, "50"], figures.delay_ms.p50 / 1000)
        delay.add_metric([number, "99"], figures.delay_ms.p99 / 1000)
    yield from (lag, delay)
