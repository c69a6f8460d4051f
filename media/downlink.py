"""Whether a peer gets what it is sent: from its receiver reports, and from what its page tells.

A report names the highest packet that arrived; when that packet left is known here, so that an
interruption is dated by packets and not by reports, which come each second at best (libwebrtc:
1 s for pictures, 5 s for sound). Between two reports the page's own statistics are listened to:
they are testimony, and what they alone show is labelled so. A silence counts only while
something was being sent.

Times are seconds on the caller's monotonic clock; nothing here reads one.
Source: RFC 3550 section 6.4.1; W3C webrtc-stats, `RTCInboundRtpStreamStats`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from media.interruption import AUDIO_GAP_S, VIDEO_GAP_S, Interrupted, Restored
from media.kinds import WATCHED, Stream, Witness
from media.rtcp import ReportBlock

_SAMPLES = 200
"""Ten a second: what left in the last 20 s is known."""
_MISSED_PACKETS = 3
"""Fewer that were sent and not reported may still be on their way."""
_BEHIND_S = 0.25
"""Nor is a receiver behind whose last packet left this recently: paths jitter, round trips too."""
_SAME_S = 0.1
"""What left this close to the start of a gap belongs to the time before it."""
_GAP_S = {Stream.AUDIO: AUDIO_GAP_S, Stream.VIDEO: VIDEO_GAP_S}


class SentLog:
    """When which packet left through one slot: sampled at each round, interpolated between."""

    def __init__(self) -> None:
        self._numbers: deque[int] = deque(maxlen=_SAMPLES)
        self._instants: deque[float] = deque(maxlen=_SAMPLES)
        """Beside each other and not in pairs: the garbage collector has nothing to follow."""

    @property
    def highest(self) -> int | None:
        return self._numbers[-1] if self._numbers else None

    def _latest_first(self) -> Iterator[tuple[int, float]]:
        return zip(reversed(self._numbers), reversed(self._instants), strict=True)

    def sent(self, sequence: int, *, now: float) -> None:
        """`sequence`, unwrapped, is the last one sent up to now."""
        numbers, instants = self._numbers, self._instants
        if numbers and numbers[-1] == sequence and len(numbers) > 1 and numbers[-2] == sequence:
            instants[-1] = now  # A pause is two samples: its first instant and its last.
            return
        numbers.append(sequence)
        instants.append(now)

    def instant_of(self, sequence: int) -> float | None:
        """Return when a packet left; None when that was too long ago, or never."""
        later: tuple[int, float] | None = None
        for sample in self._latest_first():
            if sample[0] < sequence:
                if later is None:
                    return None
                share = (sequence - sample[0]) / (later[0] - sample[0])
                return sample[1] + share * (later[1] - sample[1])
            later = sample
        return later[1] if later is not None and later[0] == sequence else None

    def sequence_at(self, instant: float) -> int | None:
        """Return the last packet that had left by then; None when that was too long ago."""
        later: tuple[int, float] | None = None
        for sample in self._latest_first():
            if sample[1] <= instant:
                if later is None:
                    return sample[0]
                share = (instant - sample[1]) / (later[1] - sample[1])
                return sample[0] + int(share * (later[0] - sample[0]))
            later = sample
        return None

    def count(self, begin: float, end: float) -> int:
        """Return how many left between two instants, as far as is known."""
        first, last = self.sequence_at(begin), self.sequence_at(end)
        return 0 if first is None or last is None else last - first


@dataclass(frozen=True, slots=True)
class Said:
    """What one report adds about a slot; numbers are unwrapped."""

    log: SentLog
    known: int
    """Highest that the report before named."""
    highest: int
    lost: int
    """Of those between the two."""
    was_behind: bool
    """The report before lacked packets that had been sent: what is lost now followed `known`."""
    missing_since: float | None
    """When the first packet left that has not arrived, with others after it; None: none is."""

    @property
    def has_arrived(self) -> bool:
        return self.highest - self.known > self.lost

    def back_at(self, since: float) -> float | None:
        """Return when the first packet left that arrived after a gap that began at `since`."""
        begin = max(self.known, self.log.sequence_at(since) or self.known)
        return self.log.instant_of(min(self.highest, begin + self.lost + 1))


class SlotReception:
    """One slot's packets as its receiver reports them."""

    def __init__(self) -> None:
        self.log = SentLog()
        self.packets = 0
        self.lost = 0
        self.jitter = 0
        """In RTP timestamp units, as last reported."""
        self._highest: int | None = None
        self._reported_lost = 0
        self._was_behind = False

    def report(self, block: ReportBlock, *, as_of: float) -> Said | None:
        """Account for a report that its receiver wrote at `as_of`; None: it is the first."""
        sent, known = self.log.highest, self._highest
        if sent is None:
            return None
        # The receiver counts cycles of its own, and may be ahead of the last round.
        ahead = (block.highest - sent + 0x8000 & 0xFFFF) - 0x8000
        highest = sent + min(0, ahead)
        lost, self._reported_lost = block.lost - self._reported_lost, block.lost
        was_behind, self._was_behind = self._was_behind, self._is_behind(highest, as_of)
        self._highest, self.jitter = highest, block.jitter
        if known is None or highest < known:
            return None
        lost = max(0, min(lost, highest - known))
        self.packets += highest - known - lost
        self.lost += lost
        missing_since = self.log.instant_of(highest + 1) if self._was_behind else None
        return Said(self.log, known, highest, lost, was_behind, missing_since)

    def _is_behind(self, highest: int, as_of: float) -> bool:
        sent = self.log.sequence_at(as_of - _BEHIND_S)
        return sent is not None and sent - highest >= _MISSED_PACKETS


