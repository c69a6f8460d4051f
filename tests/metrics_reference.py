"""docs/metrics.md from the metrics themselves, and the alerts and panels that use each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from prometheus_client.core import Metric
from prometheus_client.metrics import MetricWrapperBase

from media.messages import Delay, RelayStats, Stats
from signaling import telemetry
from signaling.live_metrics import LiveCollector

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
RULES = DEPLOY / "prometheus/visiojury.rules.yml"
DASHBOARDS = DEPLOY / "grafana/dashboards"
NAME = re.compile(r"visiojury_[a-z_]+")
SUFFIXES = ("_bucket", "_sum", "_count")

HEAD = """# Metrics

For Prometheus, on `metrics.port` (9464), made by `make docs` from the code. Base units; labels
from small closed sets; no room, person or address in any of them. What to do when an alert
rings: [runbook.md](runbook.md).

| metric | type | labels | meaning | alerts |
|---|---|---|---|---|
"""


def metrics() -> list[Metric]:
    """Return every metric, as a server without sessions shows it."""
    delay = Delay(p50=0, p99=0, max=0, count=0)
    relay = RelayStats(
        packets_in=0,
        packets_out=0,
        bytes_in=0,
        bytes_out=0,
        repeated=0,
        cpu_s=0,
        loop_lag_max_ms=0,
        delay_ms=delay,
        delay_total_ms=delay,
        dropped={},
    )
    stats = Stats(at_s=0, relay=relay, peers=[])
    collectors = (
        telemetry.REGISTRY,
        telemetry.RelayCollector(lambda: {0: stats}),
        LiveCollector(list, dict),
    )
    found = [metric for collector in collectors for metric in collector.collect()]
    return sorted(found, key=lambda metric: metric.name)


def exposed(metric: Metric) -> str:
    """Return the name under which a query finds it."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[tuple[str, str]]:
    """Yield where each query stands, and the query."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield f"{path.stem}: {panel['title']}", target["expr"]


def names_in(query: str) -> set[str]:
    found = set(NAME.findall(query))
    return {
        name.removesuffix(next((s for s in SUFFIXES if name.endswith(s)), "")) for name in found
    }


def render() -> str:
    lines = [_row(metric) for metric in metrics()]
    return HEAD + "".join(lines)


def _row(metric: Metric) -> str:
    name = exposed(metric)
    alerts = [rule["alert"] for rule in rules() if name in names_in(rule["expr"])]
    labels = _labels(metric)
    cells = (
        f"`{name}`",
        metric.type,
        ", ".join(f"`{label}`" for label in labels),
        metric.documentation,
        ", ".join(f"[{alert}](runbook.md#{alert.lower()})" for alert in alerts),
    )
    return f"| {' | '.join(cells)} |\n"


def _labels(metric: Metric) -> Iterable[str]:
    declared: dict[str, Iterable[str]] = {
        one._name: one._labelnames
        for one in vars(telemetry).values()
        if isinstance(one, MetricWrapperBase)
    }
    of_family: Iterable[str] = getattr(metric, "_labelnames", None) or ()
    return declared.get(metric.name, of_family)
