"""The sessions in use, each with its people's connections and its room in the relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Protocol

import structlog

from media.messages import SlotsAssigned, SpeakerChanged
from signaling import telemetry
from signaling.budget import Budgets, Rate
from signaling.hub import Hub
from signaling.instants import Instants
from signaling.messages import Slots, SlotSource, Speaker
from signaling.owner import Seal, SessionOwner, Store
from signaling.relay_link import RelayError
from signaling.relays import Relays
from signaling.stage import group_of, muted_of, shares_screen
from visiojury.exam.events import Stream
from visiojury.exam.people import IN_THE_ROOM, STAFF
from visiojury.exam.state import Session
from visiojury.exam.stations import carrier
from visiojury.exam.technical_test import is_in_test
from visiojury.record.errors import LeaseHeldError, RecordTamperedError
from visiojury.record.fold import Loaded

log = structlog.get_logger()

MOST_CLOSED = 50
"""Closed sessions that stay in memory, though nobody needs them just now."""


CONTESTS = Rate(per_s=5 / 60, burst=5)
"""Traces of one person's contested access: the first show an attack, more would fill the record."""


class SessionStore(Store, Protocol):
    """The record as rooms need it: what owners need, and what finds sessions."""

    async def session_ids(self) -> list[str]: ...

    async def session_of_invitation(self, secret_digest: str) -> str | None: ...

    async def own(self, session_id: str) -> bool:
        """Be the only one to write to a session; False: there is none. Raises: StoreError."""

    def release(self, session_id: str) -> None: ...