@dataclass(frozen=True, slots=True)
class Found:
    """A change of one kind of stream as this peer receives it, and who saw it."""

    stream: Stream
    change: Interrupted | Restored
    witness: Witness


class KindReception:
    """All sound, or all pictures, that one peer receives."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.interrupted_since: float | None = None
        self._testified: int | None = None
        """Packets in all, as the page told last."""
        self._restored_at = float("-inf")
        """The page may tell of a return before the reports show the same gap."""

    def reported(self, said: Said, *, as_of: float, half_s: float, now: float) -> Iterator[Found]:
        """A report of one slot came, written at `as_of`; packets take `half_s` to get there."""
        if said.has_arrived:
            yield from self._reported_arrival(said, half_s=half_s, now=now)
        since = None if said.missing_since is None else said.missing_since + half_s
        if since is None or self.interrupted_since is not None or since < self._restored_at:
            return
        if as_of - since >= self._gap_s:
            yield self._interrupt(since, now, "reports")

    def _reported_arrival(self, said: Said, *, half_s: float, now: float) -> Iterator[Found]:
        since = self.interrupted_since
        if since is None and said.was_behind and said.lost:
            left = said.log.instant_of(said.known + 1)
            since = None if left is None else left + half_s
        returned = None if since is None else said.back_at(since - half_s)
        if since is None or returned is None or since < self._restored_at:
            return
        back_at = returned + half_s
        if self.interrupted_since is None:
            if back_at - since < self._gap_s:
                return
            # It ended before a report could tell of it: both bounds are told at once.
            yield self._interrupt(since, now, "reports")
        if back_at > since + _SAME_S:
            yield self._restore(back_at, "reports")

    def testified(
        self, packets: int, silent_s: float, logs: list[SentLog], *, now: float
    ) -> Iterator[Found]:
        """The page says how many packets came in all, and how long ago the last one did."""
        before, self._testified = self._testified, packets
        if before is None:
            return
        last = now - silent_s
        if silent_s >= self._gap_s:
            # A silence means something only if something was sent into it; rounds blur its start.
            begin, end = last + 2 * _SAME_S, now - silent_s / 2
            was_sent = sum(log.count(begin, end) for log in logs) >= _MISSED_PACKETS
            if was_sent and self.interrupted_since is None:
                yield self._interrupt(last, now, "page")
        elif self.interrupted_since is not None and last > self.interrupted_since + _SAME_S:
            sent = sum(log.count(now - 1, now) for log in logs)
            back_at = last - (packets - before) / sent if sent else last
            yield self._restore(back_at, "page")

    @property
    def _gap_s(self) -> float:
        return _GAP_S[self.stream]

    def _restore(self, back_at: float, witness: Witness) -> Found:
        assert self.interrupted_since is not None
        since, self.interrupted_since = self.interrupted_since, None
        self._restored_at = max(since, back_at)
        return Found(self.stream, Restored(since, self._restored_at), witness)

    def _interrupt(self, since: float, now: float, witness: Witness) -> Found:
        self.interrupted_since = since
        return Found(self.stream, Interrupted(since, now), witness)


class Downlink:
    """What one connection receives of us."""

    def __init__(self) -> None:
        self.kinds = {stream: KindReception(stream) for stream in WATCHED}
        self._slots: dict[int, tuple[Stream, SlotReception]] = {}

    def sent(self, ssrc: int, stream: Stream, sequence: int, *, now: float) -> None:
        """The slot with that SSRC has sent up to `sequence`, unwrapped; called each round."""
        known = self._slots.get(ssrc)
        if known is None:
            known = self._slots[ssrc] = (stream, SlotReception())
        known[1].log.sent(sequence, now=now)

    def report(self, block: ReportBlock, *, rtt_s: float | None, now: float) -> Iterator[Found]:
        """Account for a report block about one of our slots; others are passed over."""
        known = self._slots.get(block.ssrc)
        if known is None:
            return
        stream, slot = known
        half_s = (rtt_s or 0.0) / 2
        as_of = now - half_s
        said = slot.report(block, as_of=as_of)
        if said is not None:
            yield from self.kinds[stream].reported(said, as_of=as_of, half_s=half_s, now=now)

    def testify(
        self, stream: Stream, *, packets: int, silent_s: float, now: float
    ) -> Iterator[Found]:
        """Account for what the page tells of all its slots of a kind."""
        logs = [slot.log for kind, slot in self._slots.values() if kind is stream]
        yield from self.kinds[stream].testified(packets, silent_s, logs, now=now)

    def receptions(self, stream: Stream) -> list[SlotReception]:
        return [slot for kind, slot in self._slots.values() if kind is stream]
