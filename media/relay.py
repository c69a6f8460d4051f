"""The relay: datagrams in, datagrams and events out. Reads no clock and owns no socket.

`datagram` is the path of every packet; `tick` is called every 100 ms; commands come through
`media.commands`. What goes out leaves through `Ports`. Source: RFC 7983 (telling protocols
apart on one port), RFC 8445 (only an authenticated check makes an address a peer's).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from media import rtcp, rtp, rtx, simulcast, vp8
from media.aiortc_seam import Certificate, HandshakeError, PacketBuffer, SRTPError
from media.cause import CauseJudge
from media.errors import MalformedPacketError
from media.feedback import Feedback
from media.ice import Address, Credentials, parse_request
from media.interruption import TransportStep
from media.kinds import GoneReason, Stream, TransportState
from media.messages import Event, PeerConnected, Stats, TransportChanged
from media.meter import Meter
from media.outbox import Outbox, Transmit
from media.peer import Connection, Peer
from media.room import Room
from media.uplink import UplinkStream

HANDSHAKE_S = 15.0
REPORT_TICKS = 10
"""Receiver reports and statistics leave every second."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the relay needs of the world."""

    send: Transmit
    emit: Callable[[Event], None]
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    now: Callable[[], float]
    """Monotonic; for what is not a datagram: the end of a handshake."""


