"""One participant in a room, and the one connection they have at a time.

The watches and places belong to the peer and outlive a connection that is replaced; ICE, DTLS,
slots and counters belong to the connection. Takes `now` from the caller and opens no socket.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from media import simulcast
from media.aiortc_seam import BitrateEstimator, SecureTransport
from media.allowance import Allowance
from media.arrivals import Arrivals
from media.bandwidth import Bursts, UplinkLimit
from media.cause import CauseJudge, Evidence
from media.degraded import QualityStep
from media.downlink import Downlink, Found
from media.forwarding import Slot
from media.ice import LiteAgent
from media.interruption import (
    AudioWatch,
    Interrupted,
    Restored,
    Started,
    StreamChange,
    TransportWatch,
    VideoWatch,
)
from media.kinds import WATCHED, Cause, Direction, Stream
from media.layers import Capacity
from media.messages import (
    PeerStats,
    StreamInterrupted,
    StreamRestored,
    StreamStarted,
    StreamStats,
)
from media.pacing import Pacer
from media.places import Places
from media.quality import RoundTrip
from media.repair_budget import RepeatBudget
from media.rtp import RTPPacket
from media.sampling import QualityMeter
from media.sdp import Plan
from media.speaker import Voice
from media.uplink import UplinkStream

_ALIVE_S = 0.5
"""Traffic this long after the last good packet shows that the transport outlived it."""

MAX_SSRCS = 64
"""One peer may send with: its streams, their repair, and the reports of each slot. libsrtp keeps
a list of them for each connection and walks through it for each packet."""

StreamEvent = StreamStarted | StreamInterrupted | StreamRestored


@dataclass(slots=True)
class _Open:
    """An interruption going on."""

    since: float
    cause: Cause
    other_traffic_at: float | None = None
    """When something other than media was first seen during it."""


class Peer:
    """Who they are in the room, what they send, and since when they are silent."""

    def __init__(self, room: str, name: str, *, now: float) -> None:
        self.room = room
        self.name = name
        self.group: str | None = None
        self.muted: frozenset[Stream] = frozenset()
        """What those in charge let nobody see or hear of this peer."""
        self.is_echoed = False
        """It calls itself, through us: a trial of its devices and of the path."""
        self.is_sharing = False
        """Its screen is let through: nobody's is, unless those in charge say so."""
        self.places = Places()
        self.voice = Voice()
        self.connection: Connection | None = None
        self.transport = TransportWatch(now=now)
        self.audio = AudioWatch()
        self.video = VideoWatch()
        self.other_traffic_at = now
        """Last authenticated datagram that was not media."""
        self._open: dict[Stream, _Open] = {}

    def watch(self, stream: Stream) -> AudioWatch | VideoWatch:
        return self.audio if stream is Stream.AUDIO else self.video

    def reconnected(self) -> None:
        self.audio.reconnected()
        self.video.reconnected()

    def switch(
        self, *, audio: bool, video: bool, judge: CauseJudge, now: float
    ) -> Iterator[StreamEvent]:
        yield from self.told(Stream.AUDIO, self.audio.switch(is_on=audio, now=now), judge)
        yield from self.told(Stream.VIDEO, self.video.switch(is_on=video, now=now), judge)

    def judge(self, judge: CauseJudge, now: float) -> Iterator[StreamEvent]:
        """Judge both streams, as every 100 ms."""
        for stream in WATCHED:
            self._note_traffic(stream)
            yield from self.told(stream, self.watch(stream).judge(now), judge)

    def told(
        self, stream: Stream, changes: Iterable[StreamChange], judge: CauseJudge
    ) -> Iterator[StreamEvent]:
        """Turn what a watch found into events, each with its cause."""
        for change in changes:
            match change:
                case Started(at):
                    yield StreamStarted(room=self.room, peer=self.name, stream=stream, at_s=at)
                case Interrupted(since, detected):
                    yield self._interrupted(stream, since, detected, judge)
                case Restored(since, at):
                    yield self._restored(stream, since, at, judge)

    def fall_silent(self, now: float) -> Iterator[StreamEvent]:
        """The peer closed its connection: what was flowing is interrupted at once, by the peer."""
        for stream in WATCHED:
            watch = self.watch(stream)
            if watch.is_watched and watch.interrupted_since is None:
                assert watch.last_good is not None
                yield self._event(stream, Cause.UPLINK, watch.last_good, now)

    def _interrupted(
        self, stream: Stream, since: float, detected: float, judge: CauseJudge
    ) -> StreamInterrupted:
        self._open[stream] = _Open(since, Cause.UPLINK)
        self._note_traffic(stream)
        evidence = self._evidence(stream, since, detected, traffic_before=detected)
        judge.fell(evidence)
        cause = self._open[stream].cause = judge.judge(evidence)
        return self._event(stream, cause, since, detected)

    def _event(
        self, stream: Stream, cause: Cause, since: float, detected: float
    ) -> StreamInterrupted:
        return StreamInterrupted(
            room=self.room,
            peer=self.name,
            stream=stream,
            cause=cause,
            since_s=since,
            detected_s=detected,
        )

    def _restored(
        self, stream: Stream, since: float, at: float, judge: CauseJudge
    ) -> StreamRestored:
        # What came with the media itself proves nothing about the time before.
        evidence = self._evidence(stream, since, at, traffic_before=at - _ALIVE_S / 2)
        cause = judge.judge(evidence)
        del self._open[stream]
        return StreamRestored(room=self.room, peer=self.name, stream=stream, cause=cause, at_s=at)

    def _note_traffic(self, stream: Stream) -> None:
        current = self._open.get(stream)
        if current is None or current.other_traffic_at is not None:
            return
        if self.other_traffic_at > current.since + _ALIVE_S:
            current.other_traffic_at = self.other_traffic_at

    def _evidence(
        self, stream: Stream, since: float, until: float, *, traffic_before: float
    ) -> Evidence:
        others = [self.watch(other) for other in WATCHED if other is not stream]
        traffic_at = self._open[stream].other_traffic_at
        return Evidence(
            self.room,
            self.name,
            since,
            tuple(watch.was_silent(since, until) for watch in others if watch.is_watched),
            is_transport_alive=traffic_at is not None and traffic_at < traffic_before,
        )

    def received(
        self, found: Iterable[Found], judge: CauseJudge
    ) -> Iterator[StreamInterrupted | StreamRestored]:
        """Turn what is known of the way to this peer into events, each with its cause."""
        for one in found:
            since = one.change.since
            evidence = Evidence(self.room, self.name, since, (), is_transport_alive=True)
            if isinstance(one.change, Interrupted):
                judge.fell(evidence)
            about: dict[str, Any] = {
                "room": self.room,
                "peer": self.name,
                "stream": one.stream,
                "direction": Direction.RECEIVED,
                "witness": one.witness,
                "cause": judge.judge_received(evidence),
            }
            match one.change:
                case Interrupted(_, detected):
                    yield StreamInterrupted(**about, since_s=since, detected_s=detected)
                case Restored(_, at):
                    yield StreamRestored(**about, at_s=at)

    def sample(self, now: float) -> tuple[PeerStats, QualityStep | None]:
        """Return the last second of both directions, and whether the quality has turned."""
        connection = self.connection
        if connection is None:
            return PeerStats(
                room=self.room, peer=self.name, rtt_ms=None, score=None, streams=[]
            ), None
        rtt_s = connection.round_trip.rtt_s
        streams = list(connection.sample(now))
        step = connection.quality.judge(streams, now=now)
        stats = PeerStats(
            room=self.room,
            peer=self.name,
            rtt_ms=None if rtt_s is None else round(rtt_s * 1000, 3),
            score=connection.quality.overall.value,
            streams=streams,
        )
        return stats, step


