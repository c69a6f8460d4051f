"""The server: everything that lives as long as it does, built once and joined."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from auth.keys import InstallationKeys
from auth.proofs import ProofVerifier
from auth.rotation import KeyRing
from auth.tickets import Tickets
from auth.tokens import Tokens
from signaling import telemetry
from signaling.access import ADMINISTRATION, Gate
from signaling.draining import Drain
from signaling.entrances import Entrances
from signaling.files import Files
from signaling.health import Health, clock_check
from signaling.installation_key import NEIGHBOURS
from signaling.instants import Instants
from signaling.inviting import Issued
from signaling.keeping import Keeping
from signaling.limits import Accounts
from signaling.listing import Listing
from signaling.mailing import mailer_of
from signaling.media_desk import MediaDesk
from signaling.neighbours import Neighbours
from signaling.origin import Fronts
from signaling.owner import SessionOwner
from signaling.ownership import Ownership
from signaling.paperwork import Paperwork
from signaling.quality import QualityDesk
from signaling.refusals import RequestError
from signaling.relays import Relays
from signaling.rooms import Room, Rooms
from signaling.settings import Settings, SharedSecrets
from signaling.station_desk import StationDesk
from signaling.succession import Succession
from signaling.timestamps import Authority, Timestamps
from visiojury.exam import definition as exam_definition
from visiojury.exam import events as ev
from visiojury.exam.commands import SessionDefinition
from visiojury.exam.state import Session
from visiojury.record.entry import Draft, Entry
from visiojury.record.errors import RecordError
from visiojury.record.fold import Loaded
from visiojury.record.seal import make_seal
from visiojury.record.store import RecordStore
from visiojury.reference import Library, Reference
from visiojury.reference.checks import check

log = structlog.get_logger()

RELAY_START_S = 15.0
LAG_WINDOW_S, LAG_STEP_S = 10.0, 0.1


class TimedStore:
    """The record's store as rooms know it, its commits timed."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    async def append(self, session_id: str, drafts: list[Draft]) -> list[Entry]:
        try:
            with telemetry.APPEND_DURATION.time():
                entries = await self._store.append(session_id, drafts)
        except RecordError:
            telemetry.APPEND_FAILURES.inc()
            raise
        telemetry.APPENDED_AT.set_to_current_time()
        return entries

    async def load_session(self, session_id: str) -> Loaded:
        return await self._store.load_session(session_id)

    async def session_ids(self) -> list[str]:
        return await self._store.index.session_ids()

    async def session_of_invitation(self, secret_digest: str) -> str | None:
        return await self._store.index.session_of_invitation(secret_digest)

    async def own(self, session_id: str) -> bool:
        leases = self._store.leases
        return leases is None or await leases.take(session_id) is not None

    def release(self, session_id: str) -> None:
        if self._store.leases is not None:
            self._store.leases.forget(session_id)
        self._store.release(session_id)


