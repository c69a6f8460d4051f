"""One peer's quality: a sample a second of each stream and direction, and a score of all.

Counters are read and compared with the reading before; nothing happens per packet. Times are
seconds on the caller's monotonic clock. Source: requirement D6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from media import score
from media.degraded import DegradedWatch, QualityStep
from media.downlink import SlotReception
from media.forwarding import Slot
from media.interruption import AudioWatch, VideoWatch
from media.kinds import WATCHED, Direction, Stream
from media.messages import StreamStats
from media.quality import Rate
from media.uplink import UplinkStream

_SILENT_AFTER_S = 1.0
"""A stream from which nothing came for a second stood still in that second."""


@dataclass(frozen=True, slots=True)
class _Counters:
    """Since the connection began."""

    packets: int = 0
    lost: int = 0
    frames: int = 0
    glitches: int = 0
    freezes: int = 0
    frozen_s: float = 0.0


class StreamSampler:
    """Turns the counters of one stream in one direction into a sample a second."""

    def __init__(self, stream: Stream, direction: Direction) -> None:
        self._stream = stream
        self._direction = direction
        self._before = _Counters()
        self._at: float | None = None

    def sample(
        self,
        counters: _Counters,
        *,
        bitrate_bps: int,
        jitter_ms: float,
        rtt_s: float | None,
        is_still: bool,
        now: float,
    ) -> StreamStats | None:
        """Return what the time since the last call was like; None from the first call."""
        before, self._before = self._before, counters
        since, self._at = self._at, now
        if since is None or now <= since:
            return None
        packets, lost = counters.packets - before.packets, counters.lost - before.lost
        frozen_ratio = min(1.0, (counters.frozen_s - before.frozen_s) / (now - since))
        sample = score.Sample(
            # What comes late lowers the count of the lost again.
            loss_ratio=max(0.0, lost / (packets + lost)) if packets + lost > 0 else 0.0,
            jitter_ms=jitter_ms,
            rtt_ms=None if rtt_s is None else rtt_s * 1000,
            bitrate_bps=bitrate_bps,
            frozen_ratio=1.0 if is_still else max(0.0, frozen_ratio),
        )
        is_audio = self._stream is Stream.AUDIO
        return StreamStats(
            stream=self._stream,
            direction=self._direction,
            bitrate_bps=sample.bitrate_bps,
            packets=packets,
            lost=lost,
            jitter_ms=round(jitter_ms, 3),
            frames=counters.frames - before.frames,
            glitches=counters.glitches - before.glitches,
            freezes=counters.freezes - before.freezes,
            score=score.audio_score(sample) if is_audio else score.video_score(sample),
            mos=round(score.audio_mos(sample), 2) if is_audio else None,
        )


def _uplink_counters(uplink: UplinkStream, watch: AudioWatch | VideoWatch) -> _Counters:
    packets = sum(layer.reception.packets for layer in uplink.layers)
    lost = sum(layer.reception.lost for layer in uplink.layers)
    if isinstance(watch, AudioWatch):
        return _Counters(packets, lost, glitches=watch.glitches)
    freezes = watch.freezes
    return _Counters(
        packets, lost, frames=uplink.frames, freezes=freezes.count, frozen_s=freezes.total_s
    )


class QualityMeter:
    """All streams of one connection, both ways, and the overall score of its peer."""

    def __init__(self, *, now: float) -> None:
        self.overall = score.Overall()
        self.frozen_s = dict.fromkeys(WATCHED, 0.0)
        """As the page tells of what it is shown."""
        self._degraded = DegradedWatch()
        self._rates = {stream: Rate(now=now) for stream in WATCHED}
        self._samplers = {
            (stream, direction): StreamSampler(stream, direction)
            for stream in WATCHED
            for direction in Direction
        }

    def sent(
        self,
        uplink: UplinkStream,
        watch: AudioWatch | VideoWatch,
        *,
        rtt_s: float | None,
        now: float,
    ) -> StreamStats | None:
        """Sample what the relay receives, a camera's layers together; None: nothing to judge."""
        sampled = self._samplers[uplink.stream, Direction.SENT].sample(
            _uplink_counters(uplink, watch),
            bitrate_bps=sum(layer.rate.read(now) for layer in uplink.layers),
            jitter_ms=uplink.reception.jitter_ms,
            rtt_s=rtt_s,
            is_still=watch.last_good is not None and now - watch.last_good >= _SILENT_AFTER_S,
            now=now,
        )
        return sampled if watch.is_watched else None

    def received(
        self,
        stream: Stream,
        receptions: Iterable[SlotReception],
        slots: Iterable[Slot],
        *,
        rtt_s: float | None,
        is_interrupted: bool,
        now: float,
    ) -> StreamStats | None:
        """Sample what the peer says that it receives; None while it is sent nothing."""
        known = list(receptions)
        rate = self._rates[stream]
        rate.bytes = sum(slot.octets for slot in slots if slot.plan.stream is stream)
        jitter = max((reception.jitter for reception in known), default=0)
        sampled = self._samplers[stream, Direction.RECEIVED].sample(
            _Counters(
                packets=sum(reception.packets for reception in known),
                lost=sum(reception.lost for reception in known),
                frozen_s=self.frozen_s[stream],
            ),
            bitrate_bps=rate.read(now),
            jitter_ms=jitter * 1000 / stream.clock_rate_hz,
            rtt_s=rtt_s,
            is_still=is_interrupted,
            now=now,
        )
        return sampled if sampled is not None and sampled.bitrate_bps else None

    def judge(self, streams: Iterable[StreamStats], *, now: float) -> QualityStep | None:
        """Account for one second of all streams; tell when the peer's quality has turned."""
        scores = {(one.stream, one.direction): one.score for one in streams}
        both = [
            together
            for direction in Direction
            if (
                together := score.together(
                    scores.get((Stream.AUDIO, direction)), scores.get((Stream.VIDEO, direction))
                )
            )
            is not None
        ]
        self.overall.add(min(both, default=None))
        return self._degraded.add(self.overall.value, now=now)
