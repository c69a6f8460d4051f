"""What the relay process counts of itself."""

from __future__ import annotations

from collections import Counter

from media.messages import Delay, RelayStats
from media.quality import Histogram


class Meter:
    """Packets, bytes, what was dropped and why, and how long packets stay in the relay."""

    def __init__(self) -> None:
        self.packets_in = 0
        self.packets_out = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.repeated = 0
        self.dropped: Counter[str] = Counter()
        self.loop_lag_max_s = 0.0
        self._delay = Histogram()
        self._delay_total = Histogram()

    def delayed(self, duration_s: float) -> None:
        self._delay.add(duration_s)
        self._delay_total.add(duration_s)

    def lagged(self, duration_s: float) -> None:
        self.loop_lag_max_s = max(self.loop_lag_max_s, duration_s)

    def read(self, *, cpu_s: float) -> RelayStats:
        """Return the counters and begin a new interval."""
        stats = RelayStats(
            packets_in=self.packets_in,
            packets_out=self.packets_out,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            repeated=self.repeated,
            cpu_s=cpu_s,
            loop_lag_max_ms=round(self.loop_lag_max_s * 1000, 3),
            delay_ms=_summary(self._delay),
            delay_total_ms=_summary(self._delay_total),
            dropped=dict(self.dropped),
        )
        self._delay.clear()
        self.loop_lag_max_s = 0.0
        return stats


def _summary(histogram: Histogram) -> Delay:
    return Delay(
        p50=round(histogram.quantile_s(0.5) * 1000, 4),
        p99=round(histogram.quantile_s(0.99) * 1000, 4),
        max=round(histogram.max_s * 1000, 4),
        count=histogram.count,
    )
