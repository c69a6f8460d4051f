"""What is asked at a station: people sign in there for themselves."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from signaling import bodies as b
from signaling.access import Person
from signaling.api.route import Route, adapter, answer, body, caller_of
from signaling.server import Server
from visiojury.exam.errors import NotAllowedError
from visiojury.exam.people import Role

SIGN_IN: TypeAdapter[b.StationSignIn] = TypeAdapter(b.StationSignIn)
BEGIN: TypeAdapter[b.BeginStationPasskey] = TypeAdapter(b.BeginStationPasskey)
COMPLETE: TypeAdapter[b.CompleteStationPasskey] = TypeAdapter(b.CompleteStationPasskey)


async def sign_in(request: web.Request) -> web.Response:
    server, station = await _station(request)
    asked: b.StationSignIn = await body(request, SIGN_IN)
    await server.entrances.stations.by_code(station, asked.participant_id, asked.code)
    return answer(b.SignedInBody(participant_id=asked.participant_id))


async def begin_passkey_at_station(request: web.Request) -> web.Response:
    server, station = await _station(request)
    asked: b.BeginStationPasskey = await body(request, BEGIN)
    options = server.entrances.stations.begin_passkey(station, asked.participant_id)
    return answer(b.BegunPasskey(ceremony="authentication", options=options))


async def complete_passkey_at_station(request: web.Request) -> web.Response:
    server, station = await _station(request)
    asked: b.CompleteStationPasskey = await body(request, COMPLETE)
    await server.entrances.stations.by_passkey(station, asked.participant_id, asked.credential)
    return answer(b.SignedInBody(participant_id=asked.participant_id))


async def _station(request: web.Request) -> tuple[Server, Person]:
    """Return the station that asks. Raises: as `caller_of`; NotAllowedError: a person asks."""
    server, caller = await caller_of(request)
    if caller.participant.role is not Role.STATION:
        raise NotAllowedError("not_allowed", role=caller.participant.role.value)
    return server, caller


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/stations/sign-in",
        summary="At a station: a member of the jury signs in there by the code of their own link.",
        handler=sign_in,
        guard="person",
        takes=SIGN_IN,
        gives=adapter(b.SignedInBody),
    ),
    Route(
        method="POST",
        path="/api/stations/passkey/begin",
        summary="At a station: a challenge for the passkey of a member of the jury.",
        handler=begin_passkey_at_station,
        guard="person",
        takes=BEGIN,
        gives=adapter(b.BegunPasskey),
    ),
    Route(
        method="POST",
        path="/api/stations/passkey/complete",
        summary="At a station: a member of the jury signs in there by their passkey's answer.",
        handler=complete_passkey_at_station,
        guard="person",
        takes=COMPLETE,
        gives=adapter(b.SignedInBody),
    ),
)
