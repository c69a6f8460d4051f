"""What a record says, read a second time: the exam's clock, and who decided what by which right.

It works on the JSON of the entries' bytes and uses nothing of the product: no types, no state,
no clock. Each stretch of time has one owner (a pause, else the first outage in order that covers
it), so that what is counted here cannot be counted twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Line = dict[str, Any]
"""One entry, as its bytes spell it."""

_AGENTS = {"organiser", "invigilator"}
_JURY = {"chair", "examiner"}
_DAY = {*_AGENTS, *_JURY}
_ROOM = {*_JURY, "candidate", "assistant", "invigilator"}
_DUTY = {*_AGENTS, "session_manager"}
_HEADS = {"organiser", "session_manager"}
_SIGNERS = {*_JURY, "session_manager"}

MAY = {
    "session.created": {"organiser"},
    "session.opened": {"organiser"},
    "session.suspended": _HEADS,
    "session.continued": _HEADS,
    "session.cancelled": _HEADS,
    "session.moved": _HEADS,
    "office.joined": {"organiser"},
    "day.added": {"organiser"},
    "participant.enrolled": {"organiser"},
    "participant.withdrawn": {"organiser"},
    "relation.declared": {"organiser"},
    "relation.withdrawn": {"organiser"},
    "sitting.scheduled": {"organiser"},
    "sitting.rescheduled": {"organiser"},
    "sitting.cancelled": _HEADS,
    "duty.taken": _DUTY,
    "duty.handed_over": _DUTY,
    "station.tested": _AGENTS,
    "device.checked": {*_ROOM, *_DUTY, "technician", "station"},
    "technical_test.opened": _DUTY,
    "technical_test.closed": _DUTY,
    "station.enrolled": _AGENTS,
    "station.withdrawn": _AGENTS,
    "presence.attested": _AGENTS,
    "station.signed_in": _JURY,
    "station.signed_out": {*_AGENTS, "station"},
    "invitation.revoked": {"organiser"},
    "identity.checked": _AGENTS,
    "sign_in.accepted": {"organiser"},
    "identity.check_asked": _JURY,
    "identity.refused": _AGENTS,
    "person.arrived": _AGENTS,
    "attendance.signed": {*_DAY, "candidate", "assistant"},
    "attestation.signed": {"invigilator", "candidate"},
    "candidate.admitted": {"invigilator"},
    "candidate.absent": {"invigilator"},
    "sitting.started": {"chair"},
    "sitting.paused": {"chair", "invigilator"},
    "sitting.resumed": {"chair"},
    "sitting.closed": {"chair"},
    "extension.decided": {"chair"},
    "participant.muted": {"chair", "organiser"},
    "participant.sent_out": {"chair", "organiser"},
    "participant.let_back_in": {"chair", "organiser"},
    "screen.shared": {"chair", "examiner", "candidate"},
    "screen.stopped": {"chair", "examiner", "candidate", "organiser"},
    "outage.declared": _DAY,
    "outage.declared_ended": _DAY,
    "outage.declared_withdrawn": _DAY,
    "finding.noted": _AGENTS,
    "remarks.noted": {"invigilator", "candidate"},
    "incident_sheet.signed": _AGENTS,
    "incident_sheet.handed": _AGENTS,
    "postponement.requested": _JURY,
    "postponement.agreed": _AGENTS,
    "sitting.postponed": _AGENTS,
    "voiding.agreed": _AGENTS,
    "sitting.voided": _AGENTS,
    "candidate.expelled": {"chair", "session_manager"},
    "candidate.withdrew": {"invigilator"},
    "help.called": {*_ROOM, "station"},
    "help.answered": _AGENTS,
    "deliberation.opened": {"chair"},
    "roll_call.begun": {"chair"},
    "hearing.tested": {"chair"},
    "roll_call.answered": {"chair"},
    "deliberation.continued": {"chair"},
    "member.recused": _JURY,
    "document.shown": _JURY,
    "candidate.taken_up": _JURY,
    "decision.proposed": _JURY,
    "vote.cast": _JURY,
    "decision.adopted": _JURY,
    "deliberation.closed": {"chair"},
    "minutes.signed": _SIGNERS,
    "signature.missing": {"chair", "organiser"},
    "amendment.written": {"chair", "organiser"},
    "amendment.signed": _SIGNERS,
    "minutes.delivered": {"organiser"},
    "results.published": {"organiser"},
    "extract.sent": {"organiser"},
    "extract.acknowledged": _AGENTS,
    "appeal.entered": {"organiser"},
    "appeal.closed": {"organiser"},
}
"""By what happened: the roles of whoever may have done it."""
NOBODY = {
    "identity.lapsed",
    "media.bound",
    "media.started",
    "media.interrupted",
    "media.restored",
    "media.switched",
    "media.disconnected",
    "downlink.interrupted",
    "downlink.restored",
    "quality.degraded",
    "quality.recovered",
    "service.interrupted",
    "station.placed",
    "station.network_left",
    "station.network_returned",
    "outage.opened",
    "outage.closed",
    "postponement.advised",
    "record.sealed",
}
"""What the server saw or concluded: nobody did it."""
BY_ITSELF = {"screen.stopped"}
"""What follows by itself, too, though people do it."""
OWN = {"vote.cast", "minutes.signed", "amendment.signed", "help.called", "screen.shared"}
"""What each does for themselves only."""
ENDINGS = {
    "sitting.closed",
    "sitting.postponed",
    "sitting.voided",
    "sitting.cancelled",
    "candidate.absent",
    "candidate.expelled",
    "candidate.withdrew",
}


def read(raw: bytes) -> Line:
    line: Line = json.loads(raw)
    return line


# --- the clock ------------------------------------------------------------------------------------


@dataclass
class Stretch:
    start_ms: int
    end_ms: int | None = None
    granted_s: int | None = None
    is_declared: bool = False


@dataclass
class Told:
    """What the record tells of one sitting's time."""

    plan: Line
    started: Line | None = None
    ended_ms: int | None = None
    pauses: list[Stretch] = field(default_factory=list)
    outages: dict[str, Stretch] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    end_due_ms: int
    remaining_ms: int
    extension_ms: int
    cap_ms: int
    lost_ms: int
    """Time that some outage covers and no pause, each millisecond once."""