@dataclass(eq=False, slots=True)
class Connection:
    """One negotiated connection: its ICE, its keys, what it sends and what it is sent."""

    peer: Peer
    plan: Plan
    agent: LiteAgent
    transport: SecureTransport
    fingerprint: str
    offered_at: float
    uplinks: dict[Stream, UplinkStream] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    _routes: dict[int, UplinkStream] = field(default_factory=dict)
    """By SSRC, that of repetitions included; never more than were negotiated."""
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    """Ours, in the reports we send."""
    round_trip: RoundTrip = field(default_factory=RoundTrip)
    capacity: Capacity = field(default_factory=Capacity)
    pacer: Pacer | None = None
    """Of its pictures, once its path was found narrow."""
    heights: dict[str, int] = field(default_factory=dict)
    """How high each picture is shown, by mid, as far as it was told."""
    repeats: RepeatBudget = field(default_factory=RepeatBudget)
    downlink: Downlink = field(default_factory=Downlink)
    quality: QualityMeter = field(init=False)
    arrivals: Arrivals | None = None
    """When the peer learns from them what it may send; else it is told a limit."""
    bursts: Bursts = field(default_factory=Bursts)
    estimator: BitrateEstimator | None = None
    """Made when the first picture comes: it takes more memory than all the rest."""
    limit: UplinkLimit = field(default_factory=UplinkLimit)
    ssrcs: set[int] = field(default_factory=set)
    """The peer's, of packets that were authentic."""
    allowance: Allowance = field(init=False)
    report_due_at: float = field(init=False)
    """When it is next told what arrives from it."""
    is_started: bool = False
    """DTLS has begun, because a check was authenticated."""
    is_closed: bool = False

    def __post_init__(self) -> None:
        self.allowance = Allowance(now=self.offered_at)
        self.report_due_at = self.offered_at
        self.quality = QualityMeter(now=self.offered_at)
        for uplink in self.plan.uplinks:
            watched = self.peer.watch(uplink.stream) if uplink.stream in WATCHED else None
            layers = [
                UplinkStream(uplink, watched, self, rid=rid, now=self.offered_at)
                for rid in uplink.rids or ("",)
            ]
            for layer in layers:
                layer.layers = layers
            if uplink.transport_cc_id is not None:
                self.arrivals = Arrivals(uplink.transport_cc_id)
            stream = self.uplinks[uplink.stream] = layers[0]
            for ssrc in (uplink.ssrc, uplink.rtx_ssrc):
                if ssrc is not None:
                    self._routes[ssrc] = stream
        self.slots = [Slot(plan, place=place) for plan, place in self.plan.placed()]

    def pace(self) -> None:
        """Send pictures no faster than the path carries, when that is known."""
        path_bps = self.capacity.path_bps
        if path_bps is None:
            return
        if self.pacer is None:
            self.pacer = Pacer(path_bps)
        else:
            self.pacer.adapt(path_bps)

    def pictures_sent(self) -> set[int]:
        """Return the SSRCs of the pictures that this peer is sent now."""
        return {
            slot.ssrc
            for slot in self.slots
            if slot.plan.stream is not Stream.AUDIO and slot.wanted is not None
        }

    @property
    def may_send_more(self) -> bool:
        """Whether a packet with an SSRC that never came before is worth decrypting."""
        return len(self.ssrcs) < MAX_SSRCS

    @property
    def streams(self) -> Iterator[UplinkStream]:
        """All it sends, each layer of the camera by itself."""
        for stream in self.uplinks.values():
            yield from stream.layers

    def stream_of(self, ssrc: int) -> UplinkStream | None:
        """Find a stream by the SSRC it has itself."""
        stream = self._routes.get(ssrc)
        return stream if stream is not None and stream.ssrc == ssrc else None

    def uplink_of(self, packet: RTPPacket, data: memoryview) -> UplinkStream | None:
        """Find the stream a packet belongs to; None for any but those negotiated."""
        return self._routes.get(packet.ssrc) or self._learn(packet, data)

    def _learn(self, packet: RTPPacket, data: memoryview) -> UplinkStream | None:
        """Take the first SSRC that comes for a stream whose SSRC the offer left out."""
        for stream in self.uplinks.values():
            if stream.plan.rids:
                layer = simulcast.learn(stream, data, packet)
                if layer is not None:
                    self._routes[packet.ssrc] = layer
                    return layer
            elif stream.ssrc is None and stream.plan.payload_type == packet.payload_type:
                stream.ssrc = packet.ssrc
                self._routes[packet.ssrc] = stream
                return stream
        return None

    def note_sent(self, now: float) -> None:
        """Remember how far each slot has come, as each round: what is received is dated by it."""
        downlink = self.downlink
        for slot in self.slots:
            highest = slot.highest_sent
            if highest is not None and slot.plan.stream in WATCHED:
                downlink.sent(slot.ssrc, slot.plan.stream, highest, now=now)

    def sample(self, now: float) -> Iterator[StreamStats]:
        """Give the last second of each stream that flows, in each direction."""
        rtt_s = self.round_trip.rtt_s
        for uplink in (self.uplinks[kind] for kind in WATCHED if kind in self.uplinks):
            watch = self.peer.watch(uplink.stream)
            if (sent := self.quality.sent(uplink, watch, rtt_s=rtt_s, now=now)) is not None:
                yield sent
        for stream, kind in self.downlink.kinds.items():
            received = self.quality.received(
                stream,
                self.downlink.receptions(stream),
                self.slots,
                rtt_s=rtt_s,
                is_interrupted=kind.interrupted_since is not None,
                now=now,
            )
            if received is not None:
                yield received

    def slot_of(self, ssrc: int) -> Slot | None:
        return next((slot for slot in self.slots if slot.ssrc == ssrc), None)
