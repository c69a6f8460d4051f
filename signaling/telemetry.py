"""Metrics: one place for their names. No id, no name of a person, no address (T3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

from media.messages import Stats
from signaling.refusals import TABLE
from visiojury.exam import events as ev

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began helps nobody
REGISTRY = CollectorRegistry()

EVENTS = Counter("visiojury_events", "Events committed to the record.", ["type"], registry=REGISTRY)
REFUSALS = Counter(
    "visiojury_refusals", "Requests and messages refused.", ["code"], registry=REGISTRY
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


# Known from the beginning: a first one is an increase, which an alert sees.
for _code in TABLE:
    REFUSALS.labels(_code)
for _cause in (*get_args(ev.Cause), "declared"):
    OUTAGES.labels(_cause)


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
    """The relay's own figures, read when Prometheus asks."""

    def __init__(self, stats: Callable[[], Stats | None]) -> None:
        self._stats = stats

    def collect(self) -> Iterable[Metric]:
        stats = self._stats()
        up = GaugeMetricFamily("visiojury_relay_up", "Whether the relay answers.")
        up.add_metric([], 0 if stats is None else 1)
        yield up
        if stats is None:
            return
        figures = stats.relay
        yield CounterMetricFamily(
            "visiojury_relay_packets_in", "Datagrams received.", value=figures.packets_in
        )
        yield CounterMetricFamily(
            "visiojury_relay_packets_out", "Packets sent.", value=figures.packets_out
        )
        yield CounterMetricFamily(
            "visiojury_relay_cpu_seconds", "CPU time of the relay.", value=figures.cpu_s
        )
        yield GaugeMetricFamily(
            "visiojury_relay_loop_lag_seconds",
            "Largest delay of the relay's loop in the last second.",
            value=figures.loop_lag_max_ms / 1000,
        )
        delay = GaugeMetricFamily(
            "visiojury_relay_delay_seconds",
            "Packet in to packet out, last second.",
            labels=["percentile"],
        )
        delay.add_metric(["50"], figures.delay_ms.p50 / 1000)
        delay.add_metric(["99"], figures.delay_ms.p99 / 1000)
        yield delay
        dropped = CounterMetricFamily(
            "visiojury_relay_dropped", "Datagrams not used, by reason.", labels=["reason"]
        )
        for reason, count in figures.dropped.items():
            dropped.add_metric([reason], count)
        yield dropped