def told(lines: Iterable[Line], sitting_id: str) -> Told:
    sitting: Told | None = None
    for line in lines:
        event = line["event"]
        if event.get("sitting_id") != sitting_id:
            continue
        if event["type"] == "sitting.scheduled":
            sitting = Told(event)
        assert sitting is not None, "scheduled first"
        _tell(sitting, event)
    assert sitting is not None, "the sitting is in the record"
    return sitting


def _tell(sitting: Told, event: Line) -> None:
    at_ms = event["at_ms"]
    match event["type"]:
        case "sitting.started":
            sitting.started = event
        case "sitting.paused":
            sitting.pauses.append(Stretch(at_ms))
        case "sitting.resumed":
            sitting.pauses[-1].end_ms = at_ms
        case kind if kind in ENDINGS and sitting.ended_ms is None:
            sitting.ended_ms = at_ms
        case _ if "outage_id" in event:
            _tell_outage(sitting.outages, event)


def _tell_outage(outages: dict[str, Stretch], event: Line) -> None:
    outage_id = event["outage_id"]
    match event["type"]:
        case "outage.opened" | "outage.declared" as kind:
            is_declared = kind == "outage.declared"
            outages[outage_id] = Stretch(event["start_ms"], is_declared=is_declared)
        case "outage.closed":
            outages[outage_id].start_ms = event["start_ms"]
            outages[outage_id].end_ms = event["end_ms"]
        case "outage.declared_ended":
            outages[outage_id].end_ms = event["end_ms"]
        case "outage.declared_withdrawn":
            del outages[outage_id]
        case "extension.decided":
            outages[outage_id].granted_s = event["granted_s"]


def clock(sitting: Told, now_ms: int) -> Clock | None:
    """Return what everyone must read at `now_ms`; None: it has not started."""
    if sitting.started is None:
        return None
    plan, started_ms = sitting.plan, sitting.started["at_ms"]
    now_ms = max(started_ms, now_ms if sitting.ended_ms is None else sitting.ended_ms)
    found = [one for one in sitting.outages.values() if not one.is_declared]
    declared = [one for one in sitting.outages.values() if one.is_declared]
    owners = [*sitting.pauses, *found, *declared]
    owned = _owned(owners, now_ms)
    paused_ms = sum(owned[: len(sitting.pauses)])
    lost = owned[len(sitting.pauses) :]
    is_over = sitting.ended_ms is not None
    given = [
        _given(one, length_ms, is_over=is_over)
        for one, length_ms in zip([*found, *declared], lost, strict=True)
    ]
    cap_ms = plan["duration_s"] // 3 * 1000
    extension_ms = min(cap_ms, sum(given))
    held_s = plan["duration_s"] + plan["adjustment_s"] - sitting.started["forfeited_s"]
    end_due_ms = started_ms + held_s * 1000 + paused_ms + extension_ms
    return Clock(end_due_ms, end_due_ms - now_ms, extension_ms, cap_ms, sum(lost))


def _given(outage: Stretch, length_ms: int, *, is_over: bool) -> int:
    if outage.granted_s is not None:
        return outage.granted_s * 1000
    if outage.end_ms is None and not is_over:
        return length_ms
    return (length_ms + 999) // 1000 * 1000


