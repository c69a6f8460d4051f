"""What is judged each 100 ms, in turns short enough for packets to pass between two of them.

A round is a turn for each peer and each room; each second, one more for each peer, and what was
sampled is told. The caller gives the time of each turn: whoever comes late in a round is judged
by what has come meanwhile. Reads no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from media import simulcast
from media.aggregate import Aggregator
from media.kinds import TransportState
from media.messages import PeerStats, QualityChanged, Stats
from media.peer import Connection, Peer
from media.relay import Relay
from media.room import Room

REPORT_S = 0.95
"""From one receiver report and choice of layers to the next, each peer at its own instant: ten
rounds, of which one may come early."""
SAMPLE_ROUNDS = 10
"""Statistics of all leave together, each second."""

Turn = Callable[[float], None]


class Rounds:
    """Of one relay."""

    def __init__(self, relay: Relay, *, cpu_s: Callable[[], float], now: float) -> None:
        """Begin with nothing judged.

        Args:
            relay: whose peers and rooms are judged.
            cpu_s: tells what this process used so far.
            now: the present.
        """
        self._relay = relay
        self._cpu_s = cpu_s
        self._aggregator = Aggregator(now=now)
        self._rounds = 0
        self._turns: deque[Turn] = deque()
        self._sampled: list[tuple[Peer, PeerStats]] = []

    def begin(self, now: float, *, due: float) -> None:
        """Begin a round that should have begun at `due`; the one before is over."""
        relay = self._relay
        relay.meter.lagged(now - due)
        relay.judge.lagged(due, now)
        self._rounds += 1
        peers, turns = relay.peers, self._turns
        turns += [partial(self._judge, peer) for peer in peers]
        turns += [partial(self._listen, room) for room in relay.rooms.values()]
        if self._rounds % SAMPLE_ROUNDS == 0:
            turns += [partial(self._sample, peer) for peer in peers]
            turns.append(self._tell)

    def turn(self, now: float) -> bool:
        """Take the next turn; False when the round is over."""
        if not self._turns:
            return False
        self._turns.popleft()(now)
        return True

    def _judge(self, peer: Peer, now: float) -> None:
        relay = self._relay
        if not relay.has(peer):  # it left since the round began
            return
        connection = peer.connection
        if connection is not None:
            connection.allowance.refill(now)
            relay.feedback.tell_arrivals(connection)
            if relay.expire(connection, now):
                return
        relay.emit(peer.judge(relay.judge, now))
        if connection is not None:
            self._keep_up(connection, now)
        relay.transport_changed(peer, peer.transport.judge(now))
        if peer.transport.state is TransportState.GONE:
            relay.remove(peer, "silence", now)

    def _keep_up(self, connection: Connection, now: float) -> None:
        feedback = self._relay.feedback
        connection.note_sent(now)
        for stream in connection.streams:
            if stream.missing.due_at <= now:
                feedback.repair.ask(stream, now)
        feedback.ask_key_frames([connection], now)
        if now >= connection.report_due_at:
            connection.report_due_at = now + REPORT_S
            feedback.report(connection, now)
            for stream in connection.streams:
                stream.measure(now)
            simulcast.judge(connection, now)

    def _listen(self, room: Room, now: float) -> None:
        self._relay.emit(room.speakers.judge(room.peers.values(), now))

    def _sample(self, peer: Peer, now: float) -> None:
        stats, step = peer.sample(now)
        self._sampled.append((peer, stats))
        if step is not None and self._relay.has(peer):
            self._relay.ports.emit(
                QualityChanged(
                    room=peer.room,
                    peer=peer.name,
                    is_degraded=step.is_degraded,
                    since_s=step.since,
                    detected_s=step.detected,
                )
            )

    def _tell(self, now: float) -> None:
        relay = self._relay
        sampled = [stats for peer, stats in self._sampled if relay.has(peer)]
        self._sampled.clear()
        read = relay.meter.read(cpu_s=self._cpu_s())
        relay.ports.emit(Stats(at_s=now, relay=read, peers=sampled))
        if (measured := self._aggregator.add(sampled, now=now)) is not None:
            relay.ports.emit(measured)
