"""When a stream or a transport is interrupted, and when it is back.

Each watch is told what arrives and is judged every 100 ms. An interruption starts at the last
good packet (or complete frame) before it, not when it is noticed. Times are seconds on the
caller's monotonic clock; nothing here reads one. Whose side it lies on is `cause.py`'s affair.
Source: requirement D7.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from media.freeze import FreezeCounter
from media.kinds import TransportState

GLITCH_GAP_S = 0.2
AUDIO_GAP_S = 1.0
VIDEO_GAP_S = 2.0
PROOF_S = 0.5
"""How long sound must flow before it is back."""
PROOF_SHARE = 0.8
"""Of the packets expected in that time."""
SUSPECT_S, LOST_S, GONE_S = 3.0, 8.0, 30.0

_GAP_NOTED_S = 0.5
_DEFAULT_PACKET_S = 0.02
_PACKET_S_RANGE = (0.0025, 0.12)
"""Opus frames to the longest packet (RFC 7587 section 4.2)."""


@dataclass(frozen=True, slots=True)
class Started:
    at: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    since: float
    detected: float


@dataclass(frozen=True, slots=True)
class Restored:
    since: float
    """Start of the interruption that ended."""
    at: float


StreamChange = Started | Interrupted | Restored


class StreamWatch:
    """What both kinds of stream share: started, on or off, interrupted since when."""

    gap_s: float

    def __init__(self) -> None:
        self.last_good: float | None = None
        """Last good packet or complete frame; None until the stream starts."""
        self.interrupted_since: float | None = None
        self._is_on = True
        self._announced = False
        self._last_gap = (0.0, 0.0)

    @property
    def is_watched(self) -> bool:
        """Whether silence of this stream would mean anything."""
        return self._is_on and self.last_good is not None

    def was_silent(self, begin: float, end: float) -> bool:
        """Tell whether nothing good came between, give or take what makes a gap."""
        if self.last_good is None or self.last_good <= begin + _GAP_NOTED_S:
            return True
        gap_begin, gap_end = self._last_gap
        return gap_begin <= begin + _GAP_NOTED_S and gap_end >= end - _GAP_NOTED_S

    def reconnected(self) -> None:
        """The next good packet is the first of another connection, and is announced as such."""
        self._announced = False

    def switch(self, *, is_on: bool, now: float) -> Iterator[StreamChange]:
        """Its owner switched it on or off; off ends an interruption, on starts a new wait."""
        if is_on == self._is_on:
            return
        self._is_on = is_on
        if self.interrupted_since is not None:
            yield self._restore(now)
        if is_on and self.last_good is not None:
            self.last_good = now

    def judge(self, now: float) -> Iterator[StreamChange]:
        if (
            self._is_on
            and self.last_good is not None
            and self.interrupted_since is None
            and now - self.last_good >= self.gap_s
        ):
            self.interrupted_since = self.last_good
            self._begin()
            yield Interrupted(self.last_good, now)

    def _is_plain(self, now: float) -> bool:
        """Tell whether a good packet now changes nothing, as nearly all do."""
        return (
            self._announced
            and self.interrupted_since is None
            and self.last_good is not None
            and now - self.last_good < _GAP_NOTED_S
        )

    def _good(self, now: float) -> Iterator[StreamChange]:
        """Account for a good packet: the gap it ends may not have met a judgement."""
        yield from self.judge(now)
        if self.last_good is not None and now - self.last_good >= _GAP_NOTED_S:
            self._last_gap = (self.last_good, now)
        self.last_good = now
        if not self._announced:
            self._announced = True
            yield Started(now)

    def _restore(self, at: float) -> Restored:
        assert self.interrupted_since is not None
        since, self.interrupted_since = self.interrupted_since, None
        return Restored(since, at)

    def _begin(self) -> None:
        """An interruption begins; subclasses forget what led to an earlier return."""


class AudioWatch(StreamWatch):
    """Sound: interrupted by a gap of 1 s; back at the first packet of a steady half second."""

    gap_s = AUDIO_GAP_S

    def __init__(self) -> None:
        super().__init__()
        self.glitches = 0
        """Gaps too short to interrupt anything, and heard all the same."""
        self._packet_s = _DEFAULT_PACKET_S
        self._previous: tuple[int, float] | None = None
        self._arrivals: deque[float] = deque(maxlen=512)
        """Since the interruption began; more packets than 512 in half a second is no sound."""

    def packet(self, extended: int, media_s: float, *, now: float) -> Iterable[StreamChange]:
        """Account for a packet; an empty tuple when nothing changed, as nearly always.

        Args:
            extended: its sequence number, unwrapped.
            media_s: its RTP timestamp in seconds.
            now: when its datagram was read.
        """
        self._learn(extended, media_s)
        last = self.last_good
        if last is not None and now - last < GLITCH_GAP_S and self._is_plain(now):
            self.last_good = now
            return ()
        return self._unusual(now)

    def _unusual(self, now: float) -> Iterator[StreamChange]:
        if (
            self._announced
            and self._is_on
            and self.interrupted_since is None
            and self.last_good is not None
            and GLITCH_GAP_S <= now - self.last_good < AUDIO_GAP_S
        ):
            self.glitches += 1
        yield from self._good(now)
        if self.interrupted_since is not None:
            self._arrivals.append(now)
            yield from self._prove(now)

    def judge(self, now: float) -> Iterator[StreamChange]:
        yield from super().judge(now)
        if self.interrupted_since is not None:
            yield from self._prove(now)

    def _learn(self, extended: int, media_s: float) -> None:
        """Learn how long one packet lasts, from two that follow each other."""
        if self._previous is not None and extended == self._previous[0] + 1:
            step_s = media_s - self._previous[1]
            low, high = _PACKET_S_RANGE
            if low <= step_s <= high:
                self._packet_s = step_s
        self._previous = (extended, media_s)

    def _prove(self, now: float) -> Iterator[StreamChange]:
        needed = PROOF_SHARE * PROOF_S / self._packet_s
        arrivals = self._arrivals
        while arrivals and now >= arrivals[0] + PROOF_S:
            until = arrivals[0] + PROOF_S
            if sum(at <= until for at in arrivals) >= needed:
                yield self._restore(arrivals[0])
                return
            arrivals.popleft()

    def _begin(self) -> None:
        self._arrivals.clear()


class VideoWatch(StreamWatch):
    """Picture: interrupted by 2 s without a complete frame.

    Back at a complete key frame, or at a complete frame that follows the last one directly:
    any other would refer to pictures that never arrived.
    """

    gap_s = VIDEO_GAP_S

    def __init__(self) -> None:
        super().__init__()
        self.freezes = FreezeCounter()
        self._last_sequence: int | None = None

    def switch(self, *, is_on: bool, now: float) -> Iterator[StreamChange]:
        if is_on != self._is_on:
            self.freezes.restart()
        return super().switch(is_on=is_on, now=now)

    def reconnected(self) -> None:
        super().reconnected()
        self._last_sequence = None
        self.freezes.restart()

    def frame(self, first: int, last: int, *, is_key: bool, now: float) -> Iterable[StreamChange]:
        """Account for a complete frame of packets `first` to `last`, unwrapped numbers.

        Returns an empty tuple when nothing changed, as nearly always.
        """
        follows = self._last_sequence is not None and first == self._last_sequence + 1
        self._last_sequence = last
        if self._is_on:
            self.freezes.frame(now)
        if self._is_plain(now):
            self.last_good = now
            return ()
        return self._unusual(now, is_whole=is_key or follows)

    def _unusual(self, now: float, *, is_whole: bool) -> Iterator[StreamChange]:
        yield from self.judge(now)
        if self.interrupted_since is not None:
            if not is_whole:
                return
            yield self._restore(now)
            # The gap is over and told: `_good` must not take it for another one.
            if self.last_good is not None:
                self._last_gap = (self.last_good, now)
            self.last_good = now
        yield from self._good(now)


@dataclass(frozen=True, slots=True)
class TransportStep:
    state: TransportState
    since: float
    """The last datagram before the silence; for `ok`, the one that ended it."""
    detected: float


_LADDER = (
    (GONE_S, TransportState.GONE),
    (LOST_S, TransportState.LOST),
    (SUSPECT_S, TransportState.SUSPECT),
)


class TransportWatch:
    """Silence of a whole connection, counted in authenticated datagrams."""

    def __init__(self, *, now: float) -> None:
        self.last_heard = now
        self.state = TransportState.OK

    def heard(self, now: float) -> Iterable[TransportStep]:
        """Account for a datagram; an empty tuple when nothing changed, as nearly always."""
        if self.state is TransportState.OK and now - self.last_heard < SUSPECT_S:
            self.last_heard = now
            return ()
        return self._heard_again(now)

    def _heard_again(self, now: float) -> Iterator[TransportStep]:
        yield from self.judge(now)
        self.last_heard = now
        if self.state in {TransportState.SUSPECT, TransportState.LOST}:
            self.state = TransportState.OK
            yield TransportStep(self.state, now, now)

    def judge(self, now: float) -> Iterator[TransportStep]:
        silence_s = now - self.last_heard
        if silence_s < SUSPECT_S or self.state is TransportState.GONE:
            return
        state = next(state for limit_s, state in _LADDER if silence_s >= limit_s)
        if state is not self.state:
            self.state = state
            yield TransportStep(state, self.last_heard, now)