def _owned(stretches: Sequence[Stretch], now_ms: int) -> list[int]:
    """Return how long each is the first to cover the time it covers."""
    spans = [(s.start_ms, now_ms if s.end_ms is None else min(s.end_ms, now_ms)) for s in stretches]
    owned_ms = [0] * len(spans)
    for start_ms, end_ms in pairwise(sorted({bound for span in spans for bound in span})):
        for number, (first_ms, last_ms) in enumerate(spans):
            if first_ms <= start_ms and end_ms <= last_ms:
                owned_ms[number] += end_ms - start_ms
                break
    return owned_ms


# --- the rights -----------------------------------------------------------------------------------


def wrongs(lines: Sequence[Line], *, since: int = 0) -> Iterator[str]:
    """Yield what was done, from line `since` on, by someone without the right or by nobody."""
    for number, line in enumerate(lines[since:], since):
        kind, actor = line["event"]["type"], line["actor"]
        if actor is None:
            if kind not in NOBODY | BY_ITSELF:
                yield f"{kind} by nobody"
        elif kind in NOBODY or actor["role"] not in MAY[kind]:
            yield f"{kind} by {actor['participant_id']}"
        elif kind in OWN and line["event"]["participant_id"] != actor["participant_id"]:
            yield f"{kind} for another"
        elif kind in {"sitting.postponed", "sitting.voided"}:
            yield from _one_sided(lines[: number + 1])
        elif kind == "decision.adopted":
            yield from _not_of_the_jury(lines[: number + 1])


def _one_sided(lines: Sequence[Line]) -> Iterator[str]:
    """Two acts by two people of two offices, and for a postponement a request of the jury."""
    event = lines[-1]["event"]
    said = "postponement.agreed" if event["type"] == "sitting.postponed" else "voiding.agreed"
    of_it = [line for line in lines if line["event"].get("sitting_id") == event["sitting_id"]]
    words = [line for line in of_it if line["event"]["type"] == said]
    offices = {line["event"]["office_id"] for line in words}
    host = next(
        line["event"]["host_office_id"] for line in of_it if "host_office_id" in line["event"]
    )
    organising = lines[0]["event"]["organising_office_id"]
    if len({line["actor"]["participant_id"] for line in words}) < 2 or offices != {
        host,
        organising,
    }:
        yield f"{event['type']} one-sided"
    kinds = {line["event"]["type"] for line in of_it}
    if event["type"] == "sitting.postponed" and "postponement.requested" not in kinds:
        yield "sitting.postponed unasked"


def _not_of_the_jury(lines: Sequence[Line]) -> Iterator[str]:
    """Every member present who has no link with the candidate voted, and the majority is true."""
    adopted = lines[-1]["event"]
    counted = _present(lines) - _out_for(lines, adopted["candidate_id"])
    ballots = _ballots(lines, adopted["candidate_id"])
    votes = [ballots.get(who) for who in counted]
    figures = (adopted["votes_for"], adopted["votes_against"], adopted["abstentions"])
    if figures != tuple(votes.count(ballot) for ballot in ("for", "against", "abstain")):
        yield "decision.adopted with other votes"
    if sum(figures) != len(counted) or figures[0] <= figures[1]:
        yield "decision.adopted without a majority"


def _present(lines: Sequence[Line]) -> set[str]:
    present: dict[str, bool] = {}
    at: dict[str, str | None] = {}
    for line in lines:
        event = line["event"]
        match event["type"]:
            case "roll_call.answered" | "deliberation.continued":
                present[event["participant_id"]] = event.get("attendance", "absent") != "absent"
                at[event["participant_id"]] = event.get("station_id")
            case "roll_call.begun":
                present.update({who: False for who, station in at.items() if station is not None})
            case "station.signed_out" if at.get(event["participant_id"]) == event["station_id"]:
                present[event["participant_id"]] = False
            case "station.withdrawn":
                gone = [who for who, station in at.items() if station == event["station_id"]]
                present.update(dict.fromkeys(gone, False))
    return {who for who, is_there in present.items() if is_there}


def _out_for(lines: Sequence[Line], candidate_id: str) -> set[str]:
    related: set[str] = set()
    recused: set[str] = set()
    for event in (
        line["event"] for line in lines if line["event"].get("candidate_id") == candidate_id
    ):
        match event["type"]:
            case "member.recused":
                recused.add(event["participant_id"])
            case "relation.declared":
                related.add(event["examiner_id"])
            case "relation.withdrawn":
                related.discard(event["examiner_id"])
    return related | recused


def _ballots(lines: Sequence[Line], candidate_id: str) -> dict[str, str]:
    """Return the last vote of each since the proposal that stands."""
    ballots: dict[str, str] = {}
    for event in (
        line["event"] for line in lines if line["event"].get("candidate_id") == candidate_id
    ):
        if event["type"] == "decision.proposed":
            ballots = {}
        elif event["type"] == "vote.cast":
            ballots[event["participant_id"]] = event["ballot"]
    return ballots
