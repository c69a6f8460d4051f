"""What follows from the state without anybody's act: outages, the cap, what ends by its hour.

The owner of a session calls `react` after every applied event and at `deadline`, records what
it returns, applies it, and calls again until nothing follows. It is a function of the state,
so that a crash between the two is made good at the next start.
"""

from __future__ import annotations

from visiojury.exam import events as ev
from visiojury.exam import screens
from visiojury.exam.identity import lapses, next_lapse_ms
from visiojury.exam.outages import hindrances
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.state import Session
from visiojury.exam.station_acts import standing, withdrawn
from visiojury.exam.stations import carried_media
from visiojury.exam.transitions import SittingState


def react(session: Session, now_ms: int) -> list[ev.Event]:
    """Return the events that follow from the state at `now_ms`."""
    events: list[ev.Event] = []
    for sitting in session.live_sittings():
        events += _outage(session, sitting, now_ms)
        events += _cap(sitting, now_ms)
    for sitting in session.sittings.values():
        events += screens.ended(session, sitting, now_ms)
    return [*events, *lapses(session, now_ms), *_stations_over(session, now_ms)]


def deadline(session: Session, now_ms: int) -> int | None:
    """Return the instant at which `react` is next needed, if nothing else happens."""
    due = [] if session.seal is not None else [s.enrolled.end_ms for s in standing(session)]
    if (lapse_ms := next_lapse_ms(session)) is not None:
        due.append(lapse_ms)
    for sitting in session.live_sittings():
        reading = sitting.read_clock(now_ms)
        is_growing = sitting.state is SittingState.RUNNING and bool(sitting.open_outages)
        if reading and is_growing and not sitting.is_postponement_advised:
            due.append(now_ms + reading.cap_ms - reading.extension_ms)
    return min(due, default=None)


def _stations_over(session: Session, now_ms: int) -> list[ev.Event]:
    """A station is enrolled for a day; what was sealed is left as it is."""
    if session.seal is not None:
        return []
    over = [station for station in standing(session) if station.enrolled.end_ms <= now_ms]
    return [event for station in over for event in withdrawn(session, station, now_ms)]


def _outage(session: Session, sitting: Sitting, now_ms: int) -> list[ev.Event]:
    hindering = hindrances(session, sitting)
    outage = sitting.open_found
    if outage is not None and not hindering:
        return [_closed(session, sitting, outage, now_ms)]
    if outage is None and hindering and sitting.state is SittingState.RUNNING:
        return _opened(sitting, hindering, now_ms)
    return []


def _opened(sitting: Sitting, hindering: tuple[ev.Hindrance, ...], now_ms: int) -> list[ev.Event]:
    start_ms = max(_floor_ms(sitting), hindering[0].since_ms)
    reading = sitting.read_clock(start_ms)
    if reading is None or reading.remaining_ms <= 0:
        return []  # The time was over: nothing was lost.
    return [
        ev.OutageOpened(
            at_ms=now_ms,
            sitting_id=sitting.sitting_id,
            outage_id=sitting.next_outage_id(),
            start_ms=start_ms,
            hindrances=hindering,
        )
    ]


def _closed(session: Session, sitting: Sitting, outage: Outage, now_ms: int) -> ev.Event:
    return ev.OutageClosed(
        at_ms=now_ms,
        sitting_id=sitting.sitting_id,
        outage_id=outage.outage_id,
        # A stream found later may have failed first: video is judged more slowly than audio.
        start_ms=max(_floor_ms(sitting, before=outage), min(h.since_ms for h in outage.hindrances)),
        end_ms=max(outage.start_ms, _restored_ms(session, sitting, outage, now_ms)),
        hindrances=outage.hindrances,
    )


def _floor_ms(sitting: Sitting, *, before: Outage | None = None) -> int:
    """Return the earliest start of an outage: time is never given twice.

    A declared outage gives way to a found one where they overlap, until it is decided.
    """
    ends = [sitting.started_ms or 0]
    ends += [pause.end_ms or 0 for pause in sitting.pauses]
    ends += [
        outage.end_ms or 0
        for outage in sitting.outages
        if outage is not before and (not outage.is_declared or outage.decision is not None)
    ]
    start_ms = before.start_ms if before else None
    return max(end for end in ends if start_ms is None or end <= start_ms)


def _restored_ms(session: Session, sitting: Sitting, outage: Outage, now_ms: int) -> int:
    """Return when the last of what hindered was there again."""
    streams = {(h.participant_id, h.stream, h.direction) for h in outage.hindrances}
    if any(carried_media(session, who).is_interrupted(name, way) for who, name, way in streams):
        # Held again without them: another examiner has come back, or joined.
        streams |= {(examiner_id, "audio", "sent") for examiner_id in sitting.plan.examiner_ids}
    back = [
        carried_media(session, who).stream(name, way).restored_ms
        for who, name, way in streams
        if not carried_media(session, who).is_interrupted(name, way)
    ]
    return min(now_ms, max(back, default=now_ms))


def _cap(sitting: Sitting, now_ms: int) -> list[ev.Event]:
    reading = sitting.read_clock(now_ms)
    if reading is None or sitting.is_postponement_advised:
        return []
    if reading.extension_ms < reading.cap_ms:
        return []
    return [ev.PostponementAdvised(at_ms=now_ms, sitting_id=sitting.sitting_id)]
