"""What is counted of a stream received: loss, jitter, rate, delays. Knows values only.

Times are seconds on the caller's monotonic clock. Source: requirement D6.
"""

from __future__ import annotations

import math
from collections import deque

from media.rtcp import ReportBlock


class Reception:
    """Loss and jitter of one SSRC, as a receiver report tells them.

    Source: RFC 3550 section 6.4.1, appendices A.3 and A.8.
    """

    def __init__(self, clock_rate_hz: int) -> None:
        self._clock_rate_hz = clock_rate_hz
        self.packets = 0
        self.jitter = 0.0
        """In RTP timestamp units."""
        self._first: int | None = None
        self._highest = 0
        self._last_transit: int | None = None
        self._reported_expected = 0
        self._reported_packets = 0

    def add(self, extended: int, rtp_timestamp: int, *, now: float) -> None:
        """Account for one packet; `extended` is its sequence number, unwrapped."""
        self.packets += 1
        if self._first is None:
            self._first = self._highest = extended
        elif extended > self._highest:
            self._highest = extended
        elif extended < self._first:
            self._first = extended
        transit = int(now * self._clock_rate_hz) - rtp_timestamp & 0xFFFFFFFF
        if self._last_transit is not None:
            difference = transit - self._last_transit & 0xFFFFFFFF
            if difference > 0x8000_0000:  # an earlier one
                difference = 0x1_0000_0000 - difference
            self.jitter += (difference - self.jitter) / 16
        self._last_transit = transit

    @property
    def expected(self) -> int:
        return 0 if self._first is None else self._highest - self._first + 1

    @property
    def lost(self) -> int:
        return self.expected - self.packets

    @property
    def jitter_ms(self) -> float:
        return self.jitter * 1000 / self._clock_rate_hz

    def report(self, ssrc: int, *, last_sr: int, delay_s: float) -> ReportBlock:
        """Build a block; its loss fraction covers the time since the previous call."""
        expected = self.expected - self._reported_expected
        lost = expected - (self.packets - self._reported_packets)
        self._reported_expected, self._reported_packets = self.expected, self.packets
        fraction = min(255, (lost << 8) // expected) if expected > 0 and lost > 0 else 0
        delay = min(0xFFFFFFFF, int(delay_s * 65536)) if last_sr else 0
        return ReportBlock(
            ssrc, fraction, self.lost, self._highest, int(self.jitter), last_sr, delay
        )


class RoundTrip:
    """Round trip to one peer, from the report blocks it returns.

    Our sender reports carry the clock of another peer (lips must match sound), so the instant
    each left is remembered here instead of being read from it.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[int, float]] = deque(maxlen=128)
        self.rtt_s: float | None = None

    def sent(self, ntp: int, *, now: float) -> None:
        self._sent.append((ntp >> 16 & 0xFFFFFFFF, now))

    def returned(self, block: ReportBlock, *, now: float) -> None:
        for middle, sent_at in reversed(self._sent):
            if middle == block.last_sr:
                rtt_s = max(0.0, now - sent_at - block.delay / 65536)
                self.rtt_s = rtt_s if self.rtt_s is None else 0.8 * self.rtt_s + 0.2 * rtt_s
                return


class Rate:
    """Bits per second over the time between two readings."""

    def __init__(self, *, now: float) -> None:
        self.bytes = 0
        self._read_bytes = 0
        self._read_at = now

    def read(self, now: float) -> int:
        elapsed = now - self._read_at
        bits = (self.bytes - self._read_bytes) * 8
        self._read_bytes, self._read_at = self.bytes, now
        return int(bits / elapsed) if elapsed > 0 else 0


class Histogram:
    """Quantiles of positive durations to within 5 %, in bounded memory.

    Buckets grow by a tenth from one microsecond to some ten seconds.
    """

    BUCKETS = 170
    _GROWTH = 1.1

    def __init__(self) -> None:
        self._counts = [0] * self.BUCKETS
        self.count = 0
        self.max_s = 0.0

    def add(self, duration_s: float) -> None:
        micros = max(1.0, duration_s * 1e6)
        index = min(self.BUCKETS - 1, int(math.log(micros, self._GROWTH)))
        self._counts[index] += 1
        self.count += 1
        self.max_s = max(self.max_s, duration_s)

    def quantile_s(self, share: float) -> float:
        """Return the middle of the bucket where `share` of the durations is reached."""
        remaining = share * self.count
        for index, count in enumerate(self._counts):
            remaining -= count
            if count and remaining <= 0:
                return math.pow(self._GROWTH, index + 0.5) / 1e6
        return 0.0

    def clear(self) -> None:
        self._counts = [0] * self.BUCKETS
        self.count = 0
        self.max_s = 0.0
