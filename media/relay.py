"""The relay: datagrams in, datagrams and events out. Reads no clock and owns no socket.

`datagram` is the path of every packet, `flush` ends a batch of them; what is judged each 100 ms
is `media.rounds`' affair; commands come through `media.commands`. What goes out leaves through
`Ports`.
Source: RFC 7983 (telling protocols apart on one port), RFC 8445 (only an authenticated check
makes an address a peer's).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from media import rtcp, rtp, rtx, simulcast
from media.aiortc_seam import Certificate, HandshakeError, PacketBuffer, SRTPError
from media.cause import CauseJudge
from media.egress import Egress
from media.errors import MalformedPacketError
from media.feedback import Feedback
from media.ice import Address, Credentials, parse_request
from media.interruption import StreamChange, TransportStep
from media.kinds import GoneReason, Stream, TransportState
from media.messages import Event, PeerConnected, TransportChanged
from media.meter import Meter
from media.outbox import Outbox, Wire
from media.peer import Connection, Peer
from media.pictures import PictureDescriptor
from media.readers import describe
from media.room import Room
from media.uplink import SILENCE_S, UplinkStream

HANDSHAKE_S = 15.0


@dataclass(frozen=True, slots=True)
class Ports:
    """What the relay needs of the world."""

    wire: Wire
    emit: Callable[[Event], None]
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    now: Callable[[], float]
    """Monotonic; for what is not a datagram: the end of a handshake, what waited to leave."""
    after: Callable[[float, Callable[[], None]], object]
    """Calls a function after so many seconds."""


class Relay:
    """All rooms of this process."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.meter = Meter()
        self.judge = CauseJudge()
        self.certificate = Certificate()
        self.rooms: dict[str, Room] = {}
        self.outbox = Outbox(ports.wire, self.meter)
        self.egress = Egress(self.outbox, after=ports.after, now=ports.now)
        self.feedback = Feedback(self.outbox)
        self.ended = 0
        """Connections, so far."""
        self._by_ufrag: dict[str, Connection] = {}
        self._by_address: dict[Address, Connection] = {}

    @property
    def peers(self) -> list[Peer]:
        return [peer for room in self.rooms.values() for peer in room.peers.values()]

    # --- Datagrams --------------------------------------------------------------------------

    def datagram(self, buffer: PacketBuffer, size: int, address: Address, now: float) -> bool:
        """Handle a datagram, decrypted where it lies; tell whether it was media for someone.

        What it causes to be sent has left when `flush` returns.
        """
        meter = self.meter
        meter.packets_in += 1
        meter.bytes_in += size
        if size == 0 or size > rtp.MAX_DATAGRAM_BYTES:
            meter.dropped["empty" if size == 0 else "oversized"] += 1
            return False
        view = buffer.view
        first = view[0]
        connection = self._by_address.get(address)
        if 128 <= first < 192 and connection is not None:
            if size > 1 and rtp.is_rtcp(view[1]):
                self._rtcp(connection, buffer, size, now)
                return False
            return self._rtp(connection, buffer, size, now)
        if first < 4:
            self._stun(bytes(view[:size]), address, now)
        elif connection is None:
            meter.dropped["unknown_address"] += 1
        elif 20 <= first < 64:
            if not connection.transport.receive(bytes(view[:size])):
                meter.dropped["dtls_queue_full"] += 1
        else:
            meter.dropped["unknown_protocol"] += 1
        return False

    def flush(self) -> None:
        """Send what the datagrams since the last call caused."""
        self.outbox.flush()

    def _stun(self, data: bytes, address: Address, now: float) -> None:
        try:
            request = parse_request(data)
        except MalformedPacketError:
            self.meter.dropped["stun_malformed"] += 1
            return
        connection = self._by_ufrag.get(request.username.partition(":")[0])
        response = (
            connection.agent.check(request, address, now=now) if connection is not None else None
        )
        if connection is None or response is None:
            self.meter.dropped["stun_unauthenticated"] += 1
            return
        if not connection.allowance.spend():
            self.meter.dropped["flood"] += 1
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

    def _rtp(self, connection: Connection, buffer: PacketBuffer, size: int, now: float) -> bool:
        view = buffer.view
        ssrc = rtp.ssrc_of(view)
        is_known = ssrc in connection.ssrcs
        if not is_known and not connection.may_send_more:
            self.meter.dropped["too_many_ssrcs"] += 1
            return False
        try:
            packet = rtp.parse(view, connection.transport.unprotect(buffer, size))
        except SRTPError:
            self.meter.dropped["srtp"] += 1
            return False
        except MalformedPacketError:
            self.meter.dropped["rtp_malformed"] += 1
            return False
        self._heard(connection.peer, now)
        if not is_known:
            connection.ssrcs.add(ssrc)
        if not connection.allowance.spend():
            self.meter.dropped["flood"] += 1
            return False
        if connection.arrivals is not None:
            connection.arrivals.note(view, packet, now=now)
        stream = self._stream_of(connection, packet, view)
        if stream is None:
            return False
        stream.count(packet, now=now)
        if stream.missing.due_at <= now:
            self.feedback.repair.ask(stream, now)
        handle = self._sound if stream.stream is Stream.AUDIO else self._picture
        changes = handle(connection, stream, packet, view, now)
        if changes:
            self.emit(connection.peer.told(stream.stream, changes, self.judge))
        return bool(stream.targets)

    def _sound(
        self,
        connection: Connection,
        stream: UplinkStream,
        packet: rtp.RTPPacket,
        view: memoryview,
        now: float,
    ) -> Iterable[StreamChange]:
        payload = stream.cache.put(packet, view)
        if (level_id := stream.plan.audio_level_id) is not None:
            level = rtp.find_extension(view, packet, level_id)
            if level is not None and level[1]:
                connection.peer.voice.add(view[level[0]])
        self._forward(stream, packet, payload, None, now)
        return stream.watch_audio(packet, now=now)

    def _picture(
        self,
        connection: Connection,
        stream: UplinkStream,
        packet: rtp.RTPPacket,
        view: memoryview,
        now: float,
    ) -> Iterable[StreamChange]:
        descriptor = self._descriptor(stream, packet, view)
        payload = stream.cache.put(packet, view)
        if stream.waiting and descriptor is not None and descriptor.is_key:
            simulcast.promote(stream)
        self._forward(stream, packet, payload, descriptor, now)
        if connection.arrivals is None:
            self.feedback.estimate(connection, stream, view, packet, now)
        return () if descriptor is None else stream.watch_video(packet, descriptor, now=now)

    def _stream_of(
        self, connection: Connection, packet: rtp.RTPPacket, view: memoryview
    ) -> UplinkStream | None:
        """Find what a packet belongs to, put back in its place if it is repeated; None: drop it."""
        stream = connection.uplink_of(packet, view)
        if stream is None:
            self.meter.dropped["unknown_stream"] += 1
            return None
        if packet.payload_type != stream.plan.payload_type and not rtx.restore(
            view, packet, stream
        ):
            self.meter.dropped["not_missing"] += 1
            return None
        return stream

    def _descriptor(
        self, stream: UplinkStream, packet: rtp.RTPPacket, view: memoryview
    ) -> PictureDescriptor | None:
        if packet.start == packet.end:  # padding alone, which probes the bandwidth
            return None
        try:
            return describe(stream.plan.codec, view, packet.start, packet.end)
        except MalformedPacketError:
            self.meter.dropped["picture_malformed"] += 1
            return None

    def _forward(
        self,
        stream: UplinkStream,
        packet: rtp.RTPPacket,
        payload: bytes,
        descriptor: PictureDescriptor | None,
        now: float,
    ) -> None:
        """Post a packet to everyone who looks at its stream; one failure hurts nobody else."""
        outbox = self.outbox
        for slot, receiver in stream.targets:
            if receiver.pacer is not None and stream.stream is not Stream.AUDIO:
                self.egress.forward(slot, receiver, (packet, descriptor, payload), now)
                continue
            out = outbox.buffer
            length = slot.write(out.view, payload, packet, descriptor, now)
            address = receiver.agent.selected
            if not length or address is None:
                continue
            try:
                outbox.post(receiver.transport.protect(out, length), address)
            except SRTPError:
                self.meter.dropped["protect_failed"] += 1

    def _rtcp(self, connection: Connection, buffer: PacketBuffer, size: int, now: float) -> None:
        ssrc = rtcp.ssrc_of(buffer.view)
        if ssrc not in connection.ssrcs and not connection.may_send_more:
            self.meter.dropped["too_many_ssrcs"] += 1
            return
        try:
            length = connection.transport.unprotect_rtcp(buffer, size)
            messages = rtcp.parse(bytes(buffer.view[:length]))
        except (SRTPError, MalformedPacketError) as error:
            self.meter.dropped["srtcp" if isinstance(error, SRTPError) else "rtcp_malformed"] += 1
            return
        self._heard(connection.peer, now)
        connection.ssrcs.add(ssrc)
        connection.peer.other_traffic_at = now
        if not connection.allowance.spend():
            self.meter.dropped["flood"] += 1
            return
        self.feedback.receive(connection, messages, now)
        for message in messages:
            if isinstance(message, rtcp.ReportBlock):
                rtt_s = connection.round_trip.rtt_s
                found = connection.downlink.report(message, rtt_s=rtt_s, now=now)
                self.emit(connection.peer.received(found, self.judge))

    # --- Connections of TCP -----------------------------------------------------------------

    def knows(self, address: Address) -> bool:
        """Tell whether a check from there was authenticated, and stands."""
        return address in self._by_address

    def is_sound(self, address: Address, payload_type: int) -> bool:
        """Tell whether a peer is sent sound with that payload type."""
        connection = self._by_address.get(address)
        slots = connection.plan.slots_of(Stream.AUDIO) if connection is not None else []
        return any(one.payload_type == payload_type for slot in slots for one in slot.formats)

    def disconnected(self, address: Address) -> None:
        """Send nothing there any more: it does not exist any more."""
        connection = self._by_address.pop(address, None)
        if connection is not None:
            connection.agent.forget(address)

    # --- Time -------------------------------------------------------------------------------

    def has(self, peer: Peer) -> bool:
        """Tell whether the peer is still in its room."""
        room = self.rooms.get(peer.room)
        return room is not None and room.peers.get(peer.name) is peer

    def expire(self, connection: Connection, now: float) -> bool:
        """Send nothing to an address without consent; without any the peer is gone: True."""
        for address in connection.agent.expire(now):
            self._by_address.pop(address, None)
            if not connection.agent.validated:
                self.remove(connection.peer, "consent", now)
                return True
        return False

    def _heard(self, peer: Peer, now: float) -> None:
        if now - peer.transport.last_heard > SILENCE_S and peer.connection is not None:
            self._ask_at_return(peer.connection, now)
        steps = peer.transport.heard(now)
        if steps:
            self.transport_changed(peer, steps)

    def _ask_at_return(self, connection: Connection, now: float) -> None:
        """After a silence ask for a key frame with whatever comes first: sound is there sooner."""
        for layer in connection.streams:
            is_smallest = layer.layers[0] is layer
            if layer.stream is not Stream.AUDIO and (is_smallest or layer.targets):
                layer.key_frames.want(now=now, urgent=True)
        self.feedback.ask_key_frames([connection], now)

    def transport_changed(self, peer: Peer, steps: Iterable[TransportStep]) -> None:
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

    def emit(self, events: Iterable[Event]) -> None:
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
        self.ended += 1
        self._by_ufrag = {u: c for u, c in self._by_ufrag.items() if c is not connection}
        self._by_address = {a: c for a, c in self._by_address.items() if c is not connection}
        self.ports.spawn(connection.transport.close())

    def stop(self) -> None:
        """Nobody listens any more: end every connection, and tell of none."""
        for peer in self.peers:
            self.close(peer.connection)
        self.rooms.clear()

    def remove(self, peer: Peer, reason: GoneReason, now: float) -> None:
        """Take a peer out of its room, tell why, and show the others what remains."""
        room = self.rooms[peer.room]
        if reason == "closed":
            self.emit(peer.fall_silent(now))
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
        self.emit(room.arrange(now=now))
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
