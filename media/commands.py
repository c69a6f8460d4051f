"""Carries out commands: each gives exactly one reply, and refusals change nothing."""

from __future__ import annotations

from media import simulcast
from media.aiortc_seam import SecureTransport
from media.answer import Local, write_answer
from media.errors import LimitError, RelayError, UnknownPeerError
from media.ice import Credentials, LiteAgent
from media.kinds import Codec, Stream
from media.messages import (
    CloseRoom,
    Command,
    Done,
    Join,
    Joined,
    Leave,
    Mute,
    Refused,
    Reply,
    Restart,
    SetGroups,
    Share,
    Switch,
    Testify,
    View,
)
from media.peer import Connection, Peer
from media.relay import Relay
from media.room import Room
from media.sdp import read_offer, reread_offer

MAX_PEERS = 512
"""In one relay process."""
MAX_PEERS_PER_ROOM = 24


class Commander:
    """Commands of one control connection on one relay."""

    def __init__(self, relay: Relay, *, announced: tuple[str, ...], port: int) -> None:
        self._relay = relay
        self._announced = announced
        self._port = port

    def carry_out(self, command: Command, now: float) -> Reply:
        try:
            return self._dispatch(command, now)
        except RelayError as error:
            return Refused(id=command.id, code=error.code, message=str(error))

    def _dispatch(self, command: Command, now: float) -> Reply:
        match command:
            case Join():
                return self._join(command, now)
            case Restart():
                return self._restart(command)
            case SetGroups():
                self._set_groups(command, now)
            case Switch() | Mute() | Share() | Testify() | View():
                self._tell(command, now)
            case Leave():
                self._relay.remove(self._peer(command.room, command.peer), "left", now)
            case CloseRoom():
                for peer in list(self._room(command.room).peers.values()):
                    self._relay.remove(peer, "left", now)
        return Done(id=command.id)

    def _join(self, command: Join, now: float) -> Joined:
        there = self._relay.rooms.get(command.room)
        codec = Codec.VP8 if there is None else there.picture_codec(besides=command.peer)
        plan = read_offer(command.offer, fingerprint=command.fingerprint, codec=codec)
        room, peer = self._enter(command.room, command.peer, now)
        peer.is_echoed = command.is_echoed
        if command.group is not None:
            peer.group = command.group
        agent = LiteAgent(Credentials.fresh(plan.remote_ufrag))
        transport = SecureTransport(
            self._relay.certificate, lambda data: self._transmit(agent, data)
        )
        connection = Connection(peer, plan, agent, transport, command.fingerprint, now)
        self._relay.open(connection)
        peer.reconnected()
        room.reconnected(peer.name)
        self._relay.arrange(room, now)
        return self._joined(command.id, connection)

    def _restart(self, command: Restart) -> Joined:
        connection = self._peer(command.room, command.peer).connection
        if connection is None:
            raise UnknownPeerError
        connection.plan = reread_offer(command.offer, plan=connection.plan)
        connection.agent.restart(Credentials.fresh(connection.plan.remote_ufrag))
        self._relay.trust(connection, connection.agent.credentials)
        return self._joined(command.id, connection)

    def _set_groups(self, command: SetGroups, now: float) -> None:
        room = self._room(command.room)
        if not room.peers.keys() >= command.groups.keys():
            raise UnknownPeerError
        room.set_groups(command.groups)
        self._relay.arrange(room, now)

    def _tell(self, command: Switch | Mute | Share | Testify | View, now: float) -> None:
        """Take note of what is said of a peer, or by it."""
        match command:
            case Switch():
                self._switch(command, now)
            case Mute():
                self._mute(command, now)
            case Share():
                self._peer(command.room, command.peer).is_sharing = command.is_on
                self._relay.arrange(self._room(command.room), now)
            case Testify():
                self._testify(command, now)
            case View():
                self._view(command, now)

    def _switch(self, command: Switch, now: float) -> None:
        peer = self._peer(command.room, command.peer)
        for event in peer.switch(
            audio=command.audio, video=command.video, judge=self._relay.judge, now=now
        ):
            self._relay.ports.emit(event)

    def _mute(self, command: Mute, now: float) -> None:
        wanted = {Stream.AUDIO: command.audio, Stream.VIDEO: command.video}
        peer = self._peer(command.room, command.peer)
        peer.muted = frozenset(stream for stream, is_muted in wanted.items() if is_muted)
        self._relay.arrange(self._room(command.room), now)

    def _testify(self, command: Testify, now: float) -> None:
        peer = self._peer(command.room, command.peer)
        connection = peer.connection
        if connection is None:
            raise UnknownPeerError
        for told in command.streams:
            connection.quality.frozen_s[told.stream] = told.frozen_ms / 1000
            found = connection.downlink.testify(
                told.stream, packets=told.packets, silent_s=told.silent_ms / 1000, now=now
            )
            for event in peer.received(found, self._relay.judge):
                self._relay.ports.emit(event)

    def _view(self, command: View, now: float) -> None:
        connection = self._peer(command.room, command.peer).connection
        if connection is None:
            raise UnknownPeerError
        connection.heights = command.heights
        simulcast.rearrange(connection, now)

    def _transmit(self, agent: LiteAgent, data: bytes) -> None:
        if agent.selected is not None:
            self._relay.outbox.send(data, agent.selected)

    def _joined(self, reply_to: int, connection: Connection) -> Joined:
        local = Local(
            self._announced,
            self._port,
            connection.agent.credentials.ufrag,
            connection.agent.credentials.password,
            self._relay.certificate.fingerprint,
        )
        answer = write_answer(connection.plan, local)
        return Joined(id=reply_to, answer=answer, slots=connection.plan.places)

    def _enter(self, room_name: str, peer_name: str, now: float) -> tuple[Room, Peer]:
        """Find the peer, or make it with its room, within the bounds."""
        rooms = self._relay.rooms
        room = rooms.get(room_name) or Room(room_name)
        peer = room.peers.get(peer_name)
        if peer is None:
            if len(self._relay.peers) >= MAX_PEERS or len(room.peers) >= MAX_PEERS_PER_ROOM:
                raise LimitError("no place for another peer")
            peer = room.peers[peer_name] = Peer(room_name, peer_name, now=now)
        rooms[room_name] = room
        return room, peer

    def _room(self, name: str) -> Room:
        room = self._relay.rooms.get(name)
        if room is None:
            raise UnknownPeerError
        return room

    def _peer(self, room: str, name: str) -> Peer:
        peer = self._room(room).peers.get(name)
        if peer is None:
            raise UnknownPeerError
        return peer