class Server:
    """Owns the sessions and the people connected, of one process; the relays run already."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: RecordStore,
        keys: InstallationKeys,
        key_ring: KeyRing,
        instants: Instants,
        origins: tuple[str, ...],
        relays: Relays,
        library: Library,
        shared_secrets: SharedSecrets,
        authority: Authority | None = None,
    ) -> None:
        self.settings = settings
        self.mailer = mailer_of(settings.smtp, shared_secrets.smtp)
        self.turn_secret = shared_secrets.turn
        self.library = library
        self.instants = instants
        self.keys = keys
        self.key_ring = key_ring
        self._store = store
        self.index = store.index
        self.paperwork = Paperwork(settings, origin=origins[0])
        self.files = Files(settings.data / "files", store.file_key)
        is_stamping = authority is not None
        self._succession = Succession(store, instants, is_stamping=is_stamping)
        self.rooms = Rooms(
            store=TimedStore(store),
            instants=instants,
            seal=self._seal,
            welcome=self._welcome,
            is_kept=lambda state: is_stamping and bool(state.after.unstamped()),
        )
        self.listing = Listing(self.rooms, store.index)
        self.accounts = Accounts(settings.limits)
        self.gate = Gate(
            rooms=self.rooms,
            tokens=Tokens(key_ring, issuer=origins[0]),
            proofs=ProofVerifier(),
            tickets=Tickets(now=time.monotonic),
            instants=instants,
            origins=origins,
        )
        self.neighbours = Neighbours(keys.derive(NEIGHBOURS), instants)
        self.fronts = Fronts(
            settings.http.trusted_fronts,
            scheme=urlsplit(origins[0]).scheme,
            neighbours=None if store.leases is None else self.neighbours,
        )
        self.station_desk = StationDesk(
            self.fronts, instants, key=keys.derive(b"visiojury-station-networks-v1")
        )
        self.entrances = Entrances.of(
            settings.openid,
            openid_secret=shared_secrets.openid,
            rooms=self.rooms,
            tokens=self.gate.tokens,
            keys=keys,
            instants=instants,
            origins=origins,
        )
        self.quality = QualityDesk(store, instants, self._state_of)
        self.desk = MediaDesk(
            rooms=self.rooms, tokens=self.gate.tokens, instants=instants, quality=self.quality
        )
        self.relays = self.desk.relays = relays
        relays.listener = self.desk
        self.drain = Drain(lambda: self.rooms, instants)
        self.ownership = (
            None
            if store.leases is None
            else Ownership(store.leases, self.rooms, store.index, relays, self.drain)
        )
        self._clock = clock_check(settings.health, instants)
        self.health = Health(
            settings, store, instants, relays=relays, drain=self.drain, clock=self._clock
        )
        self.keeping = Keeping(
            self.rooms.each,
            instants,
            lambda: self.reference().retention,
            self.files.erase,
            index=store.index,
            samples=store,
        )
        self._timestamps = (
            None if authority is None else Timestamps(authority, self._owners, instants)
        )
        self.open_sockets: set[web.WebSocketResponse] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until the block ends; what is not over is read from the record meanwhile.

        Raises:
            RecordError: the record cannot be used.
            StartError: the documents' templates or certificate cannot be used.
        """
        await self.paperwork.check()
        unreadable: RecordError | None = None
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.relays.supervise())]
            try:
                await self._succession.begin()
                tasks.append(group.create_task(self.rooms.run(self.relays)))
                tasks.append(group.create_task(self.desk.observations.run()))
                tasks.append(group.create_task(self.quality.run()))
                tasks.append(group.create_task(self._take_over()))
                tasks.append(group.create_task(_watch_loop()))
                if self.ownership is not None:
                    tasks.append(group.create_task(self.ownership.run()))
                tasks.append(group.create_task(self.keeping.run()))
                if self._clock is not None:
                    tasks.append(group.create_task(self._clock.run()))
                if self._timestamps is not None:
                    tasks.append(group.create_task(self._timestamps.run()))
                yield
            except RecordError as error:
                unreadable = error
            finally:
                for task in tasks:
                    task.cancel()
                self.paperwork.close()
        if unreadable is not None:
            raise unreadable

    async def relay_started(self) -> None:
        """Return once a relay answers. Raises: TimeoutError, after `RELAY_START_S`."""
        async with asyncio.timeout(RELAY_START_S):
            await self.relays.started()

    async def say_goodbye(self) -> None:
        """Tell everyone connected that the server stops; they come back by themselves."""
        for room in self.rooms:
            room.hub.close_all("server_stopping")
        if self.ownership is not None:
            await self.ownership.give_back_all()

    def reference(self) -> Reference:
        """Return the reference data in force today."""
        return self.library.at(datetime.fromtimestamp(self.instants.now_ms() / 1000, UTC).date())

    async def create_session(self, definition: SessionDefinition) -> list[Issued]:
        """Create a session and invite everyone in it.

        Raises:
            RequestError: `session_exists`.
            DefinitionError: the session cannot be held as entered.
            RecordError: nothing was committed.
        """
        reference = self.reference()
        check(definition, reference)
        is_known = await self.rooms.is_known(definition.session_id)
        # Another request may have made it while we looked.
        if is_known or self.rooms.get(definition.session_id) is not None:
            raise RequestError("session_exists")
        definition = replace(definition, reference=reference.day.isoformat())
        events = exam_definition.create(definition, now_ms=self.instants.now_ms())
        room = self._open(definition.session_id)
        try:
            await room.owner.record(lambda _: events, actor=ADMINISTRATION)
        except RecordError:
            self.rooms.forget(definition.session_id)
            raise
        self.rooms.serve(room)
        log.info("session.created", session_id=definition.session_id)
        return [
            await self.entrances.inviting.issue(
                room, participant.participant_id, actor=ADMINISTRATION
            )
            for participant in definition.participants
        ]

    def _owners(self) -> list[SessionOwner]:
        return [room.owner for room in self.rooms]

    def _state_of(self, session_id: str) -> Session | None:
        owner = self.rooms.owner(session_id)
        return None if owner is None else owner.state

    def _open(self, session_id: str) -> Room:
        room = self.rooms.open(session_id)
        room.owner.on_event.append(telemetry.observe)
        return room

    async def _take_over(self) -> None:
        # Who comes back asks for their session, and is answered before all are read.
        await self.relays.started()
        await self._succession.run(self.rooms)

    async def _welcome(self, room: Room) -> None:
        """Take in a session read from the record, before anybody is told of it."""
        room.owner.on_event.append(telemetry.observe)
        await self._succession.welcome(room)

    def _seal(self, entries: Sequence[Entry], at_ms: int) -> ev.RecordSealed:
        return make_seal(entries, self.keys.sign, self.keys.public_jwk(), at_ms=at_ms)


async def _watch_loop() -> None:
    """Say how late this process's loop was: what it holds up, people wait for."""
    loop = asyncio.get_running_loop()
    while True:
        worst_s, until_s = 0.0, loop.time() + LAG_WINDOW_S
        while (due_s := loop.time() + LAG_STEP_S) < until_s:
            await asyncio.sleep(LAG_STEP_S)
            worst_s = max(worst_s, loop.time() - due_s)
        telemetry.LOOP_LAG.set(worst_s)


SERVER = web.AppKey("server", Server)
