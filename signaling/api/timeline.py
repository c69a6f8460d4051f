"""The timeline of a sitting, while it lasts and afterwards: the intervals that documents draw.

A reading is not recorded: it shows nobody more than their page did while it happened.
Source: requirements D6, D7, J7.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from signaling import bodies as b
from signaling.api.route import SESSION_PATH, Route, adapter, answer, caller_or_admin
from signaling.refusals import RequestError
from visiojury.documents.facts import gather
from visiojury.documents.intervals import Band, Course, Kind, course
from visiojury.exam.permissions import may_read


class IntervalBody(b.Body):
    start_ms: int
    end_ms: int
    kind: Kind


class BandBody(b.Body):
    participant_id: str | None
    """None: the exam itself."""
    intervals: list[IntervalBody]
    """The later lie over the earlier."""


class TimelineBody(b.Body):
    start_ms: int
    end_ms: int
    """Up to when this is known: now, or the end of the sitting."""
    due_ms: int
    """When the end is, or was, due."""
    is_over: bool
    bands: list[BandBody]


async def timeline(request: web.Request) -> web.Response:
    server, caller = await caller_or_admin(request)
    sitting_id, owner = request.match_info["sitting_id"], caller.room.owner
    if not may_read(owner.state, caller.participant, "timeline", sitting_id):
        raise RequestError("document_unknown")
    now_ms, version = server.instants.now_ms(), owner.seq
    facts = await asyncio.to_thread(gather, list(owner.entries))
    drawn = course(facts, owner.state.sittings[sitting_id], now_ms=now_ms)
    if drawn is None:
        raise RequestError("document_unknown")
    return answer(_told(drawn), version=version)


def _told(drawn: Course) -> TimelineBody:
    return TimelineBody(
        start_ms=drawn.start_ms,
        end_ms=drawn.end_ms,
        due_ms=drawn.due_ms,
        is_over=drawn.is_over,
        bands=[_band(band) for band in drawn.bands],
    )


def _band(band: Band) -> BandBody:
    intervals = [
        IntervalBody(start_ms=one.start_ms, end_ms=one.end_ms, kind=one.kind)
        for one in band.intervals
    ]
    return BandBody(participant_id=band.participant_id, intervals=intervals)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path=SESSION_PATH + "/sittings/{sitting_id}/timeline",
        summary="How a sitting went and how its people were there, as intervals of time.",
        handler=timeline,
        guard="person_or_admin",
        gives=adapter(TimelineBody),
        has_version=True,
    ),
)
