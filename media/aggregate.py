"""Ten seconds of samples as one: what is kept of a participant's quality. Pure.

Times are seconds on the caller's monotonic clock. Source: requirement D6 ("kept").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from media.messages import PeerAggregate, PeerStats, QualityMeasured, StreamAggregate, StreamStats

SECONDS = 10


class Aggregator:
    """Takes every second's samples of all peers, and gives one aggregate for each ten."""

    def __init__(self, *, now: float) -> None:
        self._from_s = now
        self._seconds: list[Sequence[PeerStats]] = []

    def add(self, peers: Sequence[PeerStats], *, now: float) -> QualityMeasured | None:
        """Account for one second; return the aggregate that it completes."""
        self._seconds.append(peers)
        if len(self._seconds) < SECONDS:
            return None
        by_peer: defaultdict[tuple[str, str], list[PeerStats]] = defaultdict(list)
        for second in self._seconds:
            for peer in second:
                if peer.streams:
                    by_peer[peer.room, peer.peer].append(peer)
        measured = QualityMeasured(
            from_s=self._from_s, to_s=now, peers=[_peer(stats) for stats in by_peer.values()]
        )
        self._from_s, self._seconds = now, []
        return measured


def _peer(stats: list[PeerStats]) -> PeerAggregate:
    by_stream: defaultdict[tuple[str, str], list[StreamStats]] = defaultdict(list)
    for second in stats:
        for stream in second.streams:
            by_stream[stream.stream, stream.direction].append(stream)
    return PeerAggregate(
        room=stats[0].room,
        peer=stats[0].peer,
        rtt_ms=_mean(second.rtt_ms for second in stats),
        score=stats[-1].score,
        streams=[_stream(seconds) for seconds in by_stream.values()],
    )


def _stream(seconds: list[StreamStats]) -> StreamAggregate:
    return StreamAggregate(
        stream=seconds[0].stream,
        direction=seconds[0].direction,
        seconds=len(seconds),
        bitrate_bps=round(fmean(one.bitrate_bps for one in seconds)),
        packets=sum(one.packets for one in seconds),
        lost=max(0, sum(one.lost for one in seconds)),
        jitter_ms=round(fmean(one.jitter_ms for one in seconds), 3),
        frames=sum(one.frames for one in seconds),
        glitches=sum(one.glitches for one in seconds),
        freezes=sum(one.freezes for one in seconds),
        score=round(fmean(one.score for one in seconds)),
        score_min=min(one.score for one in seconds),
        mos=_mean(one.mos for one in seconds),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), 3) if known else None
