"""Every session this server owns, each with its people's connections and its room in the relay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import structlog

from media.messages import SlotsAssigned, SpeakerChanged
from signaling.hub import Hub
from signaling.instants import Instants
from signaling.messages import Slots, SlotSource, Speaker
from signaling.owner import Seal, SessionOwner, Store
from signaling.relay_link import RelayError, RelayLink
from signaling.stage import group_of
from visiojury.exam.people import IN_THE_ROOM

log = structlog.get_logger()


class Room:
    """One session, live: its owner, its hub, and who is in which group of the relay."""

    def __init__(self, owner: SessionOwner, instants: Instants) -> None:
        self.owner = owner
        self.hub = Hub(owner, instants.now_ms)
        self.slots: dict[str, Slots] = {}
        self._groups: dict[str, str | None] = {}
        """What the relay was last told, for the peers it has."""
        self._changed = asyncio.Event()
        owner.on_change.append(self._changed.set)

    @property
    def session_id(self) -> str:
        return self.owner.session_id

    def group(self, participant_id: str) -> str | None:
        """Return the relay's group for this person; none without an access that stands."""
        state = self.owner.state
        standing = state.standing_access(participant_id).values()
        has_access = any(access.device_key is not None for access in standing)
        return group_of(state, participant_id) if has_access else None

    def joined(self, participant_id: str, group: str | None) -> None:
        """The relay now has this peer, in `group`."""
        self._groups[participant_id] = group
        self._changed.set()

    def left(self, participant_id: str) -> None:
        self._groups.pop(participant_id, None)
        self.slots.pop(participant_id, None)

    def relay_lost(self) -> None:
        self._groups.clear()
        self.slots.clear()

    def assign(self, event: SlotsAssigned) -> None:
        """Tell a participant whose media each of their slots carries."""
        self.slots[event.peer] = Slots(
            slots={
                mid: SlotSource(participant_id=slot.source, kind=slot.kind.value)
                for mid, slot in event.slots.items()
            }
        )
        self.hub.post(event.peer, self.slots[event.peer])

    def speaks(self, event: SpeakerChanged) -> None:
        """Tell a group who speaks in it, and nobody else."""
        for peer, group in self._groups.items():
            if group == event.group:
                self.hub.post(peer, Speaker(participant_id=event.peer))

    async def keep_groups(self, relay: RelayLink) -> None:
        """Keep the relay's groups what the state says, for as long as the server runs."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = {
                peer: self.group(peer)
                for peer, told in self._groups.items()
                if self.group(peer) != told
            }
            if not wanted:
                continue
            try:
                await relay.set_groups(self.session_id, wanted)
            except RelayError as error:
                log.warning("groups.refused", session_id=self.session_id, code=error.code)
                await asyncio.sleep(0.1)
                self._changed.set()
            else:
                self._groups.update(
                    {peer: group for peer, group in wanted.items() if peer in self._groups}
                )


class Rooms:
    """The sessions of this server, by id."""

    def __init__(self, *, store: Store, instants: Instants, seal: Seal) -> None:
        self._store = store
        self._instants = instants
        self._seal = seal
        self._rooms: dict[str, Room] = {}
        self._opened: asyncio.Queue[Room] = asyncio.Queue()

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def get(self, session_id: str) -> Room | None:
        return self._rooms.get(session_id)

    def owner(self, session_id: str) -> SessionOwner | None:
        room = self._rooms.get(session_id)
        return None if room is None else room.owner

    def open(self, session_id: str) -> Room:
        """Return a new room for a session that this server owns from now on."""
        owner = SessionOwner(
            session_id, store=self._store, instants=self._instants, seal=self._seal
        )
        room = self._rooms[session_id] = Room(owner, self._instants)
        return room

    def forget(self, session_id: str) -> None:
        """Give up a room whose session could not be recorded."""
        del self._rooms[session_id]

    def serve(self, room: Room) -> None:
        """Have `run` serve a room that has its session."""
        self._opened.put_nowait(room)

    async def run(self, relay: RelayLink) -> None:
        """Serve every room that is or will be opened."""
        async with asyncio.TaskGroup() as group:
            while True:
                room = await self._opened.get()
                group.create_task(room.owner.watch())
                group.create_task(room.keep_groups(relay))


def sends_media(room: Room, participant_id: str) -> bool:
    """Return whether this person's picture and voice go through the relay at all."""
    return room.owner.state.participants[participant_id].role in IN_THE_ROOM
