"""One whole session of five in a room, held by light people: from their links to its documents."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from loadtests.attendants import Attendants
from visiojury.exam.commands import SessionDefinition
from visiojury.rehearsal import cast

EXAMINERS = (*cast.EXAMINERS, "examiner-3")
JURY = (cast.CHAIR, *EXAMINERS)
CUT_S = 2.5
_DUE_S = 30.0
_PING_S = 1.0

State = dict[str, Any]


@dataclass(slots=True)
class Held:
    """What one session showed, in seconds."""

    joins_s: list[float] = field(default_factory=list)
    messages_s: list[float] = field(default_factory=list)
    """From a message on a WebSocket to its answer."""
    documents_s: list[float] = field(default_factory=list)
    delays_s: list[float] = field(default_factory=list)
    packets: int = 0
    """Received by all peers."""


def definition() -> SessionDefinition:
    """Return a session of its own: the rehearsal's, with one examiner more."""
    plain = cast.definition(now_ms=int(time.time() * 1000))
    one = next(p for p in plain.participants if p.participant_id == cast.EXAMINERS[0])
    (plan,) = plain.sittings
    return replace(
        plain,
        session_id=f"day-{secrets.token_hex(6)}",
        participants=(*plain.participants, replace(one, participant_id=EXAMINERS[-1])),
        sittings=(replace(plan, examiner_ids=JURY),),
    )


async def hold(
    people: Attendants, group: asyncio.TaskGroup, *, seconds: float, has_outage: bool
) -> Held:
    """Hold the session and return what it showed.

    Args:
        people: who is in it, all connected.
        group: where what runs beside it lives.
        seconds: how long the sitting lasts.
        has_outage: whether the candidate's link is cut in its midst.

    Raises:
        RehearsalError: the server refused something, or something did not happen in time.
    """
    held = Held(joins_s=people.joins_s)
    pinging = group.create_task(_ping(people, held))
    await _receive(people)
    await people[cast.CHAIR].act("start", sitting_id=cast.SITTING)
    await asyncio.sleep(seconds / 2)
    if has_outage:
        await _cut(people, group)
    await asyncio.sleep(seconds / 2)
    await people[cast.CHAIR].act("close", sitting_id=cast.SITTING)
    await _deliberate(people)
    pinging.cancel()
    await _read(people, held, has_outage=has_outage)
    held.delays_s = people.hall.delays_s
    held.packets = people.hall.received
    return held


async def _receive(people: Attendants) -> None:
    for agent in (cast.ORGANISER, cast.INVIGILATOR):
        await people[agent].act("take_duty")
    checked = [*((cast.ORGANISER, who) for who in JURY), (cast.INVIGILATOR, cast.CANDIDATE)]
    for agent, who in checked:
        await people[agent].act("check_identity", participant_id=who, document="passport")
    await people[cast.INVIGILATOR].act("sign_attestation", sitting_id=cast.SITTING)
    await people[cast.INVIGILATOR].act("admit", sitting_id=cast.SITTING)
    await people[cast.ORGANISER].until(
        lambda state: all(_flows(state, who) for who in (*JURY, cast.CANDIDATE)),
        "son et image de chacun",
        due_s=_DUE_S,
    )


async def _cut(people: Attendants, group: asyncio.TaskGroup) -> None:
    """Cut the candidate's link, and have the time given back."""
    chair = people[cast.CHAIR]
    people.fall_silent(cast.CANDIDATE)
    await asyncio.sleep(CUT_S)
    people.speak_again(group, cast.CANDIDATE)
    await chair.until(
        lambda state: bool(_outages(state)) and not _open(state), "fin de la coupure", due_s=_DUE_S
    )
    await _give_back(people, _outages(chair.state))


async def _give_back(people: Attendants, outages: Iterable[State]) -> None:
    for outage in outages:
        if outage.get("granted_s") is None:
            await people[cast.CHAIR].act(
                "decide_extension",
                sitting_id=cast.SITTING,
                outage_id=outage["outage_id"],
                granted_s=outage["most_s"],
            )


async def _deliberate(people: Attendants) -> None:
    chair, about = people[cast.CHAIR], {"candidate_id": cast.CANDIDATE}
    await chair.act("open_deliberation")
    for member in JURY:
        attendance = "on_site" if member == cast.CHAIR else "remote"
        if attendance == "remote":
            await chair.act("try_hearing", participant_id=member, hears=True, is_heard=True)
        await chair.act("answer_roll_call", participant_id=member, attendance=attendance)
    await chair.act("propose_decision", **about, outcome="full")
    for member in JURY:
        await people[member].act("cast_vote", **about, ballot="for")
    await chair.act("adopt_decision", **about)
    await chair.act("close_deliberation")
    await people[cast.ORGANISER].until(
        lambda state: "minutes" in state["documents"], "scellement du registre", due_s=_DUE_S
    )


async def _read(people: Attendants, held: Held, *, has_outage: bool) -> None:
    wanted = ["documents/minutes.pdf", "archive.zip"]
    wanted += [f"documents/incident-{cast.SITTING}.pdf"] if has_outage else []
    for path in wanted:
        began = time.monotonic()
        await people[cast.ORGANISER].download(path)
        held.documents_s.append(time.monotonic() - began)


async def _ping(people: Attendants, held: Held) -> None:
    """Have every device say something each second, and time the answer."""
    while True:
        for device in people.devices():
            device.pongs_s = held.messages_s
            await device.synchronise()
        await asyncio.sleep(_PING_S)


def _flows(state: State, who: str) -> bool:
    person = state["people"][who]
    return bool(person["audio"] == person["video"] == "on")


def _outages(state: State) -> list[State]:
    return list(state["sittings"][cast.SITTING]["outages"].values())


def _open(state: State) -> list[State]:
    return [outage for outage in _outages(state) if outage.get("end_ms") is None]
