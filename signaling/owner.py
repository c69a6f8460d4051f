"""The one owner of a session: decide, record, apply, publish, in that order, one at a time.

Only what is recorded has happened: state changes after the store has committed. What follows
from the state by itself (outages, the cap, the seal) is recorded before the turn ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from signaling.instants import Instants
from signaling.refusals import RequestError
from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.decide import decide
from visiojury.exam.errors import IllegalTransitionError
from visiojury.exam.react import deadline, react
from visiojury.exam.state import Session
from visiojury.record.entry import Actor, Draft, Entry
from visiojury.record.errors import RecordError, StoreError
from visiojury.record.fold import Loaded, different_parts

log = structlog.get_logger()

RETRY_S = 0.5
OBSERVED = (
    ev.MediaBound,
    ev.MediaStarted,
    ev.MediaInterrupted,
    ev.MediaRestored,
    ev.MediaSwitched,
    ev.MediaDisconnected,
    ev.DownlinkInterrupted,
    ev.DownlinkRestored,
    ev.QualityDegraded,
    ev.QualityRecovered,
    ev.ServiceInterrupted,
)
"""What goes on after the seal and is no part of the record any more."""


class Store(Protocol):
    async def append(self, session_id: str, drafts: list[Draft]) -> list[Entry]: ...

    async def load_session(self, session_id: str) -> Loaded: ...


Seal = Callable[[Sequence[Entry], int], ev.RecordSealed]
"""Makes the seal over a record at an instant."""
Observer = Callable[[ev.Event], None]


class SessionOwner:
    """Holds one session's state and is the only one to change it."""

    def __init__(self, session_id: str, *, store: Store, instants: Instants, seal: Seal) -> None:
        self.session_id = session_id
        self.state = Session()
        self.entries: list[Entry] = []
        self._store = store
        self._instants = instants
        self._seal = seal
        self._turn = asyncio.Lock()
        self._acts: dict[tuple[str | None, str] | None, int] = {}
        self._wake = asyncio.Event()
        self._is_in_doubt = False
        """The last append failed: what the store holds is not known."""
        self._is_unsettled = False
        """What follows from the state by itself could not be recorded yet."""
        self._is_retired = False
        self.on_change: list[Callable[[], None]] = []
        self.on_event: list[Observer] = []

    @property
    def seq(self) -> int:
        return self.entries[-1].seq if self.entries else 0

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is being recorded and nothing waits to be."""
        return not (self._turn.locked() or self._is_in_doubt or self._is_unsettled)

    def restore(self, loaded: Loaded) -> None:
        """Take over what was recorded before, and the state that it gives."""
        self.entries, self.state = loaded.entries, loaded.session
        self._acts = {
            (_by(entry), entry.act_id): entry.seq
            for entry in loaded.entries
            if entry.act_id is not None
        }

    @property
    def is_retired(self) -> bool:
        """Whether nothing is recorded here any more: the session is somebody else's, or will be."""
        return self._is_retired

    def retire(self) -> None:
        """Record nothing any more, once what is being committed has been, or was refused."""
        self._is_retired = True

    async def act(
        self,
        command: cmd.Command,
        *,
        actor: Actor,
        act_id: str,
        versions: frozenset[str] | None = None,
    ) -> int:
        """Carry out what `actor` asks for and return the sequence number it is recorded under.

        An act repeated under its `act_id` is carried out once and answered the same.

        Args:
            command: what is asked for.
            actor: who asks.
            act_id: how the actor's device names this act.
            versions: the act is meant for the session as it stands at one of these; None: any.

        Raises:
            ExamError: refused; nothing has happened.
            RequestError: `version_moved`; nothing has happened.
            RecordError: the store could not commit; nothing has happened.
        """

        def decided(state: Session) -> list[ev.Event]:
            if versions is not None and str(self.seq) not in versions:
                raise RequestError("version_moved", version=self.seq)
            person = state.subject(actor.participant_id)
            return decide(state, command, actor=person, now_ms=self._instants.now_ms())

        return await self._take_turn(decided, actor=actor, act_id=act_id)

    async def record(
        self, events: Callable[[Session], list[ev.Event]], *, actor: Actor | None
    ) -> None:
        """Record what was observed (actor None) or established outside the exam's rules.

        Args:
            events: from the state as it is in this turn, which may raise to refuse.
            actor: who did it; None: the server.

        Raises:
            IllegalTransitionError: `record_sealed`; observations are let go instead.
            RecordError: the store could not commit; nothing has happened.
        """
        await self._take_turn(events, actor=actor, act_id=None)

    async def seal_to_the_end(self) -> None:
        """Seal what followed the first seal, if anything did that must last (A2).

        Raises:
            RecordError: the store could not commit; nothing has happened.
        """

        def due(state: Session) -> list[ev.Event]:
            if state.seal is None or state.is_sealed_to_its_end:
                return []
            return [self._seal(self.entries, self._instants.now_ms())]

        await self.record(due, actor=None)

    async def reload(self) -> None:
        """Read everything again as it is stored. Raises: RecordError."""
        async with self._turn:
            self.restore(await self._store.load_session(self.session_id))
            for changed in self.on_change:
                changed()

    async def differences(self) -> list[str]:
        """Return which parts of the state the stored entries do not give. Raises: RecordError."""
        async with self._turn:
            stored = await self._store.load_session(self.session_id)
            return different_parts(self.state, stored.session)

    async def watch(self) -> None:
        """Record what falls due by time alone, for as long as the server runs."""
        while True:
            now_ms = self._instants.now_ms()
            due_ms = deadline(self.state, now_ms)
            delay_s = None if due_ms is None else max(0.0, (due_ms - now_ms) / 1000)
            self._wake.clear()
            if self._is_unsettled:
                delay_s = RETRY_S
            try:
                async with asyncio.timeout(delay_s):
                    await self._wake.wait()
            except TimeoutError:
                await self._settle_due()

    async def _settle_due(self) -> None:
        try:
            await self.record(lambda _state: [], actor=None)
        except RecordError as error:
            log.warning("due.unrecorded", session_id=self.session_id, code=error.code)
            await asyncio.sleep(RETRY_S)

    async def _take_turn(
        self,
        events: Callable[[Session], list[ev.Event]],
        *,
        actor: Actor | None,
        act_id: str | None,
    ) -> int:
        # Shielded: a request that goes away must not leave a committed event unapplied.
        return await asyncio.shield(self._turn_of(events, actor, act_id))

    async def _turn_of(
        self,
        events: Callable[[Session], list[ev.Event]],
        actor: Actor | None,
        act_id: str | None,
    ) -> int:
        async with self._turn:
            if self._is_retired:
                raise StoreError("writer_conflict", f"session {self.session_id} was given up")
            key = None if actor is None or act_id is None else (actor.participant_id, act_id)
            if self._is_in_doubt:
                await self._catch_up()
            if key in self._acts:
                return self._acts[key]
            wanted = self._before_seal(events(self.state))
            await self._append(wanted, actor=actor, act_id=act_id)
            seq = self._acts.get(key, self.seq)
            await self._settle()
            for changed in self.on_change:
                changed()
            self._wake.set()
            return seq

    async def _settle(self) -> None:
        """Record what follows; the act that it follows has happened, whatever becomes of it."""
        self._is_unsettled = False
        try:
            while following := self._following():
                await self._append(following, actor=None, act_id=None)
        except RecordError as error:
            log.warning("consequence.delayed", session_id=self.session_id, code=error.code)
            self._is_unsettled = True

    async def _catch_up(self) -> None:
        """Apply what the store holds and we do not know of: a failed append may be on disk."""
        stored = await self._store.load_session(self.session_id)
        for entry in stored.entries[len(self.entries) :]:
            self._commit(entry)
        self._is_in_doubt = False

    def _before_seal(self, events: list[ev.Event]) -> list[ev.Event]:
        """Return what may still be recorded: after the seal, who comes in to read."""
        if self.state.seal is None:
            return events
        if all(isinstance(event, ev.AFTER_THE_SEAL) for event in events):
            return events
        if all(isinstance(event, OBSERVED) for event in events):
            return []
        raise IllegalTransitionError("record_sealed", step=events[0].type)

    def _following(self) -> list[ev.Event]:
        if self.state.created is None:
            return []
        now_ms = self._instants.now_ms()
        if self.state.is_over and self.state.seal is None:
            return [self._seal(self.entries, now_ms)]
        return react(self.state, now_ms)

    async def _append(
        self, events: list[ev.Event], *, actor: Actor | None, act_id: str | None
    ) -> None:
        if not events:
            return
        received_ms, monotonic_ms = self._instants.now_ms(), self._instants.monotonic_ms()
        drafts = [
            Draft(
                event=event,
                actor=actor,
                received_ms=received_ms,
                monotonic_ms=monotonic_ms,
                boot_id=self._instants.boot_id,
                act_id=act_id,
            )
            for event in events
        ]
        try:
            entries = await self._store.append(self.session_id, drafts)
        except RecordError:
            self._is_in_doubt = True
            raise
        for entry in entries:
            self._commit(entry)

    def _commit(self, entry: Entry) -> None:
        by = _by(entry)
        self.state.apply(entry.event, by=by)
        self.entries.append(entry)
        if entry.act_id is not None:
            self._acts[by, entry.act_id] = entry.seq
        for observer in self.on_event:
            observer(entry.event)


def _by(entry: Entry) -> str | None:
    return None if entry.actor is None else entry.actor.participant_id