class Relay:
    """All rooms of this process."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.meter = Meter()
        self.judge = CauseJudge()
        self.certificate = Certificate()
        self.rooms: dict[str, Room] = {}
        self.received = PacketBuffer()
        """Whoever reads the socket reads into this, then calls `datagram`."""
        self.outbox = Outbox(ports.send, self.meter)
        self.feedback = Feedback(self.outbox)
        self._by_ufrag: dict[str, Connection] = {}
        self._by_address: dict[Address, Connection] = {}
        self._ticks = 0

    @property
    def peers(self) -> list[Peer]:
        return [peer for room in self.rooms.values() for peer in room.peers.values()]

    # --- Datagrams --------------------------------------------------------------------------

    def datagram(self, size: int, address: Address, now: float) -> bool:
        """Handle the datagram in `received`; tell whether it was media and went to someone."""
        meter = self.meter
        meter.packets_in += 1
        meter.bytes_in += size
        if size == 0 or size > rtp.MAX_DATAGRAM_BYTES:
            meter.dropped["empty" if size == 0 else "oversized"] += 1
            return False
        first = self.received.view[0]
        connection = self._by_address.get(address)
        if 128 <= first < 192 and connection is not None:
            if size > 1 and rtp.is_rtcp(self.received.view[1]):
                self._rtcp(connection, size, now)
                return False
            return self._rtp(connection, size, now)
        if first < 4:
            self._stun(bytes(self.received.view[:size]), address, now)
        elif connection is None:
            meter.dropped["unknown_address"] += 1
        elif 20 <= first < 64:
            if not connection.transport.receive(bytes(self.received.view[:size])):
                meter.dropped["dtls_queue_full"] += 1
        else:
            meter.dropped["unknown_protocol"] += 1
        return False

    def _stun(self, data: bytes, address: Address, now: float) -> None:
        try:
            request = parse_request(data)
        except MalformedPacketError:
            self.meter.dropped["stun_malformed"] += 1
            return
        connection = self._by_ufrag.get(request.username.partition(":")[0])
        response = connection.agent.check(request, address) if connection is not None else None
        if connection is None or response is None:
            self.meter.dropped["stun_unauthenticated"] += 1
            return
        self.outbox.send(response, address)
        self._follow(connection, address)
        self._heard(connection.peer, now)
        connection.peer.other_traffic_at = now
        if not connection.is_started:
            connection.is_started = True
            self.ports.spawn(self._connect(connection))

    def _follow(self, connection: Connection, address: Address) -> None:
        """Keep the table of addresses equal to what this connection's agent validated."""
        if self._by_address.get(address) is not connection:
            for known, owner in list(self._by_address.items()):
                if owner is connection and known not in connection.agent.validated:
                    del self._by_address[known]
            self._by_address[address] = connection

    def _rtp(self, connection: Connection, size: int, now: float) -> bool:
        view = self.received.view
        try:
            packet = rtp.parse(view, connection.transport.unprotect(self.received, size))
        except SRTPError:
            self.meter.dropped["srtp"] += 1
            return False
        except MalformedPacketError:
            self.meter.dropped["rtp_malformed"] += 1
            return False
        self._heard(connection.peer, now)
        stream = connection.uplink_of(packet, view)
        if stream is None:
            self.meter.dropped["unknown_stream"] += 1
            return False
        if packet.payload_type != stream.plan.payload_type and not rtx.restore(
            view, packet, stream
        ):
            self.meter.dropped["not_missing"] += 1
            return False
        stream.count(packet, now=now)
        if stream.missing.due_at <= now:
            self.feedback.repair.ask(stream, now)
        if stream.stream is Stream.AUDIO:
            stream.cache.put(packet, None, view)
            if (level_id := stream.plan.audio_level_id) is not None:
                connection.peer.voice.add(rtp.extension(view, packet, level_id))
            is_forwarded = self._forward(stream, packet, None, now)
            changes = stream.watch_audio(packet, now=now)
        else:
            descriptor = self._descriptor(packet)
            stream.cache.put(packet, descriptor, view)
            if stream.waiting and descriptor is not None and descriptor.is_key:
                simulcast.promote(stream)
            is_forwarded = self._forward(stream, packet, descriptor, now)
            self.feedback.estimate(connection, self.received.view, packet, now)
            if descriptor is None:
                return is_forwarded
            changes = stream.watch_video(packet, descriptor, now=now)
        self._emit(connection.peer.told(stream.stream, changes, self.judge))
        return is_forwarded

    def _descriptor(self, packet: rtp.RTPPacket) -> vp8.VP8Descriptor | None:
        if packet.start == packet.end:  # padding alone, which probes the bandwidth
            return None
        try:
            return vp8.parse(self.received.view, packet.start, packet.end)
        except MalformedPacketError:
            self.meter.dropped["vp8_malformed"] += 1
            return None

    def _forward(
        self,
        stream: UplinkStream,
        packet: rtp.RTPPacket,
        descriptor: vp8.VP8Descriptor | None,
        now: float,
    ) -> bool:
        """Send a packet to everyone who looks at its stream; one failure hurts nobody else."""
        out, send = self.outbox.buffer, self.outbox.transmit
        view, meter = self.received.view, self.meter
        before = meter.packets_out
        for slot, receiver in stream.targets:
            length = slot.write(out.view, view, packet, descriptor, now)
            address = receiver.agent.selected
            if not length or address is None:
                continue
            try:
                length = receiver.transport.protect(out, length)
                send(out.view[:length], address)
            except SRTPError:
                meter.dropped["protect_failed"] += 1
            except OSError:  # a full buffer, or an address that went away
                meter.dropped["send_failed"] += 1
            else:
                meter.packets_out += 1
                meter.bytes_out += length
        return meter.packets_out > before

    def _rtcp(self, connection: Connection, size: int, now: float) -> None:
        try:
            length = connection.transport.unprotect_rtcp(self.received, size)
            messages = rtcp.parse(bytes(self.received.view[:length]))
        except (SRTPError, MalformedPacketError) as error:
            self.meter.dropped["srtcp" if isinstance(error, SRTPError) else "rtcp_malformed"] += 1
            return
        self._heard(connection.peer, now)
        connection.peer.other_traffic_at = now
        self.feedback.receive(connection, messages, now)

    # --- Time -------------------------------------------------------------------------------

    def tick(self, now: float, *, due: float, cpu_s: float) -> None:
        """Judge everything.

        Args:
            now: the present.
            due: when this call should have happened.
            cpu_s: what this process used so far.
        """
        self._ticks += 1
        self.meter.lagged(now - due)
        self.judge.lagged(due, now)
        for peer in self.peers:
            self._judge(peer, now)
        for room in self.rooms.values():
            self._emit(room.speakers.judge(room.peers.values(), now))
        self._ask_key_frames(now)
        if self._ticks % REPORT_TICKS == 0:
            peers = self.peers
            for peer in peers:
                if peer.connection is not None:
                    self.feedback.report(peer.connection, now)
            self._choose_layers(now)
            stats = [peer.stats(now) for peer in peers]
            self.ports.emit(Stats(at_s=now, relay=self.meter.read(cpu_s=cpu_s), peers=stats))

    def _choose_layers(self, now: float) -> None:
        connections = [peer.connection for peer in self.peers if peer.connection is not None]
        for connection in connections:
            for stream in connection.streams:
                stream.measure(now)
        for connection in connections:
            simulcast.judge(connection, now)

    def _judge(self, peer: Peer, now: float) -> None:
        self._emit(peer.judge(self.judge, now))
        if peer.connection is not None:
            for stream in peer.connection.streams:
                self.feedback.repair.ask(stream, now)
        self._transport_changed(peer, peer.transport.judge(now))
        if peer.transport.state is TransportState.GONE:
            self.remove(peer, "silence", now)

    def _heard(self, peer: Peer, now: float) -> None:
        self._transport_changed(peer, peer.transport.heard(now))

    def _transport_changed(self, peer: Peer, steps: Iterable[TransportStep]) -> None:
        for step in steps:
            if step.state is not TransportState.GONE:  # `remove` tells of that
                self.ports.emit(
                    TransportChanged(
                        room=peer.room,
                        peer=peer.name,
                        state=step.state,
                        since_s=step.since,
                        detected_s=step.detected,
                    )
                )

    def _emit(self, events: Iterable[Event]) -> None:
        for event in events:
            self.ports.emit(event)

    # --- Connections ------------------------------------------------------------------------

    def open(self, connection: Connection) -> None:
        """Listen for the checks of a new connection, and forget the peer's former one."""
        peer = connection.peer
        self.close(peer.connection)
        peer.connection = connection
        self.trust(connection, connection.agent.credentials)

    def trust(self, connection: Connection, credentials: Credentials) -> None:
        """Accept checks with these credentials for this connection."""
        self._by_ufrag[credentials.ufrag] = connection
        known = {credentials.ufrag}
        if connection.agent.previous is not None:
            known.add(connection.agent.previous.ufrag)
        for ufrag, owner in list(self._by_ufrag.items()):
            if owner is connection and ufrag not in known:
                del self._by_ufrag[ufrag]

    def close(self, connection: Connection | None) -> None:
        if connection is None or connection.is_closed:
            return
        connection.is_closed = True
        self._by_ufrag = {u: c for u, c in self._by_ufrag.items() if c is not connection}
        self._by_address = {a: c for a, c in self._by_address.items() if c is not connection}
        self.ports.spawn(connection.transport.close())

    def stop(self) -> None:
        """Nobody listens any more: what happens to connections from now on is not told."""
        for peer in self.peers:
            if peer.connection is not None:
                peer.connection.is_closed = True

    def remove(self, peer: Peer, reason: GoneReason, now: float) -> None:
        """Take a peer out of its room, tell why, and show the others what remains."""
        room = self.rooms[peer.room]
        if reason == "closed":
            self._emit(peer.fall_silent(now))
        self.close(peer.connection)
        peer.connection = None
        room.remove(peer.name)
        self.ports.emit(
            TransportChanged(
                room=peer.room,
                peer=peer.name,
                state=TransportState.GONE,
                since_s=peer.transport.last_heard,
                detected_s=now,
                reason=reason,
            )
        )
        self.arrange(room, now)
        if not room.peers:
            del self.rooms[room.name]

    def arrange(self, room: Room, now: float) -> None:
        """Let slots follow the groups, and ask for the key frames this needs at once."""
        self._emit(room.arrange(now=now))
        self._ask_key_frames(now)

    def _ask_key_frames(self, now: float) -> None:
        self.feedback.ask_key_frames((peer.connection for peer in self.peers), now)

    async def _connect(self, connection: Connection) -> None:
        peer = connection.peer
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await connection.transport.handshake(
                    connection.fingerprint, on_closed=lambda: self._closed(connection)
                )
        except (HandshakeError, TimeoutError):
            self.meter.dropped["handshake_failed"] += 1
            if not connection.is_closed:
                self.remove(peer, "handshake", self.ports.now())
            return
        if connection.is_closed:
            return
        now = self.ports.now()
        self.ports.emit(
            PeerConnected(
                room=peer.room,
                peer=peer.name,
                at_s=now,
                offer_to_connected_s=now - connection.offered_at,
            )
        )
        self.feedback.limit(connection)
        self.arrange(self.rooms[peer.room], now)

    def _closed(self, connection: Connection) -> None:
        if not connection.is_closed:
            self.remove(connection.peer, "closed", self.ports.now())