class Room:
    """One session, live: its owner, its hub, and who is in which group of the relay."""

    def __init__(self, owner: SessionOwner, instants: Instants) -> None:
        self.owner = owner
        self.hub = Hub(owner, instants.now_ms)
        self.slots: dict[str, Slots] = {}
        self.contests = Budgets(CONTESTS)
        self._groups: dict[str, str | None] = {}
        """What the relay was last told, for the peers it has."""
        self._muted: dict[str, frozenset[Stream]] = {}
        self._sharing: set[str] = set()
        """Whose screen the relay lets through."""
        self.tasks: list[asyncio.Task[None]] = []
        """What serves the room, while it is in memory."""
        self._changed = asyncio.Event()
        owner.on_change.append(self._changed.set)

    @property
    def session_id(self) -> str:
        return self.owner.session_id

    @property
    def is_deserted(self) -> bool:
        """Whether nobody is connected, nothing is being recorded and nothing waits to be."""
        return not self.hub.connected() and not self._groups and self.owner.is_at_rest

    def group(self, participant_id: str) -> str | None:
        """Return the relay's group for this person; none without an access that stands."""
        state = self.owner.state
        standing = state.standing_access(participant_id).values()
        has_access = any(access.device_key is not None for access in standing)
        return group_of(state, participant_id) if has_access else None

    def first_group(self, participant_id: str) -> str | None:
        """Return the group to join in: who is muted is heard by nobody until the relay knows."""
        is_muted = bool(muted_of(self.owner.state, participant_id))
        return None if is_muted else self.group(participant_id)

    def joined(self, participant_id: str, group: str | None) -> None:
        """The relay now has this peer, in `group`."""
        self._groups[participant_id] = group
        self._changed.set()

    def left(self, participant_id: str) -> None:
        self._groups.pop(participant_id, None)
        self._muted.pop(participant_id, None)
        self._sharing.discard(participant_id)
        self.slots.pop(participant_id, None)

    def relay_lost(self) -> None:
        self._groups.clear()
        self._muted.clear()
        self._sharing.clear()
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

    async def keep_groups(self, relays: Relays) -> None:
        """Keep the relay's groups what the state says, for as long as the server runs."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                # First: who comes in muted must not be heard for a moment.
                await self._tell_muted(relays)
                await self._tell_sharing(relays)
                await self._tell_groups(relays)
            except RelayError as error:
                log.warning("groups.refused", session_id=self.session_id, code=error.code)
                await asyncio.sleep(0.1)
                self._changed.set()

    async def _tell_muted(self, relays: Relays) -> None:
        """Raises: RelayError."""
        for peer in list(self._groups):
            muted = muted_of(self.owner.state, peer)
            if muted == self._muted.get(peer, frozenset()):
                continue
            await relays.mute(self.session_id, peer, audio="audio" in muted, video="video" in muted)
            if peer in self._groups:
                self._muted[peer] = muted

    async def _tell_sharing(self, relays: Relays) -> None:
        """Raises: RelayError."""
        wanted = {peer for peer in self._groups if shares_screen(self.owner.state, peer)}
        for peer in self._sharing - wanted:  # First: two are never shown at a time.
            await relays.share(self.session_id, peer, is_on=False)
            self._sharing.discard(peer)
        for peer in wanted - self._sharing:
            await relays.share(self.session_id, peer, is_on=True)
            if peer in self._groups:
                self._sharing.add(peer)

    async def _tell_groups(self, relays: Relays) -> None:
        """Raises: RelayError."""
        wanted = {
            peer: self.group(peer)
            for peer, told in self._groups.items()
            if self.group(peer) != told
        }
        if wanted:
            await relays.set_groups(self.session_id, wanted)
            self._groups.update(
                {peer: group for peer, group in wanted.items() if peer in self._groups}
            )


class Rooms:
    """The sessions of this server by id: those in use in memory, the others read when asked for.

    Sessions that are not over stay; of those that are, the `MOST_CLOSED` used last, and every
    one that somebody or something still needs.
    """

    def __init__(
        self,
        *,
        store: SessionStore,
        instants: Instants,
        seal: Seal,
        welcome: Callable[[Room], Awaitable[None]],
        is_kept: Callable[[Session], bool] = lambda _: False,
    ) -> None:
        """Take what each room read from the record goes through, and which of them must stay."""
        self._store = store
        self._instants = instants
        self._seal = seal
        self._welcome = welcome
        self._is_kept = is_kept
        self._rooms: dict[str, Room] = {}
        """The one used last stands last."""
        self._reading = asyncio.Lock()
        """One at a time: once each, and never more than one thread that competes with the loop."""
        self._opened: asyncio.Queue[Room] = asyncio.Queue()

    def __iter__(self) -> Iterator[Room]:
        """Yield the rooms in memory."""
        return iter(list(self._rooms.values()))

    def get(self, session_id: str) -> Room | None:
        """Return the room of a session in memory."""
        return self._rooms.get(session_id)

    def owner(self, session_id: str) -> SessionOwner | None:
        room = self._rooms.get(session_id)
        return None if room is None else room.owner

    async def find(self, session_id: str) -> Room | None:
        """Return the room of a session, read from the record if need be; None: there is none.

        Raises:
            LeaseHeldError: another server has it, and which.
            RecordError: the session's record cannot be read or was changed.
        """
        while session_id not in self._rooms:
            async with self._reading:
                if session_id not in self._rooms and not await self._read(session_id):
                    return None
        room = self._rooms[session_id] = self._rooms.pop(session_id)
        return room

    async def is_known(self, session_id: str) -> bool:
        """Return whether there is such a session, here or elsewhere. Raises: RecordError."""
        try:
            return await self.find(session_id) is not None
        except LeaseHeldError:
            return True

    async def session_of_invitation(self, secret_digest: str) -> str | None:
        """Return the session that an invitation leads to, by its secret. Raises: StoreError."""
        return await self._store.session_of_invitation(secret_digest)

    async def find_invited(self, secret_digest: str) -> Room | None:
        """Return the room that an invitation leads to, by its secret. Raises: RecordError."""
        session_id = await self.session_of_invitation(secret_digest)
        return None if session_id is None else await self.find(session_id)

    async def each(self, among: Sequence[str] | None = None) -> AsyncIterator[SessionOwner]:
        """Yield every session of the record, or those named; what was not in memory goes again.

        One whose record was changed is logged and passed by; one of another server's, too.

        Raises:
            StoreError: the database cannot be read.
        """
        for session_id in await self._store.session_ids() if among is None else among:
            was_here = session_id in self._rooms
            try:
                room = await self.find(session_id)
            except (RecordTamperedError, LeaseHeldError):
                continue
            if room is not None:
                yield room.owner
                if not was_here:
                    self._give_up(room)

    async def named(self, prefix: str) -> AsyncIterator[Room]:
        """Yield the sessions whose identifiers begin with `prefix`. Raises: RecordError."""
        for session_id in await self._store.session_ids():
            if session_id.startswith(prefix) and (room := await self.find(session_id)) is not None:
                yield room

    def open(self, session_id: str) -> Room:
        """Return a new room for a session that this server owns from now on."""
        room = self._rooms[session_id] = self._made(session_id)
        return room

    async def glance(self, session_id: str) -> Loaded:
        """Return a session of another server's, as it is recorded now. Raises: RecordError."""
        loaded = await self._store.load_session(session_id)
        if session_id not in self._rooms:
            self._store.release(session_id)
        return loaded

    def lose(self, session_id: str) -> None:
        """Serve a session no more, whatever is under way: another server has it, or soon may."""
        room = self._rooms[session_id]
        room.hub.close_all("session_moved")
        self._drop(room)

    def forget(self, session_id: str) -> None:
        """Give up a room whose session could not be recorded."""
        del self._rooms[session_id]

    def serve(self, room: Room) -> None:
        """Have `run` serve a room that has its session."""
        self._opened.put_nowait(room)

    async def run(self, relays: Relays) -> None:
        """Serve every room that is or will be in memory."""
        async with asyncio.TaskGroup() as group:
            while True:
                room = await self._opened.get()
                if self._rooms.get(room.session_id) is room:
                    room.tasks += [
                        group.create_task(room.owner.watch()),
                        group.create_task(room.keep_groups(relays)),
                    ]

    def _made(self, session_id: str) -> Room:
        owner = SessionOwner(
            session_id, store=self._store, instants=self._instants, seal=self._seal
        )
        return Room(owner, self._instants)

    async def _read(self, session_id: str) -> bool:
        """Bring a session into memory, if there is one. Raises: RecordError."""
        if not await self._store.own(session_id):
            return False
        try:
            loaded = await self._store.load_session(session_id)
        except RecordTamperedError as error:
            telemetry.RECORD_FAULTS.inc()
            log.error("session.unreadable", session_id=session_id, seq=error.seq, code=error.code)  # noqa: TRY400 - the code says all
            raise
        if loaded.entries and session_id not in self._rooms:
            room = self._made(session_id)
            room.owner.restore(loaded)
            await self._welcome(room)
            self._give_up_closed()
            self._rooms[session_id] = room
            self.serve(room)
        return session_id in self._rooms

    def _give_up_closed(self) -> None:
        """Make room for one more closed session."""
        closed = [room for room in self._rooms.values() if room.owner.state.seal is not None]
        for room in closed[: max(0, len(closed) + 1 - MOST_CLOSED)]:
            self._give_up(room)

    def _give_up(self, room: Room) -> None:
        """Let a room go whose session is over, if nothing of it lives in memory alone."""
        state = room.owner.state
        if state.seal is None or not room.is_deserted or self._is_kept(state):
            return
        if self._rooms.get(room.session_id) is room:
            self._drop(room)

    def _drop(self, room: Room) -> None:
        del self._rooms[room.session_id]
        room.owner.retire()
        for task in room.tasks:
            task.cancel()
        self._store.release(room.session_id)


def sends_media(room: Room, participant_id: str) -> bool:
    """Return whether this person or station has a picture and voice of its own in the relay."""
    state = room.owner.state
    is_carried = carrier(state, participant_id) != participant_id
    is_exam = state.subject(participant_id).role in IN_THE_ROOM
    return not is_carried and (is_exam or is_in_test(state, participant_id))


def may_echo(room: Room, participant_id: str) -> bool:
    """Return whether this person or station may call themselves, to try devices and network."""
    return room.owner.state.subject(participant_id).role in IN_THE_ROOM | STAFF
