"""The order of the day: reception, sitting with a cut, deliberation, minutes.

Everything goes through the interface that people's browsers use. What is measured and what is
found wrong goes into the report; what stops the play is raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import aiohttp

from visiojury.rehearsal import cast
from visiojury.rehearsal.client import Client, Invitation, State
from visiojury.rehearsal.errors import OverdueError
from visiojury.rehearsal.report import STREAMS, Report, Spread, Stream, Truth, clock_seen
from visiojury.rehearsal.robot import Robot
from visiojury.rehearsal.wire import Cut, Wire

CUT_S = 6.0
_SETTLE_S = 2.0
"""Of flowing media before the cut, so that its start is a cut and not a beginning."""
_RESTORED_DUE_S = 12.0
_POLL_S = 0.02
_SAMPLE_S = 0.25
_WATCHERS = (*cast.JURY_IDS, cast.INVIGILATOR, cast.ORGANISER)
_MS = 1000

Show = Callable[[str], None]


class Play:
    """One rehearsal on one server. `invitations`: of the session made for it."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        origin: str,
        invitations: Iterable[Invitation],
        *,
        report: Report,
        show: Show,
    ) -> None:
        self._clients = {i.participant_id: Client(http, origin, i) for i in invitations}
        self._wire = Wire()
        self._robots = {
            who: Robot(
                self._clients[who], cast.NUMBERS, self._wire if who == cast.CANDIDATE else None
            )
            for who in cast.NUMBERS
        }
        self._report, self._show = report, show
        self._lag = LagMeter()
        self._background: list[asyncio.Task[None]] = []
        self.truth: Truth | None = None
        self.shown_after_s: dict[Stream, float] = {}

    @property
    def organiser(self) -> Client:
        return self._clients[cast.ORGANISER]

    @property
    def chair(self) -> Client:
        return self._clients[cast.CHAIR]

    async def run(self) -> None:
        """Play to the sealed minutes.

        Raises:
            RehearsalError: the play cannot go on.
        """
        async with asyncio.TaskGroup() as group:
            self._start(group, self._lag.run())
            try:
                await self._join(group)
                await self._receive()
                await self._examine()
                await self._deliberate()
            finally:
                self._report.robots_lag_s = round(self._lag.worst_s, 3)
                await self._leave()

    # --- reception --------------------------------------------------------------------------

    async def _join(self, group: asyncio.TaskGroup) -> None:
        waits = []
        for who, client in self._clients.items():
            opened_s = time.monotonic()
            await client.redeem()
            ready = asyncio.Event()
            self._start(group, client.run(ready=ready))
            await asyncio.wait_for(ready.wait(), _RESTORED_DUE_S)
            if (robot := self._robots.get(who)) is not None:
                await robot.connect()
                waits.append(time.monotonic() - opened_s)
                self._start(group, robot.listen())
            await client.synchronise()
        self._report.join_s = Spread.of(waits)
        self._show(f"{len(waits)} automates connectés, {len(self._clients)} personnes en ligne")

    async def _receive(self) -> None:
        invigilator = self._clients[cast.INVIGILATOR]
        for agent in (self.organiser, invigilator):
            await agent.act("take_duty")
        for examiner in cast.JURY_IDS:
            await self._check(self.organiser, examiner)
        await self._check(invigilator, cast.CANDIDATE)
        await self._until(
            lambda: all(_flows(self.organiser.state, who) for who in cast.NUMBERS),
            "son et image de chacun",
        )
        if any(r.frames for r in self._robots[cast.CANDIDATE].receptions.values()):
            self._report.failures.append(
                "salle d’attente : le candidat a reçu du son ou de l’image"
            )
        await invigilator.act("sign_attestation", sitting_id=cast.SITTING)
        await invigilator.act("admit", sitting_id=cast.SITTING)
        admitted_s = asyncio.get_running_loop().time()
        await self._until(self._all_read, "son et image de chacun chez chacun")
        self._report.first_frame_s = Spread.of(
            [
                self._robots[receiver].first_read_s[sender, "video"] - admitted_s
                for examiner in cast.JURY_IDS
                for receiver, sender in ((examiner, cast.CANDIDATE), (cast.CANDIDATE, examiner))
            ]
        )
        self._show("candidat accueilli et admis ; chacun voit et entend chacun")

    async def _check(self, agent: Client, who: str) -> None:
        await agent.act("check_identity", participant_id=who, document="identity_card")

    def _all_read(self) -> bool:
        if any(robot.mismatches() for robot in self._robots.values()):
            return False
        return all(
            (sender, stream) in robot.first_read_s
            for receiver, robot in self._robots.items()
            for sender in self._robots
            for stream in STREAMS
            if sender != receiver
        )

    # --- the sitting ------------------------------------------------------------------------

    async def _examine(self) -> None:
        await self.chair.act("start", sitting_id=cast.SITTING)
        await self.chair.until(lambda s: _clock(s).get("runs") is True, "départ de l’horloge")
        self._show("épreuve ouverte, l’horloge tourne")
        await asyncio.sleep(_SETTLE_S)
        await self._cut()
        await self._decide_extension()
        self._forget()
        await self._until(self._all_read, "son et image après la coupure")
        await self.chair.act("close", sitting_id=cast.SITTING)
        self._show("épreuve close")

    async def _cut(self) -> None:
        cut = self._wire.cut(CUT_S)
        offset_ms = self._clients[cast.CANDIDATE].clock_offset_ms
        start_ms = (time.time() - time.monotonic() + cut.start_s) * _MS + offset_ms
        self.truth = Truth(start_ms, cut.end_s - cut.start_s)
        self._show(f"liaison montante du candidat coupée pendant {CUT_S:.0f} s")
        async with asyncio.TaskGroup() as group:
            for stream in STREAMS:
                group.create_task(self._note_shown(stream, cut))
            group.create_task(self._watch_clock(cut))
        await self.chair.until(
            lambda s: _outage(s).get("end_ms") is not None,
            "fin de la défaillance",
            due_s=CUT_S + _RESTORED_DUE_S,
        )

    async def _note_shown(self, stream: Stream, cut: Cut) -> None:
        async with asyncio.TaskGroup() as group:
            seen = [
                group.create_task(
                    self._clients[who].until(
                        lambda s: s["people"][cast.CANDIDATE][stream] == "interrupted",
                        f"{who} : affichage de la coupure ({stream})",
                    )
                )
                for who in _WATCHERS
            ]
        self.shown_after_s[stream] = max(task.result() for task in seen) - cut.start_s

    async def _watch_clock(self, cut: Cut) -> None:
        """Once the outage is shown, what remains must not change while the link is cut."""
        await self.chair.until(lambda s: bool(_outage(s)), "ouverture de la défaillance")
        loop, remaining = asyncio.get_running_loop(), set()
        while loop.time() < cut.end_s:
            clock = _clock(self.chair.state)
            remaining.add((clock.get("runs"), clock.get("end_due_ms")))
            await asyncio.sleep(_SAMPLE_S)
        if remaining != {(False, None)}:
            self._report.failures.append(
                "horloge : elle n’est pas restée arrêtée pendant la coupure"
            )

    async def _decide_extension(self) -> None:
        outage = _outage(self.chair.state)
        self._report.clock, wrong = clock_seen(due_s=CUT_S, given_s=_given_s(self.chair.state))
        self._report.failures += wrong
        await self.chair.act(
            "decide_extension",
            sitting_id=cast.SITTING,
            outage_id=outage["outage_id"],
            granted_s=outage["most_s"],
            reason="répétition",
        )
        await self.chair.until(lambda s: "granted_s" in _outage(s), "décision de prolongation")
        if _given_s(self.chair.state) != self._report.clock.given_s:
            self._report.failures.append("horloge : la décision a changé le temps rendu")
        self._show(f"prolongation de {outage['most_s']} s confirmée par le président")

    def _forget(self) -> None:
        for robot in self._robots.values():
            robot.forget()

    def _note_mismatches(self) -> None:
        for robot in self._robots.values():
            self._report.failures += robot.mismatches()

    # --- the deliberation -------------------------------------------------------------------

    async def _deliberate(self) -> None:
        await self.chair.act("open_deliberation")
        for member in cast.JURY_IDS:
            attendance = "on_site" if member == cast.CHAIR else "remote"
            if attendance == "remote":
                await self.chair.act(
                    "try_hearing", participant_id=member, hears=True, is_heard=True
                )
            await self.chair.act("answer_roll_call", participant_id=member, attendance=attendance)
        about = {"candidate_id": cast.CANDIDATE}
        await self.chair.act("propose_decision", **about, outcome="full")
        for member in cast.JURY_IDS:
            await self._clients[member].act("cast_vote", **about, ballot="for")
        await self.chair.act("adopt_decision", **about)
        await self.chair.act("close_deliberation")
        await self.organiser.until(
            lambda s: s["session"]["phase"] == "sealed" and "minutes" in s["documents"],
            "scellement du registre",
        )
        self._show("délibération tenue, registre scellé")

    # --- helpers ----------------------------------------------------------------------------

    def _start(self, group: asyncio.TaskGroup, work: Coroutine[Any, Any, None]) -> None:
        self._background.append(group.create_task(work))

    async def _leave(self) -> None:
        for robot in self._robots.values():
            await robot.close()
        for task in self._background:
            task.cancel()

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        """Raises: OverdueError, with what is missing where robots can tell."""
        try:
            async with asyncio.timeout(_RESTORED_DUE_S):
                # Robots and states all feed this; what is measured has its own instants.
                while not holds():  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            self._note_mismatches()
            raise OverdueError(what, waited_s=_RESTORED_DUE_S) from None


class LagMeter:
    """How late this process ran at worst: robots that stall are no measure of anything."""

    def __init__(self) -> None:
        self.worst_s = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _POLL_S
            await asyncio.sleep(_POLL_S)
            self.worst_s = max(self.worst_s, loop.time() - due_s)


def _flows(state: State, who: str) -> bool:
    person = state["people"][who]
    return bool(person["is_connected"]) and all(person[stream] == "on" for stream in STREAMS)


def _sitting(state: State) -> dict[str, Any]:
    sitting: dict[str, Any] = state["sittings"][cast.SITTING]
    return sitting


def _clock(state: State) -> dict[str, Any]:
    return _sitting(state).get("clock") or {}


def _outage(state: State) -> dict[str, Any]:
    """Return the last outage, or nothing."""
    outages = sorted(_sitting(state)["outages"].values(), key=lambda o: int(o["start_ms"]))
    return outages[-1] if outages else {}


def _given_s(state: State) -> float:
    """Return what the clock added to the duration: its end due, less start and duration."""
    clock = _clock(state)
    length_ms = int(clock["end_due_ms"]) - int(clock["started_ms"])
    return length_ms / _MS - cast.DURATION_S
