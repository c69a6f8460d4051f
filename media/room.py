"""Who sees and hears whom in one room. The rule is here and nowhere else.

Peers of one group, and no others, are shown to each other; a peer without a group is shown to
nobody and sees nobody. One that is echoed sees itself, and nobody else. What is muted reaches
nobody, a screen only while it is shared, and nobody gets a picture in a codec they have not
offered. Takes `now` from the caller; sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from media import simulcast
from media.kinds import Codec, Stream
from media.messages import SlotsAssigned, SlotSource
from media.peer import Connection, Peer
from media.sdp import SlotPlan
from media.speaker import Speakers
from media.uplink import UplinkStream


class Room:
    def __init__(self, name: str) -> None:
        self.name = name
        self.peers: dict[str, Peer] = {}
        self.speakers = Speakers(name)
        self._assigned: dict[str, dict[str, SlotSource]] = {}
        """What each peer was last told about its slots."""

    def set_groups(self, groups: Mapping[str, str | None]) -> None:
        for name, group in groups.items():
            self.peers[name].group = group

    def picture_codec(self, *, besides: str) -> Codec:
        """Return what somebody who comes is to send, so that all who are here can see it.

        VP8, but where somebody has only H.264 and nobody has only VP8.
        """
        played = [
            {one.codec for one in slots[0].formats}
            for peer in self.peers.values()
            if peer.name != besides and peer.connection is not None
            if (slots := peer.connection.plan.slots_of(Stream.VIDEO))
        ]
        is_needed = any(Codec.VP8 not in codecs for codecs in played)
        is_played = all(Codec.H264 in codecs for codecs in played)
        return Codec.H264 if is_needed and is_played else Codec.VP8

    def remove(self, name: str) -> None:
        del self.peers[name]
        self._assigned.pop(name, None)

    def reconnected(self, name: str) -> None:
        """Whoever is behind the new connection has yet to be told about its slots."""
        self._assigned.pop(name, None)

    def arrange(self, *, now: float) -> Iterator[SlotsAssigned]:
        """Make the slots of all peers show what the groups say, from the next packet on.

        Returns:
            A message for each peer whose slots changed.
        """
        streams = [
            stream
            for peer in self.peers.values()
            if peer.connection is not None
            for stream in peer.connection.streams
        ]
        for stream in streams:
            stream.targets, stream.waiting = [], []
        events: list[SlotsAssigned] = []
        for receiver in self.peers.values():
            if receiver.connection is not None:
                assigned = self._show(receiver, receiver.connection)
                if assigned != self._assigned.get(receiver.name, {}):
                    self._assigned[receiver.name] = assigned
                    events.append(SlotsAssigned(room=self.name, peer=receiver.name, slots=assigned))
        for stream in streams:
            if any(slot.waits_for_key_frame for slot, _ in stream.targets):
                stream.key_frames.want(now=now, urgent=True)
        return iter(events)

    def _show(
        self,
        receiver: Peer,
        connection: Connection,
    ) -> dict[str, SlotSource]:
        visible = [peer for peer in self.peers.values() if _sees(receiver, peer)]
        places = receiver.places.assign(
            [peer.name for peer in visible], count=connection.plan.places
        )
        source_at = {place: self.peers[name] for name, place in places.items()}
        sharer = next((peer for peer in visible if peer.is_sharing), None)
        if sharer is not None:
            source_at[connection.plan.places] = sharer
        assigned: dict[str, SlotSource] = {}
        for slot in connection.slots:
            stream = _stream_of(source_at.get(slot.place), slot.plan)
            slot.show(stream)
            if stream is None:
                continue
            source = source_at[slot.place].name
            assigned[slot.plan.mid] = SlotSource(source=source, kind=slot.plan.stream)
            if connection.transport.is_connected:
                simulcast.enter(slot, connection)
        return assigned


def _sees(receiver: Peer, source: Peer) -> bool:
    if receiver.is_echoed or source.is_echoed:
        return receiver is source
    return (
        receiver is not source
        and receiver.group is not None
        and receiver.group == source.group
        and source.connection is not None
    )


def _stream_of(source: Peer | None, plan: SlotPlan) -> UplinkStream | None:
    """Return what a slot shows of a peer; None also for what its receiver cannot play."""
    if source is None or source.connection is None or plan.stream in source.muted:
        return None
    shown = source.connection.uplinks.get(plan.stream)
    is_playable = shown is not None and plan.format_of(shown.plan.codec) is not None
    return shown if is_playable else None
